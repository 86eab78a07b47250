import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Log } from '@tagflow/model';
import type { ExecutionContext } from 'ava';
import { type ArchivePlace, type ArchivePlaceOptions, openArchivePlace } from '../../src/archive/archive-place.ts';
import { type Member, tarOf } from './tar-of.ts';

/** The files of a layout or archive, by path. */
export type Files = Readonly<Record<string, Buffer>>;

export interface BuiltImage {
  readonly config: Buffer;
  /** Plain tars. */
  readonly layers: readonly Buffer[];
  readonly manifest: Buffer;
  readonly digest: string;
  /** Of the manifest, the configuration and the gzipped layers. */
  readonly blobs: Files;
}

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const refName = 'org.opencontainers.image.ref.name';

export const baseLayer = tarOf([{ path: 'base', content: Buffer.alloc(300_000, 'base layer ') }]);

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Returns an image of the base layer and one of its own. */
export function build(name: string, architecture = 'amd64'): BuiltImage {
  const layers = [baseLayer, tarOf([{ path: name, content: Buffer.from(`layer of ${name}`) }])];
  const config = json({
    ...{ architecture, os: 'linux', config: { Labels: { name } } },
    rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
  });
  const packed = layers.map((layer) => gzipSync(layer));
  const manifest = json({
    ...{ schemaVersion: 2, mediaType: ociManifest },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
    layers: packed.map((bytes) => ({
      ...{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digestOf(bytes), size: bytes.length },
    })),
  });
  const blobs = Object.fromEntries([config, manifest, ...packed].map((bytes) => [blobPath(digestOf(bytes)), bytes]));
  return { config, layers, manifest, digest: digestOf(manifest), blobs };
}

export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** Returns a descriptor as `index.json` has them. */
export function listed(bytes: Buffer, annotations?: Readonly<Record<string, string>>, mediaType = ociManifest) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, ...(annotations && { annotations }) };
}

/** Returns an OCI layout of these descriptors and blobs. */
export function layoutOf(manifests: readonly unknown[], ...blobs: readonly Files[]): Files {
  return {
    'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
    'index.json': json({ schemaVersion: 2, manifests }),
    ...Object.assign({}, ...blobs),
  };
}

/** Returns a layout of one image under a reference. */
export function layoutOfOne(image: BuiltImage, reference?: string): Files {
  return layoutOf(
    [listed(image.manifest, reference === undefined ? undefined : { [refName]: reference })],
    image.blobs,
  );
}

/** Returns what `docker save` writes, as podman and skopeo lay it out: layers called by their digest. */
export function savedOf(images: readonly (readonly [BuiltImage, readonly string[]])[]): Files {
  const layerPath = (layer: Buffer): string => `${digestOf(layer).slice(7)}.tar`;
  const configPath = ({ config }: BuiltImage): string => `${digestOf(config).slice(7)}.json`;
  return {
    ...Object.fromEntries(images.flatMap(([image]) => image.layers.map((layer) => [layerPath(layer), layer]))),
    ...Object.fromEntries(images.map(([image]) => [configPath(image), image.config])),
    'manifest.json': json(
      images.map(([image, names]) => ({
        ...{ Config: configPath(image), RepoTags: names, Layers: image.layers.map(layerPath) },
      })),
    ),
  };
}

export function tarOfFiles(files: Files): Buffer {
  return tarOf(Object.entries(files).map(([path, content]): Member => ({ path, content })));
}

/** A folder of this test, and the places opened on it. */
export interface Bench {
  readonly root: string;
  readonly logged: string[];
  /** Writes into the root; a folder for files, a file for bytes. Returns its path. */
  write(name: string, contents: Files | Uint8Array): Promise<string>;
  open(url: string, options?: Partial<ArchivePlaceOptions>): Promise<ArchivePlace>;
  /** What lies in the folder for temporary files. */
  temporary(): Promise<readonly string[]>;
}

export async function makeBench(t: ExecutionContext): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), 'tagflow-built-'));
  t.teardown(() => rm(root, { recursive: true }));
  const tempDir = join(root, 'temporary');
  await mkdir(tempDir);
  const logged: string[] = [];
  const log: Log = {
    debug() {},
    info: (message) => void logged.push(message),
    warning: (message) => void logged.push(message),
  };
  return {
    root,
    logged,
    async write(name, contents) {
      const path = join(root, name);
      const files = contents instanceof Uint8Array ? [[path, contents] as const] : Object.entries(contents);
      for (const [inner, bytes] of files) {
        const file = contents instanceof Uint8Array ? path : join(path, inner);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, bytes);
      }
      return path;
    },
    async open(url, options = {}) {
      const place = await openArchivePlace(url, { signal: new AbortController().signal, log, tempDir, ...options });
      t.teardown(() => place.close());
      return place;
    },
    temporary: () => readdir(tempDir, { recursive: true }),
  };
}
