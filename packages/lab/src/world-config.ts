import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { LabMode } from './dlrn/state.ts';
import type { PlayedJob } from './ci-systems/played-job.ts';
import { type WorldJob, type WorldJobs, worldJobs } from './world-jobs.ts';

/** What a lab's tagflow.yaml has to name. */
export interface WorldFacts {
  readonly mode: LabMode;
  readonly apiUrl: string;
  readonly reposUrl: string;
  readonly username: string;
  /** The RDO registry and docker's, without namespace. */
  readonly rdoUrl: string;
  readonly dockerUrl: string;
  /** Where the public image store is read, and where it is written. */
  readonly imagesUrl: string;
  readonly imagesWriteUrl: string;
  readonly ciUrl: string;
  /** The Jenkins that runs the jobs of phase 1. */
  readonly jenkinsUrl: string;
  /** Folder for everything that is a file. */
  readonly root: string;
  readonly containers: number;
  readonly layerBytes: number;
  readonly imageFiles: readonly string[];
  readonly imageBytes: number;
  /** How a command line of tagflow begins. */
  readonly self: readonly string[];
}

/** What is known before the Jenkins of phase 1 runs. */
export type ServedFacts = Omit<WorldFacts, 'jenkinsUrl'>;

const release = 'master';
const namespace = `tripleo${release}`;
const imagePath = '{release}/rdo_trunk/{hash}';
const imageLink = '{release}/rdo_trunk/{label}';

type Mapping = Readonly<Record<string, unknown>>;

/** Returns a tagflow.yaml of all four phases for a lab. */
export function worldConfig(facts: WorldFacts): string {
  return stringify(worldDocument(facts, 'ledger.db', 'internal'), { lineWidth: 0 });
}

/** A tagflow.yaml for each side of the wall that phase 2 stands behind, as two teams have them. */
export interface ZoneConfigs {
  /** Upstream and phase 1: nothing internal is known there. */
  readonly outside: string;
  /** Phase 2 and the hand-off, with a ledger of their own: what the outside remembers cannot be reached. */
  readonly inside: string;
}

/** Returns the two files that together do what {@link worldConfig} says. */
export function zoneConfigs(facts: WorldFacts): ZoneConfigs {
  return {
    outside: zoneConfig(worldDocument(facts, 'ledger.db', 'public'), {
      phases: ['upstream', 'rdo-phase-1'],
      registries: ['rdo', 'docker'],
      stores: ['public', 'rh1'],
    }),
    inside: zoneConfig(worldDocument(facts, 'inside.db', 'internal'), {
      phases: ['rdo-phase-2', 'osp-phase-0'],
      registries: ['rdo'],
      stores: ['public', 'internal'],
    }),
  };
}

function zoneConfig(
  whole: ReturnType<typeof worldDocument>,
  known: Readonly<Record<'phases' | 'registries' | 'stores', readonly string[]>>,
): string {
  const parts = {
    phases: pick(whole.phases, known.phases),
    registries: pick(whole.registries, known.registries),
    'image-stores': pick(whole['image-stores'], known.stores),
  };
  return stringify({ ...whole, ...parts }, { lineWidth: 0 });
}

function folderUrl({ root }: Pick<WorldFacts, 'root'>, name: string): string {
  return pathToFileURL(join(root, name)).href;
}

function pick(values: Mapping, names: readonly string[]): Mapping {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function worldDocument(facts: WorldFacts, ledger: string, visibility: 'public' | 'internal') {
  const version = versionOf(facts.mode);
  const distro = `centos${version}`;
  const names = facts.mode === 'classic' ? 'centos-binary-{name}' : 'openstack-{name}';
  const folder = (name: string): string => folderUrl(facts, name);
  const store = (url: string, visibility: string, readUrl?: string): Record<string, unknown> => ({
    url,
    ...(readUrl === undefined ? {} : { 'read-url': readUrl }),
    ...{ path: imagePath, link: imageLink, visibility },
  });
  const registry = (url: string): Record<string, unknown> => ({
    url: `${url}/${namespace}`,
    names,
    visibility: 'public',
  });
  return {
    release,
    distro,
    dlrn: { 'api-url': facts.apiUrl, 'repos-url': facts.reposUrl, mode: facts.mode, username: facts.username },
    registries: { rdo: registry(facts.rdoUrl), docker: registry(facts.dockerUrl) },
    'image-stores': {
      public: store(facts.imagesWriteUrl, 'public', facts.imagesUrl),
      rh1: store(folder('rh1'), 'public'),
      internal: store(folder('internal'), 'internal'),
    },
    ledger: { url: `sqlite:${join(facts.root, ledger)}`, lock: 'lease' },
    runners: {
      'ci-centos': {
        ...{ kind: 'jenkins', url: facts.jenkinsUrl, poll: '100ms', reports: ['results/*.xml'] },
        parameters: {
          TAGFLOW_JOB: '{job}',
          TAGFLOW_FULL_HASH: '{full-hash}',
          TAGFLOW_REPO_URL: '{repo-url}',
        },
      },
    },
    // What jobs print of the internal images is for insiders, too: with all phases in one file, all logs are.
    logs: { url: folder('logs'), 'read-url': `${facts.ciUrl}/logs`, visibility },
    phases: phases(facts, version),
  };
}

/** What a job of a lab is started with, beside its variables, to read a set where it is served. */
function jobFlags(facts: ServedFacts): {
  readonly containerFlags: readonly string[];
  readonly imageFlags: readonly string[];
} {
  const names = facts.mode === 'classic' ? 'centos-binary-{name}' : 'openstack-{name}';
  const depth = facts.imageBytes > quickAbove ? ['--depth', 'quick'] : [];
  return {
    containerFlags: ['--registry-url', `${facts.rdoUrl}/${namespace}`, '--name-pattern', names],
    imageFlags: ['--images-url', `${facts.imagesUrl}/${imagePath.replace('{release}', release)}`, ...depth],
  };
}

/** Returns what runs the jobs of phase 1 at the Jenkins of a lab. */
export function phase1Job(facts: ServedFacts): Pick<PlayedJob, 'command' | 'imagesUrl'> {
  const { containerFlags, imageFlags } = jobFlags(facts);
  const [, imagesUrl = ''] = imageFlags;
  return {
    command: [...facts.self, 'lab', 'job', '--ci-url', facts.ciUrl, ...containerFlags, ...imageFlags],
    imagesUrl,
  };
}

/** Returns the names of the jobs of phase 1. */
export function phase1Names({ mode }: ServedFacts): readonly string[] {
  return worldJobs(release, versionOf(mode)).phase1.map(({ job }) => job);
}

function versionOf(mode: LabMode): string {
  return mode === 'classic' ? '7' : '9';
}

// Fourteen jobs that read hundreds of megabytes each would be all that a run on one machine does.
const quickAbove = 64 << 20;

function phases(facts: WorldFacts, version: string): Record<string, unknown> {
  const jobs = worldJobs(release, version);
  const lab = (...words: readonly (string | number)[]): readonly string[] => [
    ...facts.self,
    'lab',
    ...words.map(String),
  ];
  const images = (flavour: string, files: readonly string[]): readonly string[] =>
    lab('build-images', '--flavour', flavour, '--size-bytes', facts.imageBytes, '--files', files.join(','));
  const test = (list: WorldJobs[keyof WorldJobs], ...flags: readonly string[]): Mapping => ({
    command: lab('job', '--ci-url', facts.ciUrl, ...flags),
    timeout: '10m',
    results: 'required',
    jobs: list,
  });
  const { containerFlags, imageFlags } = jobFlags(facts);
  // Its jobs run inside, where the internal store is a folder.
  const internalFlags = [
    '--internal-images-url',
    `${folderUrl(facts, 'internal')}/${imagePath.replace('{release}', release)}`,
  ];
  const criteria = (list: readonly WorldJob[]): Record<string, unknown> => {
    const informing = list.filter((job) => !job.voting).map(({ job }) => job);
    return {
      'all-of': list.filter((job) => job.voting).map(({ job }) => job),
      ...(informing.length === 0 ? {} : { informing }),
    };
  };
  const rhelFiles = facts.imageFiles.map((file) => `rhel-${file}`);
  return {
    upstream: {
      pin: { from: facts.mode === 'classic' ? 'consistent' : 'promoted-components', to: 'tripleo-ci-testing' },
      build: {
        containers: {
          command: lab(
            'build-containers',
            ...containerFlags,
            '--count',
            facts.containers,
            '--layer-bytes',
            facts.layerBytes,
          ),
          registry: 'rdo',
        },
        images: {
          command: images('centos', facts.imageFiles),
          store: 'public',
          files: facts.imageFiles,
          visibility: 'public',
        },
      },
      test: test(jobs.upstream, ...containerFlags, ...imageFlags),
      promote: {
        ...{ from: 'tripleo-ci-testing', to: 'current-tripleo', criteria: criteria(jobs.upstream) },
        containers: { source: 'rdo', destinations: ['rdo', 'docker'] },
        images: { destinations: ['public'] },
      },
      mirror: [{ from: 'public', to: 'rh1' }],
    },
    'rdo-phase-1': {
      test: { runner: 'ci-centos', timeout: '10m', results: 'required', jobs: jobs.phase1 },
      promote: {
        ...{ from: 'current-tripleo', to: 'current-tripleo-rdo', criteria: criteria(jobs.phase1) },
        containers: { source: 'rdo', destinations: ['rdo', 'docker'] },
        images: { destinations: ['public'] },
      },
    },
    'rdo-phase-2': {
      fetch: { from: 'public', cache: join(facts.root, 'cache') },
      build: {
        images: {
          ...{ command: images('rhel', rhelFiles), store: 'internal', files: rhelFiles, visibility: 'internal' },
          'base-image': facts.imageFiles[0],
        },
      },
      test: test(jobs.phase2, ...containerFlags, ...imageFlags, ...internalFlags),
      promote: {
        ...{ from: 'current-tripleo-rdo', to: 'current-tripleo-rdo-internal', criteria: criteria(jobs.phase2) },
        containers: { source: 'rdo', destinations: ['rdo'] },
        images: { destinations: ['public', 'internal'] },
      },
      after: test(jobs.after),
    },
    'osp-phase-0': {
      'hand-off': {
        label: 'current-tripleo-rdo-internal',
        visibility: 'internal',
        destination: pathToFileURL(join(facts.root, 'hand-off')).href,
      },
    },
  };
}
