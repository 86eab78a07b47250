import { formatFeatureset, readJobName } from './job-name.ts';
import type { RawConfig } from './schema.ts';
import type { TestConfig, TestJob } from './types.ts';
import { durationMs } from './values.ts';

type RawPhase = RawConfig['phases'][string];
type RawSection = NonNullable<RawPhase['test']> | NonNullable<RawPhase['after']>;
type RawJob = Exclude<RawSection['jobs'][number], string>;

/** Returns the jobs of a section that was checked, one for each architecture and distribution that a job names. */
export function buildJobs(raw: RawSection, votes: boolean): TestConfig {
  const jobs = raw.jobs.flatMap((entry) => {
    const job: RawJob = typeof entry === 'string' ? { job: entry, env: {} } : entry;
    return (job.distros ?? [null]).flatMap((distro) =>
      (job.arches ?? [null]).map((arch) => buildJob(raw, job, { distro, arch }, votes)),
    );
  });
  return { jobs };
}

function buildJob(
  raw: RawSection,
  job: RawJob,
  { distro, arch }: Pick<TestJob, 'distro' | 'arch'>,
  votes: boolean,
): TestJob {
  const name = job.job.replaceAll('{arch}', arch ?? '').replaceAll('{distro}', distro ?? '');
  const facts = readJobName(name);
  return {
    job: name,
    featureset: job.featureset === undefined ? facts.featureset : formatFeatureset(job.featureset),
    nodes: job.nodes ?? facts.nodes,
    voting: votes && !('voting' in job && job.voting === false),
    command: job.command ?? raw.command ?? [],
    env: { ...raw.env, ...job.env },
    timeoutMs: durationMs(job.timeout ?? raw.timeout),
    runner: job.runner ?? raw.runner,
    retries: job.retries ?? raw.retries,
    results: job.results ?? raw.results,
    arch,
    distro,
  };
}
