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
export type { FailureReason, FailureReasons } from './reason.ts';
export {
  formatResults,
  type JobResult,
  type JobStatus,
  parseResults,
  type TestFailure,
  type TestReport,
  type TestResults,
  votingFailures,
} from './results.ts';
export { jobFacts, type TestedHash } from './job-facts.ts';
export { maskResult } from './mask-result.ts';
export { voteOfJob } from './vote-of-job.ts';
export type { JobEnding, JobRequest, RunAttempt } from './run-job.ts';
export { forgetJobs, runJobs, type RunJobsOptions } from './run-jobs.ts';
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
export { decideEvidence, type Evidence, failedTests, type JobEnd } from './reports/evidence.ts';
export { readReports, type ReadReports, type ReadReportsOptions } from './reports/read-reports.ts';
export { defaultPatterns, withDefaultPatterns } from './reasons/default-patterns.ts';
export {
  findReasons,
  type FindOptions,
  type LogFile,
  type LogReasons,
  type PatternHits,
} from './reasons/find-reasons.ts';
export { findReasonsInFolder, type FolderOptions, readLogFile } from './reasons/folder.ts';
export { formatPatterns } from './reasons/format-patterns.ts';
export { isInfrastructure } from './reasons/infrastructure.ts';
export { parsePatterns } from './reasons/parse-patterns.ts';
export type { ReasonPattern } from './reasons/pattern.ts';
export { type Job, type OldFeaturesetJob, type Phase1Job, phase1JobTypes } from './job.ts';
export {
  compose,
  type Composition,
  type CompositionOptions,
  type Layer,
  type LayerKind,
  layerKinds,
  type Saying,
} from './quickstart/compose.ts';
export { type EnvironmentType, environmentTypes, parseEnvironment } from './quickstart/environments.ts';
export { type ExpressionLimits, expressionLimits } from './quickstart/expression/budget.ts';
export { explainVariables } from './quickstart/explain.ts';
export { type FeaturesetFlags, flagsOf } from './quickstart/flags.ts';
export { factsLayer, type JobLayers, readJobLayers, readVariables } from './quickstart/layers.ts';
export {
  formatPlanCommands,
  formatPlanGithub,
  formatPlanJson,
  formatPlanTable,
  formatPlanZuul,
  githubJobsLimit,
  type ZuulOptions,
} from './quickstart/matrix-formats.ts';
export { overridable, overrideLayer } from './quickstart/overrides.ts';
export { featuresetPath } from './quickstart/paths.ts';
export {
  type MatrixAxes,
  planDefaults,
  planMatrix,
  type PlannedJob,
  type PlanOptions,
  type QuickstartJob,
} from './quickstart/plan.ts';
export { type JobReleases, needsReleasesFile, previousRelease, releasesOf } from './quickstart/releases.ts';
export { runGit } from './quickstart/run-git.ts';
export type { Exec } from './quickstart/source-git.ts';
export { type FeaturesetSource, openFeaturesetSource, type SourcePlace } from './quickstart/source.ts';
export type { JobStep } from './quickstart/steps.ts';
export { stepsOfJob } from './quickstart/steps-of-job.ts';
export type { Value } from './quickstart/value.ts';
export { parseVariablesFile, type VariablesFile } from './quickstart/variables-file.ts';
export { notesOf, storyOf } from './reports/story.ts';
export { isOfAttempt } from './reasons/attempt.ts';
export { featuresetErrorWords } from './error-words.ts';
export type { ZuulDependency } from './quickstart/matrix-formats.ts';
