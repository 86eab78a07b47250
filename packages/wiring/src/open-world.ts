import { type Config, ConfigError, type OptionalSource, type PromoteConfig, resolveImageStore } from '@tagflow/config';
import {
  createDlrnClient,
  createRepositoryDestination,
  createRepositoryTree,
  findLogin,
  type GivenLogin,
  placeOf,
} from '@tagflow/dlrn';
import { createApi } from '@tagflow/http';
import { createImageDestination, createLayout } from '@tagflow/images';
import { assertLedgerUsable, isThrowAwayRunner, openLedger, openLedgerReader } from '@tagflow/ledger';
import type { Destination, Effects, Ledger } from '@tagflow/model';
import { createShield, type Evidence, type PromotionWorld } from '@tagflow/promotion';
import { openStore, type Store } from '@tagflow/store';
import { createEvidence } from './evidence.ts';
import { openRegistries } from './open-registries.ts';

/** What tagflow.yaml never holds. */
export interface WorldSecrets extends GivenLogin {
  /** The text of a docker config JSON. */
  readonly registryAuth?: string | undefined;
  /** A private key in PEM or OpenSSH form. */
  readonly sshKey?: string | undefined;
  /** The text of a known_hosts file. */
  readonly knownHosts?: string | undefined;
}

export interface WorldRequest {
  readonly config: Config;
  /** Whose containers and images are destinations; null opens the repository alone, as a pin needs it. */
  readonly promote: Pick<PromoteConfig, 'containers' | 'images'> | null;
  /** What `promote` reads from where that may owe, see {@link optionalSourceOf}; null or absent: nothing owes. */
  readonly optionalSource?: OptionalSource | null | undefined;
  /** In the component line: the component whose own labels move. */
  readonly component: string | null;
  readonly secrets: WorldSecrets;
  readonly effects: Effects & { readonly random: () => number };
  /** Who holds the leases. */
  readonly owner: string;
  readonly env: (name: string) => string | undefined;
  /** False for those that only read: they see the ledger where there is one, and make none. */
  readonly writes: boolean;
}

/** Everything that one promotion needs. Close it. */
export interface OpenWorld extends PromotionWorld {
  readonly evidence: Evidence;
  close(): Promise<void>;
}

/**
 * Returns the destinations, the votes and the ledger that a configuration names. Nothing is written; nothing but the
 * ledger's file is opened before it is used.
 * @throws ConfigError when the secrets do not do for writing; LedgerError when the ledger would protect nothing
 */
export async function openWorld(request: WorldRequest): Promise<OpenWorld> {
  const { config, secrets, effects } = request;
  const found = await findLogin({ given: secrets, configured: config.dlrn, env: request.env });
  if (request.writes && 'missing' in found) throw noLogin(config, found.missing);
  await using opened = new AsyncDisposableStack();
  const ledger = await openWorldLedger(request);
  opened.defer(() => ledger.close());
  const shield = createShield(effects.signal, () =>
    effects.log.warning('cancelled in the middle of a flip: finishing it first, so that no label is left half-way'),
  );
  // A flip that has begun goes on when the job is cancelled, so all requests follow the shield.
  const guarded = { ...effects, signal: shield.signal };
  const api = createApi(guarded);

  const client = createDlrnClient(api, {
    apiUrl: config.dlrn.apiUrl,
    ...('login' in found ? { credentials: found.login } : {}),
    sendCredentialsOnReads: config.dlrn.protectedReads,
    log: effects.log,
  });
  const tree = createRepositoryTree(api, { reposUrl: config.dlrn.reposUrl, mode: config.dlrn.mode, effects: guarded });
  const repository = createRepositoryDestination({
    client,
    tree,
    mode: config.dlrn.mode,
    name: 'repository',
    ...placeOf(request.component),
    effects: guarded,
  });
  const registries = await openRegistries({
    ...{ config, containers: request.promote?.containers ?? null, optionalSource: request.optionalSource ?? null },
    ...{ registryAuth: secrets.registryAuth, env: request.env, effects: guarded },
  });
  opened.defer(() => registries.close());
  const stores = request.promote?.images?.destinations ?? [];
  const destinations: readonly Destination[] = [
    ...registries.required,
    ...stores.map((name) => openImageDestination(name, opened, request, guarded)),
    repository,
  ];
  const closing = opened.move();
  return {
    destinations,
    followers: registries.followers,
    source: registries.source,
    ledger,
    clock: effects.clock,
    log: effects.log,
    progress: effects.progress,
    shield,
    owner: request.owner,
    evidence: createEvidence(client, tree, request.component),
    close: () => closing.disposeAsync(),
  };
}

// DLRN's label is the last of a promotion's writes: what it needs is asked for before the first.
function noLogin(config: Config, missing: readonly string[]): ConfigError {
  const why = `DLRN at ${config.dlrn.apiUrl} lets only its users move a label`;
  const [inputs, are] = missing.length === 1 ? ['input', 'is'] : ['inputs', 'are'];
  const names = missing.map((name) => `"${name}"`).join(' and ');
  return new ConfigError('invalid-config', `${inputs} ${names} ${are} missing: ${why}`, {
    next: `Give ${missing.join(' and ')}, or dry-run to see the plan.`,
  });
}

async function openWorldLedger(request: WorldRequest): Promise<Ledger> {
  const { config, effects, env } = request;
  const { url, lock, explicit } = config.ledger;
  // A dry run must see what was interrupted, and must make neither a file nor tables.
  if (!request.writes) {
    const reader = await openLedgerReader(url);
    await reader?.close();
    return openLedger(reader === null ? 'sqlite::memory:' : url, effects);
  }
  assertLedgerUsable({ url, lock, explicit, throwAwayRunner: isThrowAwayRunner(env) });
  return openLedger(url, effects);
}

function openImageDestination(
  name: string,
  opened: AsyncDisposableStack,
  request: WorldRequest,
  effects: Effects,
): Destination {
  const { config, secrets } = request;
  const { sshKey, knownHosts } = secrets;
  const ssh = sshKey === undefined ? null : { privateKey: sshKey, ...(knownHosts === undefined ? {} : { knownHosts }) };
  const open = (url: string, hostKey: string | null): Store => {
    const access = ssh === null || hostKey === null ? ssh : { ...ssh, fingerprint: hostKey };
    const store = openStore(url, { effects, ...(access === null ? {} : { ssh: access }) });
    opened.defer(() => store.close());
    return store;
  };
  const { url, hostKey, pathTemplate, linkTemplates, innerLinks, visibility } = resolveImageStore(config, name);
  const { release, distro } = config;
  // What another store of the same promotion serves may be copied from there: phase 2's internal store gets the public
  // images that way.
  const others = (request.promote?.images?.destinations ?? []).filter((other) => other !== name);
  const sources = others.map((other) => {
    const from = resolveImageStore(config, other);
    return { store: open(from.readUrl, from.hostKey), layout: createLayout({ ...from, release, distro }) };
  });
  const store = open(url, hostKey);
  return createImageDestination({
    ...{ name: `images ${name}`, store, pathTemplate, linkTemplates, innerLinks, release, distro, visibility },
    ...{ sources, effects },
  });
}
