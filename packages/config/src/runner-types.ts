import type { Visibility } from '@tagflow/model';

/** What a parameter of a runner may hold, each in braces. */
export const runnerPlaceholders = [
  'full-hash',
  'repo-url',
  'release',
  'distro',
  'arch',
  'job',
  'featureset',
  'nodes',
  'key',
] as const;

/** Where jobs run. `{…}` in a text stands for a fact of the job: {@link runnerPlaceholders}. */
export type RunnerConfig = CommandRunnerConfig | GithubRunnerConfig | ZuulRunnerConfig | JenkinsRunnerConfig;

export interface CommandRunnerConfig {
  readonly kind: 'command';
  readonly name: string;
  /** How long a job may tidy up after its time limit. */
  readonly graceMs: number;
  readonly nodes: NodesConfig | null;
}

interface RemoteRunnerConfig {
  readonly name: string;
  readonly pollMs: number;
  readonly plainHttp: boolean;
}

export interface GithubRunnerConfig extends RemoteRunnerConfig {
  readonly kind: 'github';
  /** Of the API, such as `https://api.github.com`. */
  readonly url: string;
  /** `owner/name`. */
  readonly repository: string;
  /** The file name of the workflow. */
  readonly workflow: string;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The name of the input that gets the key of the run; the workflow's run-name has to show it. */
  readonly keyInput: string;
  /** The artifact that holds report files, or null. */
  readonly reports: string | null;
}

export interface ZuulRunnerConfig extends RemoteRunnerConfig {
  readonly kind: 'zuul';
  readonly url: string;
  readonly tenant: string;
  readonly project: string;
  readonly pipeline: string;
  readonly branch: string;
  readonly job: string;
  /** For a pipeline with allow-parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The parameter that gets the key of the run; null: a run is known by the hash that it names. */
  readonly keyParameter: string | null;
  /** Artifacts that are report files, by patterns of their names. */
  readonly reports: readonly string[];
}

export interface JenkinsRunnerConfig extends RemoteRunnerConfig {
  readonly kind: 'jenkins';
  readonly url: string;
  readonly username: string | null;
  /** The name of the job there; folders are separated by `/`. */
  readonly job: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The parameter that gets the key of the run. */
  readonly keyParameter: string;
  /** Artifacts that are report files, by patterns of their relative paths. */
  readonly reports: readonly string[];
}

/** Machines that a job runs on: taken before it, given back after it, whatever happens. */
export interface NodesConfig {
  /** Prints a JSON object: `{"session": "…", "hosts": ["…"]}`. */
  readonly get: readonly string[];
  /** Gets the session as TAGFLOW_NODES_SESSION. */
  readonly release: readonly string[];
  readonly count: number;
  readonly attempts: number;
  readonly delayMs: number;
}

/** Where people find the logs of jobs. */
export interface LogsConfig {
  /** A store that can be written to. */
  readonly url: string;
  /** Where readers find what is written there. */
  readonly readUrl: string;
  readonly hostKey: string | null;
  readonly visibility: Visibility;
}
