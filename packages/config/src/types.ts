import type { Criteria, Label, PolicyEntry, Visibility } from '@tagflow/model';
import type { ImageLayout } from './image-layouts.ts';
import type { LogsConfig, RunnerConfig } from './runner-types.ts';
import type { TemplateName } from './phase-shape.ts';

/** One release: where things are, and what each phase does with them. */
export interface Config {
  /** The file's absolute path. */
  readonly file: string;
  /** The file's folder, absolute: what relative paths in it are relative to. */
  readonly folder: string;
  /** `sha256:` of what the file says, whatever its layout and wherever it lies. */
  readonly digest: string;
  readonly release: string;
  readonly distro: string;
  readonly dlrn: DlrnConfig;
  readonly registries: Readonly<Record<string, RegistryConfig>>;
  readonly imageStores: Readonly<Record<string, ImageStoreConfig>>;
  readonly ledger: LedgerConfig;
  readonly runners: Readonly<Record<string, RunnerConfig>>;
  /** Where the logs of jobs are kept; null where they stay in the folder of the run. */
  readonly logs: LogsConfig | null;
  /** Absolute paths of pattern files that tell why a job failed, before those that tagflow brings. */
  readonly failurePatterns: readonly string[];
  /** In the order of the file: the first pattern that a job's name matches counts. */
  readonly owners: readonly { readonly pattern: string; readonly owner: string }[];
  readonly policyFolder: PolicyFolder;
  readonly phases: Readonly<Record<string, Phase>>;
}

/** Where the waivers, holds and freezes are; read by `loadPolicy`. */
export interface PolicyFolder {
  /** Absolute. */
  readonly path: string;
  /** The file names it: then it has to exist. */
  readonly explicit: boolean;
}

/** What people decided beside the criteria, and the digest that ties a plan to it. */
export interface Policy {
  /** Expired ones too, in the order of the files. */
  readonly entries: readonly PolicyEntry[];
  /** `sha256:` of what the entries say, wherever they are written. */
  readonly digest: string;
}

export interface DlrnConfig {
  readonly apiUrl: string;
  readonly reposUrl: string;
  readonly mode: 'classic' | 'component';
  readonly username: string | null;
  readonly authMethod: 'basic' | 'kerberos';
  /** Null where Kerberos knows the server by the host of the API's URL. */
  readonly serverPrincipal: string | null;
  /** Questions are asked with the login, too. */
  readonly protectedReads: boolean;
  readonly plainHttp: boolean;
}

export interface RegistryConfig {
  readonly name: string;
  /** `https://host/namespace`. */
  readonly url: string;
  /** Holds `{name}` once. */
  readonly namePattern: string;
  readonly visibility: Visibility;
  readonly plainHttp: boolean;
  /** The absolute path of a PEM file with the registry's own certificate authority. */
  readonly caFile: string | null;
  /** Public repositories that are missing are made through the registry's API. */
  readonly createRepositories: boolean;
}

export interface ImageStoreConfig extends ImageLayout {
  readonly name: string;
  /** `file:` URLs are absolute. */
  readonly url: string;
  /** Where readers find it; the url itself unless the file says otherwise. */
  readonly readUrl: string;
  readonly visibility: Visibility;
  /** `SHA256:…` of the key that an sftp server has to show; null where only known_hosts tells. */
  readonly hostKey: string | null;
}

export interface LedgerConfig {
  /** `sqlite:` and an absolute path; or `postgres://user@host/database`, without a password. */
  readonly url: string;
  /** The absolute path of the database; null where a server has it. */
  readonly path: string | null;
  readonly lock: 'lease' | 'ci';
  /** True when the file names an absolute path or a server: what may outlive the checkout, and the machine with it. */
  readonly explicit: boolean;
}

/** One phase. A section that the file does not have is null: its steps have nothing to do. */
export interface Phase {
  readonly name: string;
  readonly template: TemplateName;
  readonly component: string | null;
  readonly pin: PinConfig | null;
  readonly fetch: FetchConfig | null;
  readonly build: BuildConfig;
  readonly test: TestConfig | null;
  readonly promote: PromoteConfig | null;
  readonly mirror: readonly MirrorConfig[];
  readonly after: TestConfig | null;
  readonly handOff: HandOffConfig | null;
}

export interface PinConfig {
  readonly from: Label;
  readonly to: Label;
  readonly criteria: 'none';
}

export interface FetchConfig {
  /** The name of an image store. */
  readonly from: string;
  /** Absolute, or beginning with `~/`; null where the action chooses. */
  readonly cache: string | null;
}

export interface BuildConfig {
  readonly containers: ContainerBuildConfig | null;
  readonly images: ImageBuildConfig | null;
}

export interface ContainerBuildConfig {
  readonly command: readonly string[];
  /** The name of a registry. */
  readonly registry: string;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly evidence: 'required' | 'none';
  readonly visibility: Visibility;
}

export interface ImageBuildConfig {
  readonly command: readonly string[];
  /** The name of an image store. */
  readonly store: string;
  readonly files: readonly string[];
  readonly baseImage: string | null;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly evidence: 'required' | 'none';
  readonly visibility: Visibility;
}

export interface TestConfig {
  readonly jobs: readonly TestJob[];
}

/** A job with everything that it inherits from its section. */
export interface TestJob {
  readonly job: string;
  /** Three digits; null for a job that has no featureset. */
  readonly featureset: string | null;
  readonly nodes: string | null;
  /** False: a failure fails nothing. Jobs of `after` never vote. */
  readonly voting: boolean;
  /** Empty for a runner of another system that starts what that system knows. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** The name of a runner; `command` without one of that name is a process of this machine. */
  readonly runner: string;
  /** How often it is started again when infrastructure failed. */
  readonly retries: number;
  /** `required`: a success has to come with a report file that can be read; `exit-status`: report files are not read. */
  readonly results: 'optional' | 'required' | 'exit-status';
  /** Null: the architecture is not said. */
  readonly arch: string | null;
  /** Null: that of the release. */
  readonly distro: string | null;
}

export interface PromoteConfig {
  readonly from: Label;
  readonly to: Label;
  readonly criteria: Criteria;
  readonly containers: PromotedContainers | null;
  /** Names of image stores. */
  readonly images: { readonly destinations: readonly string[] } | null;
  /** So long without a promotion, and the label is red. */
  readonly redAfterMs: number;
}

export interface PromotedContainers {
  /** The name of a registry. */
  readonly source: string;
  /** Names of registries, the optional ones among them. */
  readonly destinations: readonly string[];
  /** Those of the destinations that follow the others: a promotion does not wait for them. */
  readonly optional: readonly string[];
  /** What is left out: bare names, in which `*` stands for anything. */
  readonly exclude: readonly { readonly pattern: string; readonly reason: string | null }[];
  /** The architectures that an index is assembled from, the primary one first; empty: whatever the tag names. */
  readonly arches: readonly string[];
  /** Signatures and attestations are copied along. */
  readonly signatures: boolean;
}

/** Names of image stores. */
export interface MirrorConfig {
  readonly from: string;
  readonly to: string;
}

export interface HandOffConfig {
  readonly label: Label;
  /** A store (`file:`, `sftp:`), or a web hook (`https:`). */
  readonly destination: string;
  /** `internal`: the receiver may have what is internal, too. */
  readonly visibility: Visibility;
}
