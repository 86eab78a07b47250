import { type ContainerEntry, type Digest, type FullHash, messageOf, TagflowError } from '@tagflow/model';
import { checkedBytes } from '../checked-bytes.ts';
import { type Descriptor, indexTypes, type Manifest } from '../manifest.ts';
import type { ContainerReader } from './container-reader.ts';
import { configTypes, otherHashes, parseImageConfig } from './image-config.ts';

export interface ContainerCheckOptions {
  readonly fullHash: FullHash;
  readonly depth: 'quick' | 'sample' | 'full';
  readonly hashLabels: readonly string[];
  /** Blobs whose bytes somebody reads or has read: the same digest is the same bytes in another repository. */
  readonly read: Set<Digest>;
  readonly signal: AbortSignal;
}

/** What was found of one container. */
export interface ContainerFindings {
  /** A sentence each; empty when it is whole. */
  readonly problems: readonly string[];
  readonly platforms: number;
  readonly layers: number;
  readonly bytes: number;
}

/** An index may name indexes; nobody has more of them in each other. */
const deepest = 3;

/** Looks at one container: its manifests, configs, labels and, unless `quick`, its layers. */
export async function checkContainer(
  reader: ContainerReader,
  { name, digest }: ContainerEntry,
  options: ContainerCheckOptions,
): Promise<ContainerFindings> {
  const repository = reader.repository(name);
  const problems: string[] = [];
  const layers = new Map<Digest, Descriptor>();
  let bytes = 0;
  let platforms = 0;
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof TagflowError)) throw error;
      problems.push(messageOf(error));
    }
  };
  const problem = (of: Digest, what: string): void => void problems.push(`${reader.where(repository, of)}: ${what}`);

  const lookAt = async (wanted: Pick<Descriptor, 'digest'>, child: Child | null, depth: number): Promise<void> => {
    options.signal.throwIfAborted();
    const manifest = await reader.getManifest(repository, wanted.digest);
    if (manifest === null) return problem(wanted.digest, 'it is not there');
    bytes += manifest.bytes.length;
    if (child !== null && child.size !== manifest.bytes.length) {
      problem(wanted.digest, `it has ${manifest.bytes.length} bytes, its index says ${child.size}`);
    }
    if (!indexTypes.includes(manifest.mediaType)) return lookAtImage(manifest, child);
    if (manifest.children.length === 0) return problem(wanted.digest, 'the index lists no manifests');
    if (depth === deepest) return problem(wanted.digest, `there are more than ${deepest} indexes in each other`);
    for (const each of childrenOf(manifest)) await attempt(() => lookAt(each, each, depth + 1));
  };

  const lookAtImage = async (manifest: Manifest, child: Child | null): Promise<void> => {
    platforms += 1;
    const { config, layers: listed } = partsOf(manifest);
    for (const layer of listed) if (!layer.isForeign) layers.set(layer.digest, layer);
    await attempt(async () => {
      const content = await reader.blobs.readBlob(repository, config);
      bytes += content.length;
      if (content.length !== config.size) {
        problem(config.digest, `the config has ${content.length} bytes, its manifest says ${config.size}`);
      }
      // What is no container, such as a signature, has no layers of a file system.
      if (!configTypes.includes(config.mediaType)) return;
      const parsed = parseImageConfig(content);
      if (parsed === null) return problem(config.digest, 'the config is not a JSON object');
      if (parsed.diffIds === null || parsed.diffIds.length !== listed.length) {
        const count = parsed.diffIds?.length ?? 'no';
        problem(config.digest, `the config lists ${count} layers, its manifest ${listed.length}`);
      }
      for (const what of otherHashes(parsed, options.fullHash, options.hashLabels)) problem(config.digest, what);
      if (child?.platform !== null && child !== null && child.platform !== `${parsed.os}/${parsed.architecture}`) {
        problem(
          config.digest,
          `the config is of ${parsed.os}/${parsed.architecture}, its index says ${child.platform}`,
        );
      }
    });
  };

  const lookAtLayer = async (layer: Descriptor): Promise<void> => {
    options.signal.throwIfAborted();
    if (options.depth === 'full' && !options.read.has(layer.digest)) {
      options.read.add(layer.digest);
      const where = `layer ${reader.where(repository, layer.digest)}`;
      const body = await reader.blobs.openBlob(repository, layer);
      for await (const piece of checkedBytes(body as AsyncIterable<Uint8Array>, layer, where)) bytes += piece.length;
      return;
    }
    const size = await reader.blobSize(repository, layer.digest);
    if (size === null) problem(layer.digest, 'the layer is not there');
    else if (size !== 'unknown' && size !== layer.size) {
      problem(layer.digest, `the layer has ${size} bytes, its manifest says ${layer.size}`);
    }
  };

  await attempt(() => lookAt({ digest }, null, 0));
  if (options.depth !== 'quick') for (const layer of layers.values()) await attempt(() => lookAtLayer(layer));
  return { problems, platforms, layers: layers.size, bytes };
}

interface Child extends Pick<Descriptor, 'digest' | 'size'> {
  /** `os/architecture`; null where the index does not say, and for what is no image. */
  readonly platform: string | null;
}

/** The members of a manifest that was parsed once already. */
function membersOf({ bytes }: Manifest): Readonly<Record<string, unknown>> {
  return Object(JSON.parse(Buffer.from(bytes).toString('utf8'))) as Record<string, unknown>;
}

function childrenOf(index: Manifest): readonly Child[] {
  const { manifests } = membersOf(index);
  const entries: readonly unknown[] = Array.isArray(manifests) ? manifests : [];
  return index.children.map(({ digest, size }, at) => {
    const { os, architecture } = Object(Object(entries[at]).platform) as Record<string, unknown>;
    const isNamed = typeof os === 'string' && typeof architecture === 'string' && architecture !== 'unknown';
    return { digest, size, platform: isNamed ? `${os}/${architecture}` : null };
  });
}

/** Config and layers as the manifest lists them, a layer that is there twice twice: the config counts it twice, too. */
function partsOf(manifest: Manifest): { readonly config: Descriptor; readonly layers: readonly Descriptor[] } {
  const known = new Map(manifest.blobs.map((blob) => [blob.digest as string, blob]));
  const { layers } = membersOf(manifest);
  const listed: readonly unknown[] = Array.isArray(layers) ? layers : [];
  return {
    // A manifest's first blob is its config.
    config: manifest.blobs[0] as Descriptor,
    layers: listed.flatMap((layer) => known.get(String(Object(layer).digest)) ?? []),
  };
}
