export { FeaturesetError, type FeaturesetErrorCode } from './error.ts';
export { type FeaturesetJob, formatJobName, parseDistro, parseFeatureset, parseJobName, type PlainJob } from './job.ts';
export { formatJunit } from './junit.ts';
export {
  buildMatrix,
  type FeaturesetAxes,
  findJob,
  formatGithubMatrix,
  formatMatrixTable,
  jobNamesOf,
  type JobSpec,
  type MatrixJob,
} from './matrix.ts';
export {
  formatResults,
  type JobResult,
  type JobStatus,
  parseResults,
  type TestResults,
  votingFailures,
} from './results.ts';
export { type RunCommand, runJobs, type RunJobsOptions } from './run-jobs.ts';
export { type ResultsSummary, summarize } from './summary.ts';
export { writeSetFile } from './set-file.ts';
export { writeResults } from './write-results.ts';
export { chooseJobs, type JobChoice } from './choose-jobs.ts';
export {
  fillVariables,
  parseProvidedHashes,
  type ReleaseLabel,
  upgradeHashes,
  type UpgradeKind,
  upgradeKinds,
  type UpgradeQuestion,
  type UpgradeVariable,
} from './upgrade.ts';
