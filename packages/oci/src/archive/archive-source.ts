import { parseDigest } from '@tagflow/model';
import { OciError } from '../error.ts';
import { type Descriptor, type Manifest, sha256 } from '../manifest.ts';
import type { ManifestSource } from '../source.ts';
import { type ArchiveFile, badArchive, openFile, readSmall } from './archive-files.ts';
import type { ArchiveImage, ArchiveImages } from './archive-images.ts';

/** The archive that a repository is looked for in. */
export interface ArchiveView {
  readonly archive: ArchiveImages;
  /** @throws OciError `bad-archive` when two images answer to it */
  find(tag: string): ArchiveImage | null;
  /** All images that belong to the repository. */
  readonly images: readonly ArchiveImage[];
}

const smallBlob = 16 * 1024 * 1024;

/**
 * Returns what reads containers from archives. Manifests come with the digest of their bytes, also by HEAD, for which
 * they are read (or, in docker archives, made).
 * @param view returns where a repository is looked for; null when there is no such file
 */
export function createArchiveSource(
  name: string,
  view: (repository: string) => Promise<ArchiveView | null>,
): ManifestSource {
  const getManifest = async (repository: string, reference: string): Promise<Manifest | null> => {
    const seen = await view(repository);
    if (seen === null) return null;
    if (reference.includes(':')) return seen.archive.manifest(parseDigest(reference), seen.images);
    return (await seen.find(reference)?.load()) ?? null;
  };

  const findBlob = async (repository: string, blob: Descriptor): Promise<ArchiveFile> => {
    const seen = await view(repository);
    const file = (await seen?.archive.blob(blob.digest, seen.images)) ?? null;
    const title = seen?.archive.title ?? name;
    if (file === null) throw new OciError('not-found', `${title} lacks the blob ${blob.digest} of ${repository}`);
    if (file.size === blob.size) return file;
    throw badArchive(
      `${title}: blob ${blob.digest} of ${repository} has ${file.size} bytes, its manifest says ${blob.size}`,
    );
  };

  return {
    name,
    origin: null,
    getManifest,
    headManifest: getManifest,
    async hasBlob(repository, digest) {
      const seen = await view(repository);
      return seen !== null && (await seen.archive.blob(digest, seen.images)) !== null;
    },
    async readBlob(repository, blob) {
      const what = `${name}: blob ${blob.digest} of ${repository}`;
      const bytes = await readSmall(await findBlob(repository, blob), smallBlob, what);
      const found = sha256(bytes);
      if (found !== blob.digest) throw new OciError('digest-mismatch', `${what}: the bytes have the digest ${found}`);
      return bytes;
    },
    async openBlob(repository, blob, offset = 0) {
      return openFile(await findBlob(repository, blob), offset);
    },
  };
}
