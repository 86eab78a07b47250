import type { CredentialsProvider } from './auth/docker-config.ts';
import { createRegistryClient, type RegistryClient } from './registry.ts';
import type { ManifestSource } from './source.ts';
import {
  formatNamespace,
  type NamePattern,
  type NamespaceReference,
  parseNamePattern,
  parseNamespace,
  repositoryIn,
} from './reference.ts';
import type { OciEffects } from './wire.ts';

/** Where containers are read from, under names of one form: a namespace of a registry, or files. */
export interface SourcePlace {
  readonly reader: ManifestSource;
  readonly pattern: NamePattern;
  /** Such as `quay.io/tripleomaster`. */
  readonly title: string;
  /** The repository of a container, by its bare name. */
  repository(name: string): string;
}

/** A namespace of a registry where containers lie under names of one form, with the client to reach it. */
export interface ContainerPlace extends SourcePlace {
  readonly client: RegistryClient;
  readonly namespace: NamespaceReference;
}

/** Returns the place as one of a registry; null where it is made of files. */
export function asContainerPlace(place: SourcePlace): ContainerPlace | null {
  return 'client' in place ? (place as ContainerPlace) : null;
}

/** Whether a container has the same repository in both. */
export function isSamePlace(source: SourcePlace, place: ContainerPlace, name: string): boolean {
  return source.reader.origin === place.client.origin && source.repository(name) === place.repository(name);
}

/** Where containers lie in a registry, and how they are called there. */
export interface PlaceDescription {
  /** `https://registry.example/namespace`; see {@link parseNamespace}. */
  readonly url: string;
  /** Such as `openstack-{name}`. Default `{name}`. */
  readonly namePattern?: string | undefined;
  readonly plainHttp?: boolean | undefined;
}

export interface PlaceOptions extends PlaceDescription {
  readonly credentials: CredentialsProvider;
  readonly effects: OciEffects;
}

/**
 * Returns the place; nothing is sent.
 * @throws OciError `bad-reference`
 */
export function openPlace(options: PlaceOptions): ContainerPlace {
  const namespace = parseNamespace(options.url, { plainHttp: options.plainHttp === true });
  const pattern = parseNamePattern(options.namePattern ?? '{name}');
  const client = createRegistryClient(namespace.registry, options.credentials, options.effects);
  return {
    client,
    reader: client,
    namespace,
    pattern,
    title: formatNamespace(namespace),
    repository: (name) => repositoryIn(namespace, pattern.format(name)),
  };
}
