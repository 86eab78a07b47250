import { type Config, ConfigError, resolveImageStore } from '@tagflow/config';
import { createDlrnClient, createRepositoryTree, type DlrnClient, findLogin, type RepositoryTree } from '@tagflow/dlrn';
import { type Api, createApi, type HttpEffects } from '@tagflow/http';
import { createImageDestination } from '@tagflow/images';
import { type LedgerReader, openLedgerReader } from '@tagflow/ledger';
import { type ArtifactSet, type Destination, type Effects, messageOf } from '@tagflow/model';
import {
  createManifestStore,
  createRegistryDestination,
  findDockerConfig,
  openNet,
  parseDockerConfig,
  readAuthorities,
  type RegistryDestination,
} from '@tagflow/oci';
import { openStore } from '@tagflow/store';
import type { WorldSecrets } from './open-world.ts';

export interface SetPlacesRequest {
  /** Null: only files and what they name can be read. */
  readonly config: Config | null;
  readonly secrets: WorldSecrets;
  readonly effects: Effects & HttpEffects;
  readonly env: (name: string) => string | undefined;
}

/** A place that may hold the set of a hash. */
export type SetPlace = Pick<Destination, 'name' | 'readSet'>;

/** Every place of a configuration that knows something of sets, for those who only read. Close it. */
export interface SetPlaces {
  readonly config: Config | null;
  readonly api: Api;
  readonly effects: Effects;
  /** Null without a configuration, as the others. */
  readonly dlrn: { readonly client: DlrnClient; readonly tree: RepositoryTree } | null;
  readonly registries: readonly RegistryDestination[];
  readonly places: readonly SetPlace[];
  /** Null where there is none. */
  readonly ledger: LedgerReader | null;
  /** Sentences about places that cannot be read. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

const connections = 8;

/**
 * Opens what a configuration names, all registries and image stores of it, whatever their phase; nothing is written and
 * no ledger made. Image stores are read where their readers do, so that no key is needed for public ones.
 */
export async function openSetPlaces(request: SetPlacesRequest): Promise<SetPlaces> {
  const { config, secrets, effects } = request;
  const api = createApi(effects);
  const nothing = { config, api, effects, dlrn: null, registries: [], places: [], ledger: null, notes: [] };
  if (config === null) return { ...nothing, close: () => Promise.resolve() };
  await using opened = new AsyncDisposableStack();
  const notes: string[] = [];

  const { apiUrl, reposUrl, mode, protectedReads } = config.dlrn;
  // Kerberos may have no ticket here, and who only reads seldom needs one.
  const login = protectedReads
    ? await findLogin({ given: secrets, configured: config.dlrn, env: request.env })
    : { missing: [] };
  if (protectedReads && 'missing' in login) throw needsLogin(config, login.missing);
  const client = createDlrnClient(api, {
    ...{ apiUrl, log: effects.log },
    ...('login' in login ? { credentials: login.login, sendCredentialsOnReads: true } : {}),
  });
  const tree = createRepositoryTree(api, { reposUrl, mode, effects });

  const registries = await openAllRegistries(config, request, opened);
  const stores = Object.keys(config.imageStores).flatMap((name) => {
    try {
      return [openImages(config, name, secrets, effects, opened)];
    } catch (error) {
      notes.push(`images ${name} could not be read: ${messageOf(error)}`);
      return [];
    }
  });
  const ledger = await openLedgerReader(config.ledger.url).catch((error: unknown) => {
    notes.push(`the ledger could not be read: ${messageOf(error)}`);
    return null;
  });
  if (ledger !== null) opened.defer(() => ledger.close());
  const closing = opened.move();
  return {
    ...{ config, api, effects, dlrn: { client, tree }, registries, places: [...registries, ...stores], ledger, notes },
    close: () => closing.disposeAsync(),
  };
}

function needsLogin(config: Config, missing: readonly string[]): ConfigError {
  const names = missing.map((name) => `"${name}"`).join(' and ');
  return new ConfigError('invalid-config', `input ${names} is missing: ${config.file} says protected-reads`, {
    next: `Give ${missing.join(' and ')}.`,
  });
}

async function openAllRegistries(
  config: Config,
  { secrets, effects, env }: SetPlacesRequest,
  opened: AsyncDisposableStack,
): Promise<readonly RegistryDestination[]> {
  const all = Object.values(config.registries);
  if (all.length === 0) return [];
  const { registryAuth } = secrets;
  const credentials =
    registryAuth === undefined ? await findDockerConfig(env) : parseDockerConfig(registryAuth, 'registry-auth');
  const net = openNet(effects, { connections, ca: await readAuthorities(all.map(({ caFile }) => caFile)) });
  opened.defer(() => net.close());
  const manifests = createManifestStore();
  const common = { source: null, credentials, effects: net.effects, concurrency: connections, manifests };
  return all.map((registry) =>
    createRegistryDestination({ ...registry, ...common, name: `registry ${registry.name}` }),
  );
}

function openImages(
  config: Config,
  name: string,
  { sshKey, knownHosts }: WorldSecrets,
  effects: Effects & HttpEffects,
  opened: AsyncDisposableStack,
): SetPlace {
  const { readUrl, hostKey, pathTemplate, linkTemplates, innerLinks, visibility } = resolveImageStore(config, name);
  const key = sshKey === undefined ? null : { privateKey: sshKey, ...(knownHosts === undefined ? {} : { knownHosts }) };
  const ssh = key === null || hostKey === null ? key : { ...key, fingerprint: hostKey };
  const store = openStore(readUrl, { effects, ...(ssh === null ? {} : { ssh }) });
  opened.defer(() => store.close());
  const { release, distro } = config;
  return createImageDestination({
    ...{ name: `images ${name}`, store, pathTemplate, linkTemplates, innerLinks, release, distro, visibility, effects },
  });
}

/**
 * Returns the places, each of which answers null instead of an error and is told of in `notes` then: one that cannot be
 * read keeps nobody from seeing what the others know.
 */
export function forgiving(
  places: readonly SetPlace[],
  signal: AbortSignal,
  notes: string[],
): readonly Pick<Destination, 'readSet'>[] {
  return places.map(({ name, readSet }) => ({
    async readSet(hash): Promise<ArtifactSet | null> {
      try {
        return await readSet(hash);
      } catch (error) {
        signal.throwIfAborted();
        notes.push(`${name} could not be read: ${messageOf(error)}`);
        return null;
      }
    },
  }));
}
