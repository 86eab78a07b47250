import { type OptionalSource, type PromoteConfig, type RegistryConfig, resolveRegistry } from '@tagflow/config';
import type { Config } from '@tagflow/config';
import type { HttpEffects } from '@tagflow/http';
import type { Destination } from '@tagflow/model';
import {
  createManifestStore,
  createRegistryDestination,
  findDockerConfig,
  openNet,
  openPlace,
  parseDockerConfig,
  readAuthorities,
} from '@tagflow/oci';
import type { OptionalSourcePlace } from '@tagflow/promotion';

export interface RegistriesRequest {
  readonly config: Config;
  readonly containers: PromoteConfig['containers'];
  /** What is read from where that may owe; null: nothing owes. */
  readonly optionalSource: OptionalSource | null;
  /** The text of a docker config JSON; undefined: the one that docker would read. */
  readonly registryAuth: string | undefined;
  readonly env: (name: string) => string | undefined;
  readonly effects: HttpEffects;
}

/** The registries of a promotion. */
export interface OpenRegistries {
  readonly required: readonly Destination[];
  /** Those that follow the others. */
  readonly followers: readonly Destination[];
  readonly source: OptionalSourcePlace | null;
  close(): void;
}

const connections = 32;

/** Returns the registries that a promotion moves tags in; nothing is sent. They share their connections. */
export async function openRegistries(request: RegistriesRequest): Promise<OpenRegistries> {
  const { config, containers, optionalSource, registryAuth, effects } = request;
  if (containers === null) return { required: [], followers: [], source: null, close: () => {} };
  const { destinations, optional, source: from, signatures } = containers;
  const names = new Set([from, ...destinations, ...(optionalSource?.required ?? [])]);
  const registries = new Map<string, RegistryConfig>([...names].map((name) => [name, resolveRegistry(config, name)]));
  const ca = await readAuthorities([...registries.values()].map(({ caFile }) => caFile));
  const credentials =
    registryAuth === undefined ? await findDockerConfig(request.env) : parseDockerConfig(registryAuth, 'registry-auth');
  const net = openNet(effects, { connections, ca });
  const manifests = createManifestStore();
  const common = { credentials, effects: net.effects };
  const source = openPlace({ ...(registries.get(from) as RegistryConfig), ...common });
  const open = (name: string): Destination =>
    createRegistryDestination({
      ...(registries.get(name) as RegistryConfig),
      ...{ name: `registry ${name}`, source: name === from ? null : source, ...common },
      ...{ concurrency: connections / 2, manifests, signatures },
    });
  return {
    required: destinations.filter((name) => !optional.includes(name)).map(open),
    followers: optional.map(open),
    source:
      optionalSource === null
        ? null
        : {
            ...{ destination: open(optionalSource.registry), label: optionalSource.label, phase: optionalSource.phase },
            knowing: optionalSource.required.map(open),
          },
    close: () => net.close(),
  };
}
