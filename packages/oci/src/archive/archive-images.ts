import type { Digest } from '@tagflow/model';
import type { Manifest } from '../manifest.ts';
import type { ArchiveFile } from './archive-files.ts';
import type { ImageName } from './image-name.ts';

/** An image of a layout or archive, under all names that it has there. */
export interface ArchiveImage {
  readonly names: readonly ImageName[];
  /** What tells it from others for people: its digest, or its configuration's path. */
  readonly identity: string;
  /** Reads (or makes) and checks its manifest, once. */
  load(): Promise<Manifest>;
}

/** What one layout or archive holds. */
export interface ArchiveImages {
  /** Such as `oci:/srv/built/heat-api`. */
  readonly title: string;
  readonly images: readonly ArchiveImage[];
  /** Null when it is not there. `among` are the images that it may belong to. */
  manifest(digest: Digest, among: readonly ArchiveImage[]): Promise<Manifest | null>;
  /** As {@link manifest}, for a configuration or layer; the bytes are not checked. */
  blob(digest: Digest, among: readonly ArchiveImage[]): Promise<ArchiveFile | null>;
}
