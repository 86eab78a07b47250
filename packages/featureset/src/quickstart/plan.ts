import { FeaturesetError } from '../error.ts';
import { formatJobName, parseDistro, parseFeatureset } from '../job.ts';
import { type EnvironmentType, environmentSteps } from './environments.ts';
import type { FeaturesetFlags } from './flags.ts';
import { type JobReleases, releasesOf } from './releases.ts';
import { type JobStep, jobSteps } from './steps.ts';

/** A job with everything that it runs. */
export interface PlannedJob {
  readonly job: string;
  readonly featureset: string | null;
  readonly release: string | null;
  readonly nodes: string | null;
  /** `centos9`. */
  readonly distro: string | null;
  readonly environment: string | null;
  readonly voting: boolean;
  readonly steps: readonly JobStep[];
}

/** A job of tripleo-quickstart: what its name says, and its releases. */
export interface QuickstartJob extends PlannedJob {
  readonly featureset: string;
  readonly release: string;
  readonly environment: EnvironmentType;
  readonly distribution: { readonly distro: string; readonly version: string };
  readonly releases: JobReleases;
}

/** What every combination of makes a job. */
export interface MatrixAxes {
  readonly featuresets: readonly string[];
  readonly releases: readonly string[];
  /** Empty: jobs whose name says no nodes. */
  readonly nodes: readonly string[];
  readonly distros: readonly string[];
  readonly environment: EnvironmentType;
}

export interface PlanOptions {
  /** What each featureset's file says, by its three digits. */
  readonly flags: ReadonlyMap<string, FeaturesetFlags>;
  /** Whether a candidate is tested, and not what was promoted. */
  readonly periodic: boolean;
  readonly cloud: string | null;
  readonly overridden: boolean;
  readonly extraVars: readonly string[];
  readonly home: string;
  readonly hashes: ReadonlyMap<string, string>;
}

/** What a plan has unless somebody says otherwise: a periodic job of the user that Zuul makes. */
export const planDefaults = {
  ...{ periodic: true, cloud: null, overridden: false, extraVars: [], home: '/home/zuul', hashes: new Map() },
} as const satisfies Omit<PlanOptions, 'flags'>;

/**
 * Returns a job for every featureset × release × nodes × distro, in this order.
 * @throws FeaturesetError `no-jobs`, `duplicate-job`, `bad-job`
 */
export function planMatrix(axes: MatrixAxes, options: PlanOptions): readonly QuickstartJob[] {
  for (const axis of ['featuresets', 'releases', 'distros'] as const) {
    if (axes[axis].length > 0) continue;
    throw new FeaturesetError('no-jobs', `there is no job: give ${axis}, beside ${others(axis)}`);
  }
  const nodes = axes.nodes.length === 0 ? [null] : axes.nodes;
  const jobs = axes.featuresets
    .map(parseFeatureset)
    .flatMap((featureset) =>
      axes.releases.flatMap((release) =>
        nodes.flatMap((each) =>
          axes.distros.map((distro) =>
            planJob({ featureset, release, nodes: each, ...parseDistro(distro) }, axes.environment, options),
          ),
        ),
      ),
    );
  const twice = jobs.find(({ job }, index) => jobs.findIndex((other) => other.job === job) !== index);
  if (twice === undefined) return jobs;
  throw new FeaturesetError('duplicate-job', `job "${twice.job}" is there twice: an axis names one thing twice`);
}

function others(axis: string): string {
  return ['featuresets', 'releases', 'distros'].filter((name) => name !== axis).join(' and ');
}

interface JobParts {
  readonly featureset: string;
  readonly release: string;
  readonly nodes: string | null;
  readonly distro: string;
  readonly version: string;
}

function planJob(parts: JobParts, environment: EnvironmentType, options: PlanOptions): QuickstartJob {
  const { featureset, release, nodes, distro, version } = parts;
  const flags = options.flags.get(featureset) ?? new Set();
  const releases = releasesOf(flags, release, options.periodic);
  const steps = environmentSteps(environment, featureset, flags);
  return {
    job: formatJobName({ kind: 'featureset', ...parts, environment, suffix: null }),
    ...{ featureset, release, nodes, distro: `${distro}${version}`, environment, voting: true },
    ...{ distribution: { distro, version }, releases },
    steps: jobSteps({ ...options, ...parts, flags, environment, steps, releases }),
  };
}
