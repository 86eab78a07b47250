import { createHash } from 'node:crypto';
import { type Digest, parseDigest } from '@tagflow/model';
import { type Contents, repositoryOf } from './contents.ts';
import { manifestTypes } from './manifest-rules.ts';

/** One image to be made. */
export interface LabImage {
  readonly layers: readonly Uint8Array[];
  /** Anything that makes the config, and so the digest, differ. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly architecture?: string;
  /** Default `oci`. */
  readonly format?: 'oci' | 'docker';
}

/** Puts bytes where they can be read, and links them into the repository. */
export async function putBlob(contents: Contents, repository: string, bytes: Uint8Array): Promise<Digest> {
  const writer = await contents.bytes.writer();
  await writer.write(bytes);
  const digest = await writer.finish();
  if (contents.bytes.size(digest) === undefined) await writer.keep(digest);
  else await writer.abort();
  repositoryOf(contents, repository).blobs.add(digest);
  return digest;
}

/** Puts a manifest without asking whether its blobs are there, and points the tags to it. */
export function putManifest(
  contents: Contents,
  repository: string,
  tags: readonly string[],
  body: Uint8Array,
  mediaType: string,
): Digest {
  const digest = parseDigest(`sha256:${createHash('sha256').update(body).digest('hex')}`);
  const target = repositoryOf(contents, repository);
  target.manifests.set(digest, { digest, mediaType, body: Buffer.from(body) });
  for (const tag of tags) target.tags.set(tag, digest);
  return digest;
}

/** Makes an image of these layers, and points the tags to it. */
export async function putImage(
  contents: Contents,
  repository: string,
  tags: readonly string[],
  image: LabImage,
): Promise<Digest> {
  const docker = image.format === 'docker';
  const layerType = docker
    ? 'application/vnd.docker.image.rootfs.diff.tar.gzip'
    : 'application/vnd.oci.image.layer.v1.tar+gzip';
  const layers = [];
  for (const bytes of image.layers) {
    layers.push({ mediaType: layerType, size: bytes.length, digest: await putBlob(contents, repository, bytes) });
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture: image.architecture ?? 'amd64',
      os: 'linux',
      config: { Labels: image.labels ?? {} },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    }),
  );
  const mediaType = docker ? manifestTypes[2] : manifestTypes[0];
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: docker ? 'application/vnd.docker.container.image.v1+json' : 'application/vnd.oci.image.config.v1+json',
      size: config.length,
      digest: await putBlob(contents, repository, config),
    },
    layers,
  };
  return putManifest(contents, repository, tags, Buffer.from(JSON.stringify(manifest, null, 2)), mediaType);
}

/** Makes an index (a manifest list with `format` docker) of manifests that the repository holds already. */
export function putIndex(
  contents: Contents,
  repository: string,
  tags: readonly string[],
  children: readonly { readonly digest: Digest; readonly architecture: string }[],
  format: 'oci' | 'docker' = 'oci',
): Digest {
  const mediaType = format === 'docker' ? manifestTypes[3] : manifestTypes[1];
  const manifests = children.map(({ digest, architecture }) => {
    const child = contents.repositories.get(repository)?.manifests.get(digest);
    if (child === undefined) throw new Error(`lab registry: ${repository} holds no manifest ${digest} to list`);
    return { mediaType: child.mediaType, digest, size: child.body.length, platform: { architecture, os: 'linux' } };
  });
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests }, null, 2);
  return putManifest(contents, repository, tags, Buffer.from(body), mediaType);
}
