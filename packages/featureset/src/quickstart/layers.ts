import { FeaturesetError } from '../error.ts';
import type { Layer, LayerKind } from './compose.ts';
import type { EnvironmentType } from './environments.ts';
import { hasCommon } from './steps.ts';
import type { FeaturesetSource } from './source.ts';
import {
  commonPath,
  distributionName,
  environmentPath,
  featuresetPath,
  nodesPath,
  releasePath,
  testenvPath,
} from './paths.ts';
import type { QuickstartJob } from './plan.ts';
import type { Value } from './value.ts';
import { type ParseOptions, parseVariablesFile, type VariablesFile } from './variables-file.ts';

export interface LayerQuestion {
  readonly job: QuickstartJob;
  readonly source: FeaturesetSource;
  /** tripleo-ci, which has what is said of environments; null where the source has it, or nobody. */
  readonly testenv: FeaturesetSource | null;
  readonly cloud: string | null;
  readonly nearest: ParseOptions['nearest'];
}

export interface JobLayers {
  readonly layers: readonly Layer[];
  /** Unknown variables, and environment files that are not there. */
  readonly warnings: readonly string[];
}

/**
 * Returns what files say of a job: release, nodes, the common file, featureset, environment and its cloud.
 * @throws FeaturesetError `no-file`, `bad-file`, `bad-source`
 */
export async function readJobLayers({ job, source, testenv, cloud, nearest }: LayerQuestion): Promise<JobLayers> {
  const { distro, version } = job.distribution;
  const needed: readonly (readonly [LayerKind, string])[] = [
    ['release', releasePath(distro, version, job.releases.file)],
    ...(job.nodes === null ? [] : [['nodes', nodesPath(job.nodes)] as const]),
    ...(hasCommon(job.environment) ? [['common', commonPath] as const] : []),
    ['featureset', featuresetPath(job.featureset)],
  ];
  const files = await Promise.all(
    needed.map(async ([kind, path]) => layerOf(kind, await readVariables(source, path, nearest))),
  );
  const around = await Promise.all(
    environmentFiles(job.environment, cloud, testenv !== null).map(async ([kind, path]) => {
      const text = await (testenv ?? source).read(path);
      return text === null ? path : layerOf(kind, parseVariablesFile(text, { name: path, nearest }));
    }),
  );
  const missing = around.filter((each) => typeof each === 'string');
  const found = [...files, ...around.filter((each) => typeof each !== 'string')];
  return {
    layers: found.map(({ layer }) => layer),
    warnings: [
      ...found.flatMap(({ warnings }) => warnings),
      ...missing.map((path) => `${path} is not in ${(testenv ?? source).name}: nothing is known of the environment`),
    ],
  };
}

/**
 * Returns a file of the source.
 * @throws FeaturesetError `no-file`, `bad-file`, `bad-source`
 */
export async function readVariables(
  source: FeaturesetSource,
  path: string,
  nearest: ParseOptions['nearest'],
): Promise<VariablesFile> {
  const text = await source.read(path);
  if (text !== null) return parseVariablesFile(text, { name: path, nearest });
  throw new FeaturesetError('no-file', `${path} is not in ${source.name}`, {
    next: 'Give a featureset, release, distro and nodes that have a file there.',
  });
}

function layerOf(kind: LayerKind, { warnings, ...file }: VariablesFile) {
  return { layer: { kind, ...file } satisfies Layer, warnings };
}

function environmentFiles(environment: EnvironmentType, cloud: string | null, isTripleoCi: boolean) {
  const path = isTripleoCi ? testenvPath : environmentPath;
  const all: readonly (readonly [LayerKind, string])[] = [
    ['environment', path(environment, null)],
    ...(cloud === null ? [] : [['cloud', path(environment, cloud)] as const]),
  ];
  return all;
}

/** Returns what Zuul and the test machine tell a job, as far as it is known before the job runs. */
export function factsLayer(job: QuickstartJob, periodic: boolean, home: string): Layer {
  const { distro, version } = job.distribution;
  const facts: Readonly<Record<string, Value>> = {
    ansible_distribution: distributionName(distro),
    ansible_distribution_major_version: version,
    ansible_env: {},
    ansible_user_dir: home,
    environment_type: job.environment,
    featureset: job.featureset,
    job: {},
    ...(job.nodes === null ? {} : { nodes: job.nodes }),
    tripleo_root: `${home}/src/opendev.org/openstack`,
    working_dir: home,
    zuul: { job: job.job, pipeline: periodic ? 'periodic' : 'check' },
  };
  return { kind: 'facts', name: 'facts of the run', values: new Map(Object.entries(facts)) };
}
