import type { Digest } from '@tagflow/model';
import { OciError } from '../error.ts';
import { type Manifest, mediaTypes, parseManifest, sha256 } from '../manifest.ts';
import { type ArchiveFile, type ArchiveFiles, badArchive, readSmall } from './archive-files.ts';
import type { ArchiveImage, ArchiveImages } from './archive-images.ts';
import { createLayerPacker } from './docker-layers.ts';
import { type ImageName, parseImageName } from './image-name.ts';
import { fieldsOf, listOf, parseJson, readJson, textsOf } from './json.ts';
import type { TempFolder } from './temp-folder.ts';

/** Bytes. */
const largestList = 16 * 1024 * 1024;
const largestConfig = 16 * 1024 * 1024;

/** One image of `manifest.json`. */
interface Saved {
  readonly config: string;
  readonly names: readonly ImageName[];
  readonly layers: readonly string[];
}

/**
 * Returns what a `docker save` archive holds (docker, podman and skopeo write it; the image part of
 * https://github.com/moby/docker-image-spec). It has no manifests: each is made when it is first asked for, of Docker's
 * schema 2, with the configuration's bytes, so that the image id stays, and the layers compressed as every tool pushes
 * them, which takes time and, in the temporary folder, room. Only `manifest.json` is read here.
 *
 * What docker writes beside it since version 25, an OCI layout, is for `oci-archive:`.
 * @throws OciError `bad-archive`
 */
export async function openDockerArchive(
  files: ArchiveFiles,
  temp: TempFolder,
  signal: AbortSignal,
): Promise<ArchiveImages> {
  const { title } = files;
  const list = await readJson(files, 'manifest.json', largestList);
  if (list === null) {
    const isLayout = (await files.find('oci-layout')) !== null;
    throw badArchive(`${title} is no docker archive: it has no manifest.json${isLayout ? '; try oci-archive:' : ''}`);
  }
  const saved = listOf(list, `${title}: manifest.json`).map((item) => readSaved(item, `${title}: manifest.json`));
  const pack = createLayerPacker(temp, signal);
  const blobs = new Map<Digest, ArchiveFile>();

  const make = async ({ config, layers }: Saved): Promise<Manifest> => {
    const what = `${title}: ${config}`;
    const file = await files.find(config);
    if (file === null) throw badArchive(`${what} is named in manifest.json and is not there`);
    const bytes = await readSmall(file, largestConfig, what);
    const digest = sha256(bytes);
    checkImageId(config, digest, what);
    const rootfs = fieldsOf(fieldsOf(parseJson(bytes, what), what)['rootfs'], `${what}: rootfs`);
    const diffIds = textsOf(rootfs['diff_ids'], `${what}: diff_ids`);
    if (diffIds.length !== layers.length) {
      throw badArchive(`${what} has ${diffIds.length} diff_ids, and manifest.json has ${layers.length} layers`);
    }
    const packed = await Promise.all(
      layers.map(async (path, index) => {
        const layer = await files.find(path);
        const where = `${title}: layer ${path}`;
        if (layer === null) throw badArchive(`${where} is named in manifest.json and is not there`);
        const done = await pack(layer, where);
        if (done.diffId === diffIds[index]) return done;
        throw new OciError('digest-mismatch', `${where} is ${done.diffId} unpacked, ${config} says ${diffIds[index]}`);
      }),
    );
    blobs.set(digest, file);
    for (const layer of packed) blobs.set(layer.digest, layer.file);
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: bytes.length, digest },
      layers: packed.map((layer) => ({
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        size: layer.file.size,
        digest: layer.digest,
      })),
    };
    return parseManifest(Buffer.from(JSON.stringify(manifest)), mediaTypes.dockerManifest, what);
  };

  return {
    title,
    images: saved.map((one) => imageOf(one, make)),
    async manifest(digest, among) {
      for (const image of among) {
        const manifest = await image.load();
        if (manifest.digest === digest) return manifest;
      }
      return null;
    },
    async blob(digest, among) {
      for (const image of among) {
        const known = blobs.get(digest);
        if (known !== undefined) return known;
        await image.load();
      }
      return blobs.get(digest) ?? null;
    },
  };
}

function imageOf(saved: Saved, make: (saved: Saved) => Promise<Manifest>): ArchiveImage {
  let made: Promise<Manifest> | null = null;
  return { names: saved.names, identity: saved.config, load: () => (made ??= make(saved)) };
}

/** Configurations are called by their digest in all archives that we have seen; a name of another form says nothing. */
function checkImageId(path: string, digest: Digest, what: string): void {
  const [, id] = /(?:^|\/|:)([0-9a-f]{64})(?:\.json)?$/.exec(path) ?? [];
  if (id === undefined || digest === `sha256:${id}`) return;
  throw new OciError('digest-mismatch', `${what}: the bytes of that file have the digest ${digest}`);
}

function readSaved(item: unknown, where: string): Saved {
  const fields = fieldsOf(item, where);
  const config = fields['Config'];
  if (typeof config !== 'string' || config === '') throw badArchive(`${where} has an image without Config`);
  return {
    config,
    names: textsOf(fields['RepoTags'], `${where}: RepoTags`).map(parseImageName),
    layers: textsOf(fields['Layers'], `${where}: Layers`),
  };
}
