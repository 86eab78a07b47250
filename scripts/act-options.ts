import { parseArgs } from 'node:util';

/** What a person wants of `npm run act`. */
export interface ActOptions {
  /** In the order in which they run; none: promotion.yml, which runs all that follow each other. */
  readonly phases: readonly string[];
  readonly verbose: boolean;
  readonly keep: boolean;
  /** The id of the job that the run ends with. */
  readonly job: string | null;
  readonly fullHash: string | null;
  /** The path of a tagflow.yaml, as it was given. */
  readonly config: string | null;
  /** The name of an action, or the id of a job. */
  readonly inspect: string | null;
}

/** What there is to choose from. */
export interface ActChoices {
  readonly phases: readonly string[];
  readonly actions: readonly string[];
  /** Phase → the ids of its jobs. */
  readonly jobs: ReadonlyMap<string, readonly string[]>;
}

/** The text of `npm run act -- --help`. */
export function actHelp({ phases, actions }: Pick<ActChoices, 'phases' | 'actions'>): string {
  return `npm run act [-- [PHASE ...] [--job JOB] [--full-hash HASH] [--config FILE]
               [--inspect NAME] [--keep] [--verbose]]

Runs the workflows of .github/workflows on this machine with act: offline,
unchanged, without Docker, against a lab (a DLRN, two registries, an image
server and a CI on 127.0.0.1) that starts with it and ends with it.

  PHASE             one or more of ${phases.join(', ').replace(/(.{30,48}), /g, `$1,\n                    `)};
                    one after another in the same lab, until one fails.
                    Without any: promotion.yml, all that follow each other
  --job JOB         stops after this job of the phase. The jobs that it needs
                    run before it, because it works on their outputs
  --full-hash HASH  starts from this hash instead of what the first label names
  --config FILE     your own tagflow.yaml instead of a lab. All servers in it
                    have to be on this machine. Secrets come from variables:
                    DLRN_PASSWORD, REGISTRY_AUTH, SSH_KEY ..., or NAME_FILE with
                    a path; TAGFLOW_KNOWN_HOSTS names the known_hosts file
  --inspect NAME    an action or the id of a job: waits there for a debugger on
                    127.0.0.1:9229 (TAGFLOW_INSPECT_PORT), with a build of the
                    sources as they are now, and source maps
  --keep            keeps the checkout, the artifacts and the files of the lab,
                    and says where
  --verbose         everything that the steps print; with RUNNER_DEBUG=1 in the
                    environment their log-level is debug

Actions: ${actions.join(', ').replace(/(.{40,66}), /g, '$1,\n  ')}.
docs/debugging.md says how to use it.
`;
}

/** Returns what the words after `npm run act --` mean: options, `help`, or one sentence for each word that is wrong. */
export function parseActOptions(
  argv: readonly string[],
  choices: ActChoices,
): { readonly options: ActOptions } | { readonly help: true } | { readonly problems: readonly string[] } {
  const { values, positionals, problems } = readWords(argv);
  if (values.help) return { help: true };
  const list = (names: readonly string[]): string => names.join(', ');
  const unknown = positionals.filter((phase) => !choices.phases.includes(phase));
  for (const phase of unknown) problems.push(`no phase is named ${phase}; there are ${list(choices.phases)}`);
  const { job = null, inspect = null, config = null, 'full-hash': fullHash = null } = values;
  const phases = positionals.length === 0 ? choices.phases : positionals;
  const jobs = [...new Set(phases.flatMap((phase) => choices.jobs.get(phase) ?? []))];
  if (job !== null && positionals.length !== 1) problems.push('--job needs one phase: npm run act -- PHASE --job JOB');
  else if (job !== null && unknown.length === 0 && !jobs.includes(job)) {
    problems.push(`${list(positionals)} has no job ${job}; there are ${list(jobs)}`);
  }
  if (fullHash !== null && positionals.length === 0) {
    problems.push('--full-hash needs a phase: npm run act -- PHASE --full-hash HASH');
  }
  if (fullHash !== null && !/^(?:[0-9a-f]{40}_[0-9a-f]{8}|[0-9a-f]{32})$/.test(fullHash)) {
    problems.push(`--full-hash: "${fullHash}" is not a hash; allowed: COMMIT_DISTRO of 40 and 8 digits, or 32 digits`);
  }
  if (inspect !== null && unknown.length === 0 && ![...choices.actions, ...jobs].includes(inspect)) {
    problems.push(
      `--inspect: no action or job is named ${inspect}; there are the actions ${list(choices.actions)} and the jobs ${list(jobs)}`,
    );
  }
  if (problems.length > 0) return { problems };
  const { verbose = false, keep = false } = values;
  return { options: { phases: positionals, verbose, keep, job, fullHash, config, inspect } };
}

const texts = ['job', 'full-hash', 'config', 'inspect'] as const;
const switches = ['verbose', 'keep', 'help'] as const;
const named = [...texts, ...switches].map((name) => `--${name}`);

interface Words {
  readonly values: Partial<Record<(typeof texts)[number], string> & Record<(typeof switches)[number], boolean>>;
  readonly positionals: readonly string[];
  readonly problems: string[];
}

// Not strict, to tell all that is wrong at once.
function readWords(argv: readonly string[]): Words {
  const options = Object.fromEntries([
    ...texts.map((name) => [name, { type: 'string' as const }]),
    ...switches.map((name) => [name, { type: 'boolean' as const }]),
  ]);
  const { values, positionals, tokens } = parseArgs({
    args: argv.map((word) => (word === '-h' ? '--help' : word)),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (texts.some((text) => text === name)) {
      // `--job --keep` forgot the job
      if (value === undefined || value === '' || (!token.inlineValue && value.startsWith('--'))) {
        problems.push(`${rawName} needs a value`);
      }
    } else if (!switches.some((each) => each === name)) {
      problems.push(`there is no option ${rawName}; there are ${named.join(', ')}`);
    } else if (value !== undefined) problems.push(`${rawName} takes no value`);
  }
  return { values, positionals, problems };
}
