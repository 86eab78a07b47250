export { isClearText } from './clear-text.ts';
export { ConfigError, type ConfigErrorCode, type FileProblem, type Problem } from './error.ts';
export { type ImageLayout, type InnerLink, readLayout } from './image-layouts.ts';
export { jsonSchema, loadConfig, loadPolicy, loadPolicyOf, parseConfig, policyJsonSchema } from './lazy.ts';
export {
  managedLabels,
  optionalSourceOf,
  phaseOfLabel,
  type OptionalSource,
  ownerOf,
  ownRunner,
  reservedLabels,
  resolveImageStore,
  resolveJob,
  resolvePhase,
  resolveRegistry,
  resolveRunner,
  startLabel,
} from './lookup.ts';
export { policyDigest } from './policy-digest.ts';
export { formatPolicy } from './policy-format.ts';
export { planMisfits } from './plan-misfits.ts';
export { unheardJobs } from './unheard-jobs.ts';
export { withLedger } from './with-ledger.ts';
export {
  type Condition,
  type PhaseJob,
  type PhaseStep,
  type PhaseTemplate,
  type Ref,
  type SectionName,
  sectionNames,
  type TemplateName,
  templateNames,
} from './phase-shape.ts';
export { phaseTemplates } from './templates.ts';
export {
  type CommandRunnerConfig,
  type GithubRunnerConfig,
  type JenkinsRunnerConfig,
  type LogsConfig,
  type NodesConfig,
  type RunnerConfig,
  runnerPlaceholders,
  type ZuulRunnerConfig,
} from './runner-types.ts';
export type {
  BuildConfig,
  Config,
  ContainerBuildConfig,
  DlrnConfig,
  FetchConfig,
  HandOffConfig,
  ImageBuildConfig,
  ImageStoreConfig,
  LedgerConfig,
  MirrorConfig,
  Phase,
  PinConfig,
  Policy,
  PolicyFolder,
  PromoteConfig,
  PromotedContainers,
  RegistryConfig,
  TestConfig,
  TestJob,
} from './types.ts';
export { configErrorWords } from './error-words.ts';
export {
  type Carried,
  type Finding,
  type FindingKind,
  type Imported,
  importOldConfig,
  type OldFile,
  type OldForm,
  type SecretPlace,
  secretPlaces,
  type Settings,
} from './import/index.ts';
