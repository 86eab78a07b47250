import { FeaturesetError } from './error.ts';

/** A job name that follows the grammar of TripleO CI. */
export interface FeaturesetJob {
  readonly kind: 'featureset';
  /** `centos`, `rhel` */
  readonly distro: string;
  /** `7`, `8`, `9` */
  readonly version: string;
  /** `multinode`, `singlenode`, `standalone`, `ovb` */
  readonly environment: string;
  /** Such as `3ctlr_1comp`; null where the name has none. */
  readonly nodes: string | null;
  /** Three digits. */
  readonly featureset: string;
  readonly release: string;
  /** `upload`: the job uploads what it built; `internal`: it runs inside and votes from there. */
  readonly suffix: 'upload' | 'internal' | null;
}

/** A job of the names before 2018-10, which said neither distribution nor release. */
export interface OldFeaturesetJob {
  readonly kind: 'old-featureset';
  readonly environment: string;
  readonly nodes: string | null;
  /** Three digits. */
  readonly featureset: string;
}

export const phase1JobTypes = ['gate', 'promote', 'periodic', 'dlrn-gate', 'dlrn-gate-check', 'standalone'] as const;

/** A job of RDO phase 1 that deploys with tripleo-quickstart. */
export interface Phase1Job {
  readonly kind: 'phase-1';
  /** The last argument of full-deploy.sh: what is deployed, and whether something is built before. */
  readonly jobType: (typeof phase1JobTypes)[number];
  readonly release: string;
  /** The label whose images are deployed, such as `current-tripleo`. */
  readonly location: string | null;
  /** What built the packages. */
  readonly buildSystem: string;
  /** The file of config/general_config, such as `minimal`. */
  readonly config: string;
}

/** Any other job: a name and nothing to learn from it. */
export interface PlainJob {
  readonly kind: 'plain';
  readonly name: string;
}

export type Job = FeaturesetJob | OldFeaturesetJob | Phase1Job | PlainJob;

const nodes = String.raw`\d+[a-z]\w*|baremetal_\w+`;
const featureset = String.raw`\d{3}`;
const release = '[a-z][a-z0-9.]*';

const parts = {
  // periodic-tripleo-ci-<distro>-<ver>-<env>[-<nodes>]-featureset<NNN>-<release>[-upload|-internal], the names that
  // review.rdoproject.org's jobs had from 2018-10 on.
  featureset: {
    distro: '[a-z]+',
    version: String.raw`\d+`,
    environment: '[a-z]+(?:-[a-z]+)*',
    ...{ nodes, featureset, release, suffix: 'upload|internal' },
  },
  // periodic-<env>[-<nodes>]-featureset<NNN>
  'old-featureset': { environment: 'multinode|singlenode|standalone|ovb', nodes, featureset },
  // tripleo-quickstart-<job type>-<release>[-<location>]-<build system>-<config>, of ci.centos.org
  'phase-1': {
    jobType: phase1JobTypes.toReversed().join('|'),
    release,
    location: '[a-z]+(?:-[a-z]+)*?',
    buildSystem: 'delorean',
    config: String.raw`[a-z]\w*(?:-\w+)*`,
  },
} as const;

const grammars = [
  [
    'featureset',
    'periodic-tripleo-ci-{distro}-{version}-{environment}[-{nodes}]-featureset{featureset}-{release}[-{suffix}]',
  ],
  ['old-featureset', 'periodic-{environment}[-{nodes}]-featureset{featureset}'],
  ['phase-1', 'tripleo-quickstart-{jobType}-{release}[-{location}]-{buildSystem}-{config}'],
] as const;

type Kind = keyof typeof parts;

/** Returns what a job's name says; a name of no grammar is a plain one. */
export function parseJobName(name: string): Job {
  for (const [kind, form] of grammars) {
    const groups = patternOf(kind, form).exec(name)?.groups;
    if (groups === undefined) continue;
    const said = Object.keys(parts[kind]).map((part) => [part, groups[part] ?? null]);
    return { kind, ...Object.fromEntries(said) } as Job;
  }
  return { kind: 'plain', name };
}

function patternOf(kind: Kind, form: string): RegExp {
  const pattern = form
    .replaceAll('[', '(?:')
    .replaceAll(']', ')?')
    .replace(/\{(\w+)\}/gu, (_, part: string) => `(?<${part}>${patternsOf(kind)[part] ?? ''})`);
  return new RegExp(`^${pattern}$`, 'u');
}

function patternsOf(kind: Kind): Readonly<Record<string, string>> {
  return parts[kind];
}

/**
 * Returns the name of a job, which says the same when it is read.
 * @throws FeaturesetError `bad-job` naming the part that the grammar does not allow.
 */
export function formatJobName(job: Job): string {
  if (job.kind === 'plain') return job.name;
  const values = new Map<string, string | null>(Object.entries(job));
  for (const [part, pattern] of Object.entries(patternsOf(job.kind))) {
    const value = values.get(part) ?? null;
    if (value !== null && !new RegExp(`^(?:${pattern})$`, 'u').test(value)) {
      throw new FeaturesetError('bad-job', `${part} "${value}" cannot be part of a job name: expected ${pattern}`);
    }
  }
  const form = grammars.find(([kind]) => kind === job.kind)?.[1] ?? '';
  const name = form
    .replace(/\[-\{(\w+)\}\]/gu, (_, part: string) => (values.get(part) == null ? '' : `-${values.get(part)}`))
    .replace(/\{(\w+)\}/gu, (_, part: string) => values.get(part) ?? '');
  const read = new Map<string, string | null>(Object.entries(parseJobName(name)));
  const other = Object.keys(patternsOf(job.kind)).find((part) => read.get(part) !== values.get(part));
  if (other === undefined) return name;
  throw new FeaturesetError('bad-job', `${other} "${values.get(other)}" would be read differently in ${name}`);
}

/**
 * Returns the three digits of a featureset, from `1`, `001`, `fs001` or `featureset001`.
 * @throws FeaturesetError `bad-job`
 */
export function parseFeatureset(text: string): string {
  const digits = /^(?:featureset|fs)?(\d{1,3})$/.exec(text)?.[1];
  if (digits === undefined) {
    throw new FeaturesetError('bad-job', `featureset "${text}" is not a number of up to three digits, such as 001`);
  }
  return digits.padStart(3, '0');
}

/**
 * Returns name and version of a distribution, from `centos9` or `centos-9`.
 * @throws FeaturesetError `bad-job`
 */
export function parseDistro(text: string): { readonly distro: string; readonly version: string } {
  const { distro, version } = /^(?<distro>[a-z]+)-?(?<version>\d+)$/.exec(text)?.groups ?? {};
  if (distro === undefined || version === undefined) {
    throw new FeaturesetError('bad-job', `distro "${text}" is not a name and a number, such as centos9`);
  }
  return { distro, version };
}
