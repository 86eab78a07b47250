import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ActionContext, type InputSpecs, type InputValues, KitError } from '@tagflow/action-kit';
import { type Config, loadConfig, withLedger } from '@tagflow/config';
import { openSetPlaces, operandForms, type SetPlaces } from '@tagflow/wiring';

/** The inputs of the commands that read sets and write nothing. */
export const setInputs = {
  config: {
    type: 'path',
    description: 'The tagflow.yaml of the release. Not needed where all that is named are files.',
  },
  component: {
    type: 'string',
    description: 'The component whose own labels are meant. Default: what the phases of the label say.',
  },
  ledger: {
    type: 'string',
    description: 'The ledger that remembers promotions and their criteria. Default: that of tagflow.yaml.',
  },
  username: { type: 'string', description: 'The user at a DLRN that answers its users only.' },
  password: { type: 'secret', description: 'The password at a DLRN that answers its users only.' },
  'registry-auth': {
    type: 'secret',
    description: 'A docker config JSON for registries that are not public. Default: the docker config file.',
  },
  'ssh-key': { type: 'secret', description: 'The private key for image stores that are read over sftp://.' },
  'known-hosts': { type: 'path', description: 'The known_hosts file for sftp:// image stores.' },
} as const satisfies InputSpecs;

/** What such a command needs of the command line besides its context. */
export interface ReaderHost {
  readonly cwd: string;
  /** Takes the text that a person reads. */
  readonly write: (text: string) => unknown;
}

/** Opens the places of the configuration, if one is given. Close them. */
export async function openPlacesOf(
  values: InputValues<typeof setInputs>,
  context: ActionContext,
  { cwd }: ReaderHost,
): Promise<SetPlaces> {
  return openSetPlaces({
    config: await configOf(values, cwd),
    secrets: {
      username: values.username,
      password: values.password?.reveal(),
      registryAuth: values['registry-auth']?.reveal(),
      sshKey: values['ssh-key']?.reveal(),
      knownHosts: values['known-hosts'] && (await readFile(resolve(cwd, values['known-hosts']), 'utf8')),
    },
    effects: context,
    env: context.env,
  });
}

async function configOf({ config, ledger }: InputValues<typeof setInputs>, cwd: string): Promise<Config | null> {
  return config === undefined ? null : withLedger(await loadConfig(resolve(cwd, config)), ledger);
}

/**
 * Returns the set that was named first: a word of the command line, which is why it is not called a required input.
 * @throws KitError `invalid-inputs` when there is none
 */
export function namedSet(text: string | undefined, usage: string): string {
  if (text !== undefined) return text;
  throw new KitError('invalid-inputs', [`no set is named: ${usage}`], {
    outcome: 'invalid',
    next: `A set is ${operandForms}.`,
  });
}
