import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

// What a build leaves: layouts and archives.

/** Files by path. */
type Files = Readonly<Record<string, Buffer>>;

interface Image {
  readonly config: Buffer;
  /** Plain tars. */
  readonly layers: readonly Buffer[];
  readonly manifest: Buffer;
  readonly digest: string;
  readonly packed: readonly Buffer[];
}

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const baseLayer = tarOf({ base: Buffer.alloc(100_000, 'base layer ') });

/** Returns an image of a layer that all share and one of its own. */
export function build(name: string): Image {
  const layers = [baseLayer, tarOf({ [name]: Buffer.from(`layer of ${name}`) })];
  const config = json({
    ...{ architecture: 'amd64', os: 'linux', config: { Labels: { name } } },
    rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
  });
  const packed = layers.map((layer) => gzipSync(layer));
  const manifest = json({
    ...{ schemaVersion: 2, mediaType: ociManifest },
    config: described(config, 'application/vnd.oci.image.config.v1+json'),
    layers: packed.map((bytes) => described(bytes, 'application/vnd.oci.image.layer.v1.tar+gzip')),
  });
  return { config, layers, manifest, digest: digestOf(manifest), packed };
}

/** Returns an OCI layout of images by their reference (`name:tag`, or a tag alone). */
export function layoutOf(images: Readonly<Record<string, Image>>): Files {
  const manifests = Object.entries(images).map(([reference, { manifest }]) => ({
    ...described(manifest, ociManifest),
    annotations: { 'org.opencontainers.image.ref.name': reference },
  }));
  const blobs = Object.values(images).flatMap(({ config, manifest, packed }) => [config, manifest, ...packed]);
  return {
    'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
    'index.json': json({ schemaVersion: 2, manifests }),
    ...Object.fromEntries(blobs.map((bytes) => [`blobs/${digestOf(bytes).replace(':', '/')}`, bytes])),
  };
}

/** Returns what `docker save` writes of one image. */
export function savedOf(image: Image, reference: string): Files {
  const layerPath = (layer: Buffer): string => `${digestOf(layer).slice(7)}.tar`;
  const configPath = `${digestOf(image.config).slice(7)}.json`;
  const entry = { Config: configPath, RepoTags: [reference], Layers: image.layers.map(layerPath) };
  return {
    ...Object.fromEntries(image.layers.map((layer) => [layerPath(layer), layer])),
    ...{ [configPath]: image.config, 'manifest.json': json([entry]) },
  };
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

/** Returns a ustar file. */
export function tarOf(files: Files): Buffer {
  const parts = Object.entries(files).flatMap(([path, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(path, 0, 100);
    header.write('0000644\0', 100);
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        0', 148);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function described(bytes: Buffer, mediaType: string) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
