import type { Readable } from 'node:stream';
import type { Digest } from '@tagflow/model';
import type { Descriptor, Manifest } from './manifest.ts';

/** What a HEAD says of a manifest. */
export interface ManifestHead {
  readonly digest: Digest;
  readonly mediaType: string;
}

/** What takes in the bytes of a blob. A piece is good until what it returns has resolved: then other bytes lie there. */
export type BlobSink = (piece: Uint8Array) => Promise<void> | void;

/** The bytes of an upload: a stream, or a function that hands them over one piece after the other. */
export type BlobBody = AsyncIterable<Uint8Array> | ((write: (piece: Uint8Array) => Promise<void>) => Promise<void>);

/**
 * What containers are read from: a registry, or the files that a build left. `repository` is what the place calls a
 * container, `reference` a tag or a digest.
 */
export interface ManifestSource {
  /** For people: `quay.io`, `127.0.0.1:5000`, `oci:/srv/containers`. */
  readonly name: string;
  /** The origin of the registry, below which blobs can be mounted from here; null for files. */
  readonly origin: string | null;
  /** Null when there is none. Does not count as a pull on docker.io. */
  headManifest(repository: string, reference: string): Promise<ManifestHead | null>;
  /** Null when there is none; its digest was computed from the bytes. */
  getManifest(repository: string, reference: string): Promise<Manifest | null>;
  hasBlob(repository: string, digest: Digest): Promise<boolean>;
  /** The bytes of a small blob, checked. */
  readBlob(repository: string, blob: Descriptor): Promise<Buffer>;
  /**
   * The bytes of a blob from `offset` (default 0) to its end, unchecked: {@link checkedBytes} does that. Consume or
   * destroy.
   */
  openBlob(repository: string, blob: Descriptor, offset?: number): Promise<Readable>;
  /**
   * Hands the bytes of a blob from `offset` (default 0) to `sink`, unchecked, in memory that is used again and again.
   * Absent where {@link openBlob} costs no more.
   */
  sendBlob?(repository: string, blob: Descriptor, sink: BlobSink, offset?: number): Promise<void>;
}
