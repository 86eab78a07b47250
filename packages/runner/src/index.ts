export { formatCommandLine, parseCommandLine } from './command-line.ts';
export { type CommandRunnerOptions, createCommandRunner } from './command-runner.ts';
export { dropMissing, parseVariables } from './environment.ts';
export { RunnerError, type RunnerErrorCode } from './error.ts';
export { expectFiles, expectLines } from './leftovers.ts';
export type { RunEffects, Runner, RunRequest, RunResult, RunStatus } from './runner.ts';
