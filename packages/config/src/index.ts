export { isClearText } from './clear-text.ts';
export { ConfigError, type ConfigErrorCode, type Problem } from './error.ts';
export { type ImageLayout, type InnerLink, readLayout } from './image-layouts.ts';
export { jsonSchema, loadConfig, parseConfig } from './lazy.ts';
export {
  managedLabels,
  optionalSourceOf,
  type OptionalSource,
  ownerOf,
  reservedLabels,
  resolveImageStore,
  resolveJob,
  resolvePhase,
  resolveRegistry,
  startLabel,
} from './lookup.ts';
export {
  type PhaseJob,
  type PhaseStep,
  type PhaseTemplate,
  phaseTemplates,
  type Ref,
  type SectionName,
  sectionNames,
  type TemplateName,
  templateNames,
} from './templates.ts';
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
  PromoteConfig,
  PromotedContainers,
  RegistryConfig,
  TestConfig,
  TestJob,
} from './types.ts';
