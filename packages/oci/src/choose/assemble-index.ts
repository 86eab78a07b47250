import { OciError } from '../error.ts';
import { type Manifest, mediaTypes, parseManifest } from '../manifest.ts';
import { type Arch, knownArches } from './arches.ts';

/** The image of one architecture. */
export interface ArchManifest {
  readonly arch: Arch;
  readonly manifest: Manifest;
}

/**
 * Returns the index of images of several architectures: a Docker manifest list where all of them are Docker's, else an
 * OCI index. The same images give the same bytes, in whatever order they come.
 * @throws OciError `impossible` for no image, two of one architecture, or an index among them
 */
export function assembleIndex(images: readonly ArchManifest[]): Manifest {
  const sorted = knownArches.flatMap(({ name }) => images.filter(({ arch }) => arch.name === name));
  const names = sorted.map(({ arch }) => arch.name);
  const isImage = ({ manifest }: ArchManifest) =>
    manifest.mediaType === mediaTypes.ociManifest || manifest.mediaType === mediaTypes.dockerManifest;
  if (names.length === 0 || new Set(names).size < images.length || !sorted.every(isImage)) {
    throw new OciError(
      'impossible',
      `an index needs one image for each architecture, not ${names.join(', ') || 'none'}`,
    );
  }
  const allDocker = sorted.every(({ manifest }) => manifest.mediaType === mediaTypes.dockerManifest);
  const mediaType = allDocker ? mediaTypes.dockerList : mediaTypes.ociIndex;
  const manifests = sorted.map(({ arch, manifest }) => ({
    mediaType: manifest.mediaType,
    size: manifest.bytes.length,
    digest: manifest.digest,
    platform: { architecture: arch.architecture, os: 'linux' },
  }));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return parseManifest(bytes, mediaType, `index of ${names.join(', ')}`);
}
