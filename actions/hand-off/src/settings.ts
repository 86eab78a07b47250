import { readFile } from 'node:fs/promises';
import type { InputValues } from '@tagflow/action-kit';
import { type Config, loadConfig, type Phase, resolvePhase, withLedger } from '@tagflow/config';
import { type Label, parseLabel, TagflowError, type Visibility } from '@tagflow/model';
import type { inputs } from './inputs.ts';

export type Values = InputValues<typeof inputs> & {
  readonly config?: string | undefined;
  readonly phase?: string | undefined;
};

export interface Settings {
  readonly config: Config | null;
  readonly phase: Phase | null;
  readonly label: Label | null;
  readonly destination: string;
  /** Of a destination that was given, config does not know whose it is. */
  readonly visibility: Visibility;
  /** The URL of the ledger; null where nothing is remembered. */
  readonly ledger: string | null;
}

/**
 * Returns what is asked for, from the inputs and where they say nothing from the configuration; null where the phase
 * hands nothing off.
 * @throws TagflowError `bad-input`
 */
export async function readSettings(given: Values): Promise<Settings | null> {
  const config = given.config === undefined ? null : withLedger(await loadConfig(given.config), given.ledger);
  const phase = config === null ? null : resolvePhase(config, given.phase ?? '');
  const section = phase?.handOff ?? null;
  const destination = given.destination?.href ?? section?.destination;
  if (destination === undefined) {
    if (config !== null) return null;
    throw new TagflowError('bad-input', 'input "destination" is missing: give it, or config and phase', {
      outcome: 'invalid',
    });
  }
  const label = given.label === undefined ? (section?.label ?? null) : parseLabel(given.label);
  const own = given.destination === undefined ? section?.visibility : undefined;
  const visibility = given.visibility ?? own ?? 'public';
  return { config, phase, label, destination, visibility, ledger: config?.ledger.url ?? given.ledger ?? null };
}

/** Returns the secrets that places and receivers are opened with, read where they are files. */
export async function readSecrets(given: Values) {
  const knownHosts = given['known-hosts'];
  return {
    username: given.username,
    password: given.password?.reveal(),
    registryAuth: given['registry-auth']?.reveal(),
    sshKey: given['ssh-key']?.reveal(),
    knownHosts: knownHosts === undefined ? undefined : await readFile(knownHosts, 'utf8'),
    auth: given.auth?.reveal(),
  };
}
