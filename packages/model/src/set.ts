import { canonicalJson } from './canonical.ts';
import { type Digest, parseDigest } from './digest.ts';
import { ParseError } from './error.ts';
import { type CommitBuild, type FullHash, parseCommitBuild, parseFullHash } from './hash.ts';

/** Who may see a file: what is built on RHEL must never reach a public store. */
export type Visibility = 'public' | 'internal';

/** One container of a set. `name` is the bare name (`heat-api`); prefix and namespace belong to a destination. */
export interface ContainerEntry {
  readonly name: string;
  readonly digest: Digest;
}

/** One file of a set's disk images. */
export interface ImageEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** 32 lower-case hex digits, where the builder published one. */
  readonly md5: string | null;
  readonly visibility: Visibility;
  /** Who built it, such as the address of a CI run. It is told, and no part of what the image is. */
  readonly builder?: string;
}

/** Everything that belongs to one hash: the repository, the containers, the disk images. */
export interface ArtifactSet {
  readonly fullHash: FullHash;
  readonly release: string;
  readonly repository: {
    /** The immutable directory of the hash, or null where only part of the set is known yet. */
    readonly url: string | null;
    readonly builds: readonly CommitBuild[];
  };
  /** Sorted by name. */
  readonly containers: readonly ContainerEntry[];
  /** Sorted by name. */
  readonly images: readonly ImageEntry[];
}

/** Returns the set of a hash of which nothing is known yet. */
export function emptySet(fullHash: FullHash, release: string): ArtifactSet {
  return { fullHash, release, repository: { url: null, builds: [] }, containers: [], images: [] };
}

const setSchema = 'tagflow/set/v1';
const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Returns the canonical text of `set.json`: one line ending, keys sorted, the same bytes for the same set. */
export function formatSet(set: ArtifactSet): string {
  return `${canonicalJson({ schema: setSchema, ...set })}\n`;
}

/**
 * Returns the set that a `set.json` holds, its lists sorted by name.
 * @param text the file's content
 * @param where what to call the file in an error
 * @throws ParseError naming the first field that is wrong.
 */
export function parseSet(text: string, where: string): ArtifactSet {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new ParseError(`${where} is not JSON`);
  }
  return setOf(data, where);
}

/** As {@link parseSet}, of a value that is parsed already (a plan holds sets). */
export function setOf(data: unknown, where: string): ArtifactSet {
  const top = record(data, where);
  if ('schema' in top && top['schema'] !== setSchema) {
    throw new ParseError(`${where}: schema is ${JSON.stringify(top['schema'])}, this tagflow reads "${setSchema}"`);
  }
  const repository = record(top['repository'], `${where}: repository`);
  const url = repository['url'];
  if (url !== null && typeof url !== 'string') throw new ParseError(`${where}: repository.url is not a text or null`);
  const builds = list(repository['builds'], `${where}: repository.builds`).map((item) => {
    const build = record(item, `${where}: repository.builds`);
    return parseCommitBuild({
      commit_hash: build['commitHash'],
      distro_hash: build['distroHash'],
      extended_hash: build['extendedHash'],
      component: build['component'],
    });
  });
  return {
    fullHash: parseFullHash(text(top['fullHash'], `${where}: fullHash`)),
    release: text(top['release'], `${where}: release`),
    repository: { url, builds },
    containers: byName(
      list(top['containers'], `${where}: containers`).map((item) => containerEntry(item, where)),
      where,
    ),
    images: byName(
      list(top['images'], `${where}: images`).map((item) => imageEntry(item, where)),
      where,
    ),
  };
}

/** Returns whether a text is a container's bare name: one part of a repository's path or a file's, and none that climbs. */
export function isContainerName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]*$/.test(name);
}

function containerEntry(item: unknown, where: string): ContainerEntry {
  const entry = record(item, `${where}: containers`);
  const name = text(entry['name'], `${where}: containers[].name`);
  if (!isContainerName(name)) throw new ParseError(`${where}: container name "${name}" is not a repository name`);
  return { name, digest: parseDigest(text(entry['digest'], `${where}: digest of container ${name}`)) };
}

/** Returns whether a text may be an image's name: a plain file name that no shell, URL or listing changes. */
export function isImageName(name: string): boolean {
  return fileName.test(name);
}

function imageEntry(item: unknown, where: string): ImageEntry {
  const entry = record(item, `${where}: images`);
  const name = text(entry['name'], `${where}: images[].name`);
  if (!isImageName(name)) throw new ParseError(`${where}: image name ${JSON.stringify(name)} is not a plain file name`);
  const size = entry['size'];
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new ParseError(`${where}: size of image ${name} is not a whole number of bytes`);
  }
  const sha256 = text(entry['sha256'], `${where}: sha256 of image ${name}`);
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new ParseError(`${where}: sha256 of image ${name} is not 64 hex digits`);
  const md5 = entry['md5'] ?? null;
  if (md5 !== null && (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5))) {
    throw new ParseError(`${where}: md5 of image ${name} is not 32 hex digits`);
  }
  const visibility = entry['visibility'] ?? 'public';
  if (visibility !== 'public' && visibility !== 'internal') {
    throw new ParseError(`${where}: visibility of image ${name} is neither "public" nor "internal"`);
  }
  const builder = entry['builder'];
  if (builder !== undefined && (typeof builder !== 'string' || !isBuilder(builder))) {
    throw new ParseError(`${where}: builder of image ${name} is not a line of 1 to 200 characters`);
  }
  return { name, size, sha256, md5, visibility, ...(builder === undefined ? {} : { builder }) };
}

/** Returns whether a text may stand as an image's builder: one line, and no more than fits on one. */
export function isBuilder(text: string): boolean {
  return /^[^\p{C}]{1,200}$/u.test(text);
}

/** Returns whether two entries are of the same bytes for the same readers, whoever built them. */
export function isSameImage(one: ImageEntry, other: ImageEntry): boolean {
  return contentOf(one) === contentOf(other);
}

function contentOf(entry: { readonly name: string; readonly builder?: string }): string {
  const { builder: _builder, ...content } = entry;
  return canonicalJson(content);
}

/** Returns `set` with the images that a store of this visibility may hold. */
export function visibleIn(set: ArtifactSet, visibility: Visibility): ArtifactSet {
  return visibility === 'internal'
    ? set
    : { ...set, images: set.images.filter((image) => image.visibility === 'public') };
}

/**
 * Returns one set out of the parts that separate jobs learned (containers here, images there).
 * @throws ParseError when the parts are of different hashes or say different things of one name.
 */
export function mergeSets(parts: readonly ArtifactSet[]): ArtifactSet {
  const [first, ...rest] = parts;
  if (first === undefined) throw new ParseError('no set to merge: the list of sets is empty');
  return rest.reduce((merged, part) => {
    if (part.fullHash !== merged.fullHash || part.release !== merged.release) {
      throw new ParseError(
        `sets of different builds cannot be merged: ${merged.release} ${merged.fullHash} and ${part.release} ${part.fullHash}`,
      );
    }
    return {
      ...merged,
      repository: {
        url: merged.repository.url ?? part.repository.url,
        builds: merged.repository.builds.length > 0 ? merged.repository.builds : part.repository.builds,
      },
      containers: byName([...merged.containers, ...part.containers], 'merged set'),
      images: byName([...merged.images, ...part.images], 'merged set'),
    };
  }, first);
}

function byName<Entry extends { readonly name: string; readonly builder?: string }>(
  entries: readonly Entry[],
  where: string,
): readonly Entry[] {
  const seen = new Map<string, Entry>();
  for (const entry of entries) {
    const known = seen.get(entry.name);
    if (known !== undefined && contentOf(known) !== contentOf(entry)) {
      throw new ParseError(`${where}: "${entry.name}" is there twice with different contents`);
    }
    // The first that names a builder is believed: two jobs may have described one file.
    if (known?.builder === undefined) seen.set(entry.name, entry);
  }
  return [...seen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ParseError(`${where} is not an object`);
  }
  return value as Record<string, unknown>;
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ParseError(`${where} is not a list`);
  return value;
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new ParseError(`${where} is not a text`);
  return value;
}
