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

/** Any other job: a name and nothing to learn from it. */
export interface PlainJob {
  readonly kind: 'plain';
  readonly name: string;
}

// periodic-tripleo-ci-<distro>-<ver>-<env>[-<nodes>]-featureset<NNN>-<release>[-upload|-internal], the names that
// review.rdoproject.org's jobs had from 2018-10 on.
const parts = {
  distro: '[a-z]+',
  version: String.raw`\d+`,
  environment: '[a-z]+(?:-[a-z]+)*',
  nodes: String.raw`\d+[a-z]\w*|baremetal_\w+`,
  featureset: String.raw`\d{3}`,
  release: '[a-z][a-z0-9.]*',
};
const grammar = new RegExp(
  `^periodic-tripleo-ci-(?<distro>${parts.distro})-(?<version>${parts.version})-(?<environment>${parts.environment})` +
    `(?:-(?<nodes>${parts.nodes}))?-featureset(?<featureset>${parts.featureset})-(?<release>${parts.release})` +
    `(?:-(?<suffix>upload|internal))?$`,
);

/** Returns what a job's name says; a name of another grammar is a plain one. */
export function parseJobName(name: string): FeaturesetJob | PlainJob {
  const groups = grammar.exec(name)?.groups;
  if (groups === undefined) return { kind: 'plain', name };
  const { distro = '', version = '', environment = '', nodes = null, featureset = '', release = '', suffix } = groups;
  return {
    kind: 'featureset',
    distro,
    version,
    environment,
    nodes,
    featureset,
    release,
    suffix: suffix === 'upload' || suffix === 'internal' ? suffix : null,
  };
}

/**
 * Returns the name of a job.
 * @throws FeaturesetError `bad-job` naming the part that the grammar does not allow.
 */
export function formatJobName(job: FeaturesetJob | PlainJob): string {
  if (job.kind === 'plain') return job.name;
  for (const [part, pattern] of Object.entries(parts)) {
    const value = job[part as keyof typeof parts];
    if (value !== null && !new RegExp(`^(?:${pattern})$`).test(value)) {
      throw new FeaturesetError('bad-job', `${part} "${value}" cannot be part of a job name: expected ${pattern}`);
    }
  }
  return [
    'periodic-tripleo-ci',
    job.distro,
    job.version,
    job.environment,
    ...(job.nodes === null ? [] : [job.nodes]),
    `featureset${job.featureset}`,
    job.release,
    ...(job.suffix === null ? [] : [job.suffix]),
  ].join('-');
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
