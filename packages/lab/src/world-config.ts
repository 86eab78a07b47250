import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { LabMode } from './dlrn/state.ts';
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
  /** Folder for everything that is a file. */
  readonly root: string;
  readonly containers: number;
  readonly layerBytes: number;
  readonly imageFiles: readonly string[];
  readonly imageBytes: number;
  /** How a command line of tagflow begins. */
  readonly self: readonly string[];
}

const release = 'master';
const namespace = `tripleo${release}`;
const imagePath = '{release}/rdo_trunk/{hash}';
const imageLink = '{release}/rdo_trunk/{label}';

/** Returns a tagflow.yaml of all four phases for a lab. */
export function worldConfig(facts: WorldFacts): string {
  const version = facts.mode === 'classic' ? '7' : '9';
  const distro = `centos${version}`;
  const names = facts.mode === 'classic' ? 'centos-binary-{name}' : 'openstack-{name}';
  const folder = (name: string): string => pathToFileURL(join(facts.root, name)).href;
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
  return stringify(
    {
      release,
      distro,
      dlrn: { 'api-url': facts.apiUrl, 'repos-url': facts.reposUrl, mode: facts.mode, username: facts.username },
      registries: { rdo: registry(facts.rdoUrl), docker: registry(facts.dockerUrl) },
      'image-stores': {
        public: store(facts.imagesWriteUrl, 'public', facts.imagesUrl),
        rh1: store(folder('rh1'), 'public'),
        internal: store(folder('internal'), 'internal'),
      },
      ledger: { url: `sqlite:${join(facts.root, 'ledger.db')}`, lock: 'lease' },
      phases: phases(facts, version, names),
    },
    { lineWidth: 0 },
  );
}

function phases(facts: WorldFacts, version: string, names: string): Record<string, unknown> {
  const jobs = worldJobs(release, version);
  const registryUrl = `${facts.rdoUrl}/${namespace}`;
  const lab = (...words: readonly (string | number)[]): readonly string[] => [
    ...facts.self,
    'lab',
    ...words.map(String),
  ];
  const images = (flavour: string, files: readonly string[]): readonly string[] =>
    lab('build-images', '--flavour', flavour, '--size-bytes', facts.imageBytes, '--files', files.join(','));
  const test = (list: WorldJobs[keyof WorldJobs], ...flags: readonly string[]): Record<string, unknown> => ({
    runner: 'command',
    command: lab('job', '--ci-url', facts.ciUrl, ...flags),
    timeout: '10m',
    jobs: list,
  });
  const containerFlags = ['--registry-url', registryUrl, '--name-pattern', names];
  const imageFlags = ['--images-url', `${facts.imagesUrl}/${imagePath.replace('{release}', release)}`];
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
      test: test(jobs.phase1, ...containerFlags, ...imageFlags),
      promote: {
        ...{ from: 'current-tripleo', to: 'current-tripleo-rdo', criteria: criteria(jobs.phase1) },
        containers: { source: 'rdo', destinations: ['rdo', 'docker'] },
        images: { destinations: ['public'] },
      },
    },
    'rdo-phase-2': {
      fetch: { from: 'public', cache: join(facts.root, 'cache') },
      build: {
        images: { command: images('rhel', rhelFiles), store: 'internal', files: rhelFiles, visibility: 'internal' },
      },
      test: test(jobs.phase2, ...containerFlags, ...imageFlags),
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
        destination: pathToFileURL(join(facts.root, 'hand-off')).href,
      },
    },
  };
}
