import { type Digest, type FullHash, ParseError, parseDigest, TagflowError } from '@tagflow/model';
import type { RegistryDestination } from '@tagflow/oci';
import type { ContainerDetails, PlatformLayers, SetDetails } from '@tagflow/promotion';
import type { SetPlaces } from './set-places.ts';

/** Manifests at a time. */
const concurrency = 8;

/**
 * Returns both sets with the layers of the containers that differ, from the first registry that has them. Those that no
 * registry has stay unknown. One answer may hold the manifests of a whole set, see the registries' published sets.
 */
export async function withLayers(
  from: SetDetails,
  to: SetDetails,
  { registries, effects }: SetPlaces,
): Promise<readonly [SetDetails, SetDetails]> {
  // Where each answer counts as a pull, it is asked last.
  const asked = [...registries].sort((a, b) => Number(isMetered(a)) - Number(isMetered(b)));
  const before = new Map(from.containers?.map(({ name, digest }) => [name, digest]));
  const after = new Map(to.containers?.map(({ name, digest }) => [name, digest]));
  const differ = (name: string): boolean => before.has(name) && after.has(name) && before.get(name) !== after.get(name);
  const fill = async (set: SetDetails): Promise<SetDetails> => {
    if (set.containers === null) return set;
    const containers = await mapSome(set.containers, async (container): Promise<ContainerDetails> => {
      effects.signal.throwIfAborted();
      if (!differ(container.name)) return container;
      return { ...container, platforms: await layersOf(container, set.fullHash, asked, effects.signal) };
    });
    return { ...set, containers };
  };
  return [await fill(from), await fill(to)];
}

function isMetered({ place }: RegistryDestination): boolean {
  return place.client.isMetered();
}

async function layersOf(
  { name, digest }: ContainerDetails,
  hash: FullHash,
  registries: readonly RegistryDestination[],
  signal: AbortSignal,
): Promise<readonly PlatformLayers[] | null> {
  for (const { known } of registries) {
    const get = (wanted: Digest) => {
      known.note(wanted, hash);
      return known.get(name, wanted);
    };
    try {
      const manifest = await get(digest);
      if (manifest.children.length === 0) return [{ platform: null, layers: layersIn(manifest.blobs) }];
      const platforms = platformsOf(manifest.bytes);
      return await Promise.all(
        platforms.map(async (child) => ({
          platform: child.platform,
          layers: layersIn((await get(child.digest)).blobs),
        })),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TagflowError)) throw error;
    }
  }
  return null;
}

/** A manifest's first blob is its config. */
function layersIn([, ...layers]: readonly {
  readonly digest: Digest;
  readonly size: number;
}[]): PlatformLayers['layers'] {
  return layers.map(({ digest, size }) => ({ digest, size }));
}

/** The images of an index; what is no image, such as an attestation, says that its platform is unknown. */
function platformsOf(index: Uint8Array): readonly { readonly platform: string; readonly digest: Digest }[] {
  const { manifests } = Object(JSON.parse(Buffer.from(index).toString('utf8')));
  if (!Array.isArray(manifests)) throw new ParseError('the index lists no manifests');
  return manifests.flatMap((entry: unknown) => {
    const { digest, platform } = Object(entry);
    const { os, architecture, variant } = Object(platform);
    if (architecture === 'unknown') return [];
    const names = [os, architecture, variant].filter((part) => typeof part === 'string');
    return [{ platform: names.join('/') || String(digest), digest: parseDigest(String(digest)) }];
  });
}

async function mapSome<From, To>(items: readonly From[], change: (item: From) => Promise<To>): Promise<readonly To[]> {
  const changed = new Array<To>(items.length);
  const rest = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) changed[index] = await change(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return changed;
}
