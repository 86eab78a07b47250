import type { CredentialsProvider } from './auth/docker-config.ts';
import { type LoginProof, proveLogin } from './auth/prove-login.ts';
import { type Blobs, createBlobs } from './blobs.ts';
import { createListings, type Listings } from './listings.ts';
import { createManifests, type Manifests } from './manifests.ts';
import type { Quota } from './quota.ts';
import type { RegistryAddress } from './reference.ts';
import type { ManifestSource } from './source.ts';
import { createWire, type OciEffects } from './wire.ts';

/** The distribution API of one registry. */
export interface RegistryClient extends ManifestSource, Manifests, Blobs, Listings {
  readonly registry: RegistryAddress;
  readonly origin: string;
  /** What the registry said last of how many pulls it allows; null where it never said anything of it. */
  quota(): Quota | null;
  /** Whether anybody gave credentials for this repository. */
  hasCredentials(repository: string): Promise<boolean>;
  /** Resolves when the registry takes the credentials; see {@link proveLogin}. */
  prove(proof: LoginProof): Promise<void>;
  /** Whether it counts each GET of a manifest against a quota, as docker.io does; a HEAD is free. */
  isMetered(): boolean;
}

/** Returns a client; nothing is sent before a method is called. */
export function createRegistryClient(
  registry: RegistryAddress,
  credentials: CredentialsProvider,
  effects: OciEffects,
): RegistryClient {
  const wire = createWire(registry, credentials, effects);
  return {
    ...{ registry, name: registry.name, origin: registry.origin },
    quota: () => wire.quota(),
    isMetered: () => registry.name === 'docker.io' || wire.quota() !== null,
    ...createManifests(registry, wire),
    ...createBlobs(registry, wire),
    ...createListings(registry, wire),
    hasCredentials: async (repository) => (await credentials(registry.name, repository)) !== null,
    prove: (proof) => proveLogin(wire, registry, credentials, proof),
  };
}
