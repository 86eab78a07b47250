import { type LabJenkins, startLabJenkins } from './ci-systems/jenkins.ts';
import { playedJob, playedParameters } from './ci-systems/played-job.ts';
import { phase1Job, phase1Names, type ServedFacts } from './world-config.ts';

/** Starts the Jenkins of a world, with a job for each of phase 1. */
export function startPhase1Jenkins(
  facts: ServedFacts,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LabJenkins> {
  return startLabJenkins({
    jobs: Object.fromEntries(phase1Names(facts).map((job) => [job, playedParameters])),
    run: playedJob({ ...phase1Job(facts), env }),
  });
}
