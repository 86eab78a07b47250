export { chooseContainers, type Choice, type WantedContainers } from './choose/choose-containers.ts';
export { containerNames, excludeContainers, parseContainerList } from './choose/container-list.ts';
export type { CopyReport } from './copy.ts';
export { createRegistryDestination, type RegistryDestination, type RegistryDestinationOptions } from './destination.ts';
export { anonymous, type CredentialsProvider, parseDockerConfig } from './auth/docker-config.ts';
export { findDockerConfig } from './auth/find-docker-config.ts';
export { type Net, openNet } from './net.ts';
export { countAbsent, type Staged, stageAll, type Target } from './stage-all.ts';
export { OciError, type OciErrorCode } from './error.ts';
export { type ContainerPlace, openPlace, type PlaceOptions } from './place.ts';
export {
  formatNamespace,
  type NamePattern,
  type NamespaceReference,
  parseNamePattern,
  parseNamespace,
} from './reference.ts';
export { missingContainers, type Resolution, resolveAllContainers, resolveContainers } from './resolve.ts';
export { publishSet, readPublishedSet } from './set-artifact.ts';
export { retag } from './tag.ts';
export { tagContainers, type TagOptions } from './tag-containers.ts';
export type { OciEffects } from './wire.ts';
