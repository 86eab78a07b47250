import type { ContainerEntry, Digest } from '@tagflow/model';
import { OciError } from './error.ts';
import { incomplete } from './incomplete.ts';
import { tryAll } from './limited.ts';
import type { ManifestStore } from './manifest-store.ts';
import { asContainerPlace, type SourcePlace } from './place.ts';
import { formatQuota } from './quota.ts';

/** Containers that were found under a tag, and the names of those that were not. Both sorted. */
export interface Resolution {
  readonly found: readonly ContainerEntry[];
  readonly missing: readonly string[];
}

export interface ResolveOptions {
  /** Requests at a time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** The names whose manifests will be needed: what a GET brings is kept, and need not be asked for again. */
  readonly wanted?: ReadonlySet<string>;
  readonly manifests: ManifestStore;
}

/**
 * Returns the containers that are there under a tag, or each under its own digest: one GET for each manifest that will
 * be needed, one HEAD for each other. What is done afterwards goes by digest: the tag may move.
 * @param reference one tag for all, or what gives each container's own digest
 * @throws OciError `incomplete` when the registry could not be asked; `rate-limited` when it allows fewer pulls than are
 * needed, before they are begun
 */
export async function resolveContainers(
  place: SourcePlace,
  names: readonly string[],
  reference: string | ((name: string) => string),
  { concurrency, signal, wanted, manifests }: ResolveOptions,
): Promise<Resolution> {
  const found: ContainerEntry[] = [];
  const missing: string[] = [];
  const digestOf = async (name: string): Promise<Digest | null> => {
    const repository = place.repository(name);
    const named = typeof reference === 'string' ? reference : reference(name);
    if (wanted?.has(name) !== true) return (await place.reader.headManifest(repository, named))?.digest ?? null;
    const manifest = await place.reader.getManifest(repository, named);
    if (manifest !== null) manifests.add(manifest);
    return manifest?.digest ?? null;
  };
  const resolve = async ({ name }: { readonly name: string }): Promise<void> => {
    signal.throwIfAborted();
    const digest = await digestOf(name);
    if (digest === null) missing.push(name);
    else found.push({ name, digest });
  };
  const sorted = names.toSorted((a, b) => Number(wanted?.has(b) === true) - Number(wanted?.has(a) === true));
  const items = sorted.map((name) => ({ name }));
  // The first answer tells how many pulls are left, where they are counted.
  const first = await tryAll(items.slice(0, 1), 1, resolve);
  if (first.length === 0) assertPulls(place, items.filter(({ name }) => wanted?.has(name) === true).length - 1);
  const others = await tryAll(items.slice(1), concurrency, resolve);
  signal.throwIfAborted();
  const failures = [...first, ...others];
  const what = typeof reference === 'string' ? `:${reference}` : 'digests';
  if (failures.length > 0) throw incomplete(`look up ${what} in ${place.title}`, failures, names.length);
  return { found: found.sort((a, b) => (a.name < b.name ? -1 : 1)), missing: missing.sort() };
}

/**
 * @param needed pulls that are still to be made
 * @throws OciError `rate-limited` when the registry has said that it allows fewer
 */
export function assertPulls(place: SourcePlace, needed: number): void {
  const quota = asContainerPlace(place)?.client.quota() ?? null;
  if (quota === null || quota.remaining === null || quota.remaining >= needed) return;
  throw new OciError(
    'rate-limited',
    `${place.title}: pulls are counted (${formatQuota(quota)}), and ${needed} more would be needed: nothing was begun`,
    {
      outcome: 'waiting',
      next: 'Log in with an account that may pull more, take the containers from another registry, or come back later.',
    },
  );
}

/** As {@link assertPulls}; a registry that has not said how many are left is asked with a HEAD, which is free. */
export async function assertPullsOf(
  place: SourcePlace,
  needed: readonly { readonly from: string; readonly digest: Digest }[],
): Promise<void> {
  const [first] = needed;
  if (first === undefined) return;
  const client = asContainerPlace(place)?.client;
  if (client?.isMetered() === true && client.quota() === null) await client.headManifest(first.from, first.digest);
  assertPulls(place, needed.length);
}

/** Returns the error that names containers which a place lacks under a tag. */
export function missingContainers(
  place: SourcePlace,
  total: number,
  missing: readonly string[],
  tag: string,
): OciError {
  return new OciError(
    'missing-containers',
    `${place.title} lacks ${missing.length} of ${total} containers with the tag ${tag}: ${missing.join(', ')}`,
    { next: 'See whether their build succeeded and pushed them, or exclude them by name.' },
  );
}
