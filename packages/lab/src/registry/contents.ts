import type { Digest } from '@tagflow/model';
import type { BlobBytes, BlobWriter } from './blob-bytes.ts';

/** A manifest as it was put: the exact bytes. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly body: Buffer;
}

/** One repository: which blobs it links, its manifests, its tags. */
export interface Repository {
  readonly blobs: Set<Digest>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly tags: Map<string, Digest>;
  readonly uploads: Map<string, BlobWriter>;
}

/** Everything that a registry holds. The bytes are shared between repositories, the links are not. */
export interface Contents {
  readonly bytes: BlobBytes;
  readonly repositories: Map<string, Repository>;
}

/** Returns the repository of that name; it comes into being with the first write, as in distribution. */
export function repositoryOf(contents: Contents, name: string): Repository {
  let repository = contents.repositories.get(name);
  if (repository === undefined) {
    repository = { blobs: new Set(), manifests: new Map(), tags: new Map(), uploads: new Map() };
    contents.repositories.set(name, repository);
  }
  return repository;
}

/** Forgets a blob behind everybody's back. Its bytes stay for the repositories that link it. */
export function forgetBlob(contents: Contents, name: string, digest: string): void {
  contents.repositories.get(name)?.blobs.delete(digest as Digest);
}

/** Returns the manifest that a tag or a digest names, or undefined. */
export function findManifest(contents: Contents, name: string, reference: string): StoredManifest | undefined {
  const repository = contents.repositories.get(name);
  if (repository === undefined) return undefined;
  const digest = repository.tags.get(reference) ?? reference;
  return repository.manifests.get(digest as Digest);
}

/** Returns what a repository holds, manifests first, with its size in bytes. */
export function holdingsOf(
  { bytes, repositories }: Contents,
  name: string,
): readonly { readonly digest: Digest; readonly size: number }[] {
  const repository = repositories.get(name);
  if (repository === undefined) return [];
  const manifests = [...repository.manifests.values()].map(({ digest, body }) => ({ digest, size: body.length }));
  return [...manifests, ...[...repository.blobs].map((digest) => ({ digest, size: bytes.size(digest) ?? 0 }))];
}

/** Returns what puts the repositories back to what they hold now. Uploads that are under way are not among it. */
export function keepRepositories({ repositories }: Contents): () => void {
  const kept = [...repositories].map(([name, repository]) => [name, copyOf(repository)] as const);
  return () => {
    repositories.clear();
    for (const [name, repository] of kept) repositories.set(name, copyOf(repository));
  };
}

function copyOf({ blobs, manifests, tags }: Repository): Repository {
  return { blobs: new Set(blobs), manifests: new Map(manifests), tags: new Map(tags), uploads: new Map() };
}
