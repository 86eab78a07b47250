import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { allInputs, defineAction, executeAction, KitError, nearest, type Secret } from '@tagflow/action-kit';
import { type Config, loadConfig, type Phase, phaseTemplates } from '@tagflow/config';
import { type Outcome, TagflowError, worseOutcome } from '@tagflow/model';
import { loadAction } from './catalogue.ts';
import type { Display } from './display.ts';
import { missingSecrets, otherLogin, uselessLogins } from './needed-secrets.ts';
import type { PhaseResult } from './phase-outcome.ts';
import { runPhase, type StepExecutor } from './run-phase.ts';

/** What `run` needs from the command line besides its context. */
export interface RunHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Returns a display for one run. */
  readonly display: () => Display;
}

const secretInputs = [
  'password',
  'quay-token',
  'registry-auth',
  'ssh-key',
  'runner-token',
  'nodes-auth',
  'auth',
] as const;
const fileInputs = ['keytab', 'known-hosts'] as const;

/** Returns the action behind `tagflow run`: the phases of one or several releases, each with the actions it names. */
export function createRunAction(host: RunHost) {
  return defineAction({
    name: 'run',
    description: 'Runs the phases of tagflow.yaml one after another, with the same actions as the workflows.',
    inputs: {
      config: {
        type: 'list',
        required: true,
        description: 'The tagflow.yaml of each release; several run side by side.',
      },
      phase: { type: 'list', description: 'The phases to run, in this order. Default: all, in the order of the file.' },
      'full-hash': { type: 'string', description: 'Start from this hash instead of what the first label names.' },
      concurrency: { type: 'integer', min: 1, default: '4', description: 'Test jobs that run at a time.' },
      password: { type: 'secret', description: 'The password at DLRN.' },
      keytab: {
        type: 'file',
        description: 'The keytab for a DLRN with auth-method kerberos. Default: the ticket that kinit left.',
      },
      'quay-token': {
        type: 'secret',
        description: 'An OAuth token for the API of quay, where registries are marked with create-repositories.',
      },
      'registry-auth': { type: 'secret', description: 'A docker config JSON with the credentials of the registries.' },
      'ssh-key': { type: 'secret', description: 'The private key for sftp:// image stores.' },
      'known-hosts': { type: 'file', description: 'The known_hosts file for sftp:// image stores.' },
      'runner-token': {
        type: 'secret',
        description: 'The token for the runner that jobs run on; with several of them a line NAME=TOKEN for each.',
      },
      'nodes-auth': { type: 'secret', description: 'What the commands that take machines for jobs log in with.' },
      auth: { type: 'secret', description: 'The key that hand-offs to a web hook are signed with.' },
    },
    outputs: { 'full-hash': 'The hash of the last phase.', phases: 'JSON: each phase with its outcome and hash.' },
    async run(values, context) {
      const configs = await Promise.all(values.config.map((file) => loadConfig(resolve(host.cwd, file))));
      const plans = configs.map((config, index) => ({
        config,
        name: nameOf(configs, index),
        phases: selectPhases(config, values.phase),
      }));
      const given = new Map<string, string>();
      for (const name of secretInputs) addSecret(given, name, values[name]);
      for (const name of fileInputs) if (values[name] !== undefined) given.set(name, values[name]);
      refuse(uselessLogins(configs, new Set(given.keys())), 'Leave it out, or say it under dlrn: in tagflow.yaml.');
      if (context.dryRun) given.set('dry-run', 'true');
      else {
        const missing = plans.flatMap(({ config, phases }) => missingSecrets(config, phases, new Set(given.keys())));
        refuse(missing, 'Give what is missing, or see with --dry-run what would be done.');
      }
      // What one action was not given must not reach the commands that it runs either.
      const confidential = {
        secrets: secretInputs.flatMap((name) => given.get(name) ?? []),
        usernames: configs.flatMap(({ dlrn }) => dlrn.username ?? []),
      };
      const display = host.display();
      const executorOf =
        (config: Config): StepExecutor =>
        async (name, texts, parts) => {
          const action = await loadAction(name);
          if (action === null)
            throw new TagflowError('unknown-action', `there is no action ${name}`, { outcome: 'invalid' });
          await mkdir(parts.outDir, { recursive: true });
          const inputs = allInputs(action);
          // Secrets go to the actions that know them, at the releases that take them; what a template says has to be known.
          const useful = [...given].filter(([input]) => Object.hasOwn(inputs, input) && input !== otherLogin(config));
          const known = [...useful, ...texts].filter(([, text]) => text !== '');
          const result = await executeAction(action, new Map(known), { ...context, ...host, ...parts, confidential });
          return { ...result, ...(result.error?.next === undefined ? {} : { next: result.error.next }) };
        };
      const results = await Promise.all(
        plans.map(async ({ config, name, phases }) => {
          const done: { release: string; phase: string; result: PhaseResult }[] = [];
          for (const phase of phases) {
            const result = await runPhase({
              release: name,
              phase: phase.name,
              route: routeOf(phase),
              template: phaseTemplates[phase.template],
              common: { config: config.file, phase: phase.name },
              fullHash: values['full-hash'] ?? null,
              execute: executorOf(config),
              listen: display.listen,
              clock: context.clock,
              signal: context.signal,
              outDir: join(context.outDir, name, phase.name),
              concurrency: values.concurrency,
            });
            done.push({ release: name, phase: phase.name, result });
            // What stops here must not be overtaken: a later phase would only promote older sets.
            if (!result.goesOn) break;
          }
          return done;
        }),
      ).finally(() => display.close());
      const all = results.flat();
      const worst = all.reduce<Outcome | null>((outcome, { result }) => worseOutcome(outcome, result.outcome), null);
      // Where all went well, the farthest that it came is what people look for.
      const alike = all.filter(({ result }) => result.outcome === worst);
      const told = worst === 'done' || worst === 'nothing-to-do' ? alike.at(-1) : alike[0];
      return {
        outcome: worst ?? 'nothing-to-do',
        message: told === undefined ? 'no phase was run' : `${told.phase}: ${told.result.message}`,
        outputs: {
          'full-hash': all.at(-1)?.result.fullHash ?? '',
          phases: JSON.stringify(
            all.map(({ release, phase, result: { outcome, message, fullHash } }) => ({
              ...{ release, phase, outcome, message, fullHash },
            })),
          ),
        },
      };
    },
  });
}

function refuse(problems: readonly string[], next: string): void {
  if (problems.length > 0) throw new KitError('invalid-inputs', problems, { outcome: 'invalid', next });
}

function addSecret(given: Map<string, string>, name: string, secret: Secret | undefined): void {
  if (secret !== undefined) given.set(name, secret.reveal());
}

function selectPhases(config: Config, names: readonly string[]): readonly Phase[] {
  if (names.length === 0) return Object.values(config.phases);
  return names.map((name) => {
    const phase = Object.hasOwn(config.phases, name) ? config.phases[name] : undefined;
    if (phase !== undefined) return phase;
    const known = Object.keys(config.phases);
    const near = nearest(name, known);
    throw new TagflowError(
      'unknown-phase',
      `${config.file} has no phase "${name}"; it has: ${known.join(', ')}${near === null ? '' : ` (did you mean ${near}?)`}`,
      { outcome: 'invalid' },
    );
  });
}

// Two files may be about one release, on other distributions or other servers.
function nameOf(configs: readonly Config[], index: number): string {
  const release = configs[index]?.release ?? '';
  const isAlone = configs.filter((config) => config.release === release).length === 1;
  return isAlone ? release : `${release}-${index + 1}`;
}

function routeOf(phase: Phase): string {
  const labels = [phase.pin?.from, phase.promote?.from, phase.promote?.to, phase.handOff?.label];
  const route = labels.filter((label) => label !== undefined).join(' → ');
  return phase.handOff === null ? route : `${route} → ${phase.handOff.destination}`;
}
