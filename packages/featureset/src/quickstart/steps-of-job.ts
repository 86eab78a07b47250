import { FeaturesetError } from '../error.ts';
import { parseJobName } from '../job.ts';
import { parseEnvironment } from './environments.ts';
import { flagsOf } from './flags.ts';
import { readVariables } from './layers.ts';
import { featuresetPath } from './paths.ts';
import { planDefaults, planMatrix } from './plan.ts';
import type { FeaturesetSource } from './source.ts';
import type { JobStep } from './steps.ts';
import type { ParseOptions } from './variables-file.ts';

export interface StepsSource {
  readonly source: FeaturesetSource;
  /** The home of the user that runs the job: where tripleo-ci puts its checkouts and its workspace. */
  readonly home: string;
  readonly nearest: ParseOptions['nearest'];
}

/**
 * Returns what a job runs that is named after its featureset: the commands of tripleo-quickstart, in their order.
 * @throws FeaturesetError `bad-job` for a name that says no featureset; `no-file`, `bad-file`, `bad-source`
 */
export async function stepsOfJob(name: string, { source, home, nearest }: StepsSource): Promise<readonly JobStep[]> {
  const job = parseJobName(name);
  if (job.kind !== 'featureset') {
    throw new FeaturesetError('bad-job', `the name of job "${name}" says no featureset that could be read from files`, {
      next: 'Give the job a command, or a name such as periodic-tripleo-ci-centos-9-standalone-featureset052-master.',
    });
  }
  const { values } = await readVariables(source, featuresetPath(job.featureset), nearest);
  const [planned] = planMatrix(
    {
      featuresets: [job.featureset],
      releases: [job.release],
      nodes: job.nodes === null ? [] : [job.nodes],
      distros: [`${job.distro}${job.version}`],
      environment: parseEnvironment(job.environment),
    },
    { ...planDefaults, home, flags: new Map([[job.featureset, flagsOf(values)]]) },
  );
  return planned?.steps ?? [];
}
