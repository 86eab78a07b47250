import { parseArgs } from 'node:util';
import { parseFullHash } from '@tagflow/model';
import { buildContainers } from './jobs/build-containers.ts';
import { buildImages } from './jobs/build-images.ts';
import { containerNames } from './jobs/container-names.ts';
import { type LabVerify, runLabJob } from './jobs/lab-job.ts';

/** What a lab command gets from its host. */
export interface LabCommandHost {
  /** The environment that tagflow gives to build and test commands: TAGFLOW_FULL_HASH and its kin. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Takes one line of output. */
  readonly write: (line: string) => void;
  /** What a `job` looks at the set with. */
  readonly verify: LabVerify;
}

const options = {
  'registry-url': { type: 'string' },
  'name-pattern': { type: 'string', default: '{name}' },
  count: { type: 'string', default: '24' },
  'layer-bytes': { type: 'string', default: '65536' },
  files: { type: 'string', default: 'overcloud-full.tar,ironic-python-agent.tar' },
  'size-bytes': { type: 'string', default: '4194304' },
  flavour: { type: 'string', default: 'centos' },
  'ci-url': { type: 'string' },
  'images-url': { type: 'string' },
  'internal-images-url': { type: 'string' },
  depth: { type: 'string', default: 'sample' },
} as const;

/** The commands that a lab's tagflow.yaml runs as `tagflow lab <command>`. */
export const labCommands = ['build-containers', 'build-images', 'job'] as const;

/**
 * Runs one of {@link labCommands}: `build-containers`, `build-images` (files go to TAGFLOW_OUT_DIR) or `job` (the job
 * TAGFLOW_JOB on TAGFLOW_FULL_HASH). Returns the exit code: 0 when it succeeded, 1 when a tested thing failed.
 * @throws Error when a flag or a variable is missing or wrong.
 */
export async function runLabCommand(argv: readonly string[], host: LabCommandHost): Promise<0 | 1> {
  const { env, signal, write } = host;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [command] = positionals;
  const fromEnv = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`lab ${command ?? ''}: the variable ${name} is not set`);
    return value;
  };
  const flag = (name: 'registry-url' | 'ci-url'): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`lab ${command ?? ''}: the flag --${name} is missing`);
    return value;
  };
  switch (command) {
    case 'build-containers':
      await buildContainers({
        fullHash: parseFullHash(fromEnv('TAGFLOW_FULL_HASH')),
        registryUrl: flag('registry-url'),
        namePattern: values['name-pattern'],
        names: containerNames(wholeNumber('count', values.count)),
        layerBytes: wholeNumber('layer-bytes', values['layer-bytes']),
        outDir: fromEnv('TAGFLOW_OUT_DIR'),
        signal,
        write,
      });
      return 0;
    case 'build-images':
      await buildImages({
        fullHash: parseFullHash(fromEnv('TAGFLOW_FULL_HASH')),
        outDir: fromEnv('TAGFLOW_OUT_DIR'),
        files: values.files.split(','),
        sizeBytes: wholeNumber('size-bytes', values['size-bytes']),
        flavour: flavourOf(values.flavour),
        ...(env['TAGFLOW_REPO_FILE'] ? { repoFile: env['TAGFLOW_REPO_FILE'] } : {}),
        ...(env['TAGFLOW_BASE_IMAGE'] ? { baseImage: env['TAGFLOW_BASE_IMAGE'] } : {}),
        signal,
        write,
      });
      return 0;
    case 'job': {
      const fullHash = parseFullHash(fromEnv('TAGFLOW_FULL_HASH'));
      const { TAGFLOW_SET: setFile, TAGFLOW_RESULTS_DIR: resultsDir } = env;
      const passed = await runLabJob({
        job: fromEnv('TAGFLOW_JOB'),
        fullHash,
        repoUrl: fromEnv('TAGFLOW_REPO_URL'),
        ciUrl: flag('ci-url'),
        setFile: setFile === undefined || setFile === '' ? null : setFile,
        registryUrl: values['registry-url'] ?? null,
        namePattern: values['name-pattern'],
        imagesUrl: values['images-url']?.replaceAll('{hash}', fullHash) ?? null,
        internalImagesUrl: values['internal-images-url']?.replaceAll('{hash}', fullHash) ?? null,
        depth: depthOf(values.depth),
        ...(resultsDir === undefined || resultsDir === '' ? {} : { resultsDir }),
        verify: host.verify,
        signal,
        write,
      });
      return passed ? 0 : 1;
    }
    default:
      throw new Error(`lab command "${command ?? ''}" is not one of ${labCommands.join(', ')}`);
  }
}

function flavourOf(text: string): 'centos' | 'rhel' {
  if (text !== 'centos' && text !== 'rhel') throw new Error(`flag --flavour: "${text}" is neither centos nor rhel`);
  return text;
}

function depthOf(text: string): 'quick' | 'sample' | 'full' {
  if (text === 'quick' || text === 'sample' || text === 'full') return text;
  throw new Error(`flag --depth: "${text}" is none of quick, sample, full`);
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`flag --${name}: "${text}" is not a whole number`);
  return Number(text);
}
