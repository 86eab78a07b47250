import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Bytes under the digest that they have. */
export interface Content {
  readonly digest: string;
  readonly size: number;
}

/** A data folder of distribution, written past its API. */
export interface DataFolder {
  /** Puts bytes that every repository may link. */
  putBytes(bytes: Uint8Array): Promise<Content>;
  /** Lets a repository have a blob. */
  linkBlob(repository: string, digest: string): Promise<void>;
  /** Puts a manifest, and a tag that points to it unless `tag` is null. */
  putManifest(repository: string, tag: string | null, text: string): Promise<Content>;
}

/**
 * Returns the writer of a folder for the filesystem driver of distribution 2 and 3. Its layout is described in
 * distribution's `registry/storage/paths.go`.
 */
export function openDataFolder(folder: string): DataFolder {
  const top = join(folder, 'docker', 'registry', 'v2');
  const made = new Map<string, Promise<unknown>>();
  const write = async (path: string, bytes: Uint8Array | string): Promise<void> => {
    const parent = dirname(path);
    const ready = made.get(parent) ?? mkdir(parent, { recursive: true });
    made.set(parent, ready);
    await ready;
    await writeFile(path, bytes);
  };
  const link = (repository: string, parts: readonly string[], digest: string): Promise<void> =>
    write(join(top, 'repositories', repository, ...parts, 'link'), digest);
  const partsOf = (digest: string): readonly [string, string] => ['sha256', digest.slice('sha256:'.length)];

  const putBytes = async (bytes: Uint8Array): Promise<Content> => {
    const digest = digestOf(bytes);
    const [algorithm, hex] = partsOf(digest);
    await write(join(top, 'blobs', algorithm, hex.slice(0, 2), hex, 'data'), bytes);
    return { digest, size: bytes.length };
  };
  return {
    putBytes,
    linkBlob: (repository, digest) => link(repository, ['_layers', ...partsOf(digest)], digest),
    async putManifest(repository, tag, text) {
      const content = await putBytes(Buffer.from(text));
      const parts = partsOf(content.digest);
      await link(repository, ['_manifests', 'revisions', ...parts], content.digest);
      if (tag === null) return content;
      await link(repository, ['_manifests', 'tags', tag, 'index', ...parts], content.digest);
      await link(repository, ['_manifests', 'tags', tag, 'current'], content.digest);
      return content;
    },
  };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
