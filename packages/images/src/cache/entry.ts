import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ImagesError } from '../error.ts';
import { indexSuffix } from '../transfer/index-beside.ts';
import { withoutMissing } from './file-errors.ts';

/**
 * Where the files of one image are. The layout is that of @actions/tool-cache, whose `find(NAME, VERSION, 'noarch')`
 * gives the folder of the image.
 * @see https://github.com/actions/toolkit/blob/main/packages/tool-cache/src/tool-cache.ts
 */
export interface EntryPaths {
  readonly name: string;
  readonly sha256: string;
  /** The version's folder: the whole entry, which comes and goes in one step. */
  readonly folder: string;
  /** The folder of the files. */
  readonly files: string;
  readonly image: string;
  readonly index: string;
  /** Without it there is no entry. Its time of change is the last use. */
  readonly marker: string;
}

const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
// With a dot in its place a digest of decimal digits would be a number to semver, and none if it begins with a zero.
const versionPrefix = '0.0.0-sha256-';
const digest = /^[0-9a-f]{64}$/;
const noarch = 'noarch';

/** @throws ImagesError `bad-layout` for a name that is not a plain file name of at most 100 characters */
export function entryPaths(root: string, name: string, sha256: string): EntryPaths {
  if (!fileName.test(name) || !digest.test(sha256)) {
    throw new ImagesError(
      'bad-layout',
      `image ${JSON.stringify(name)} with sha256 ${JSON.stringify(sha256)} cannot be kept in the cache: allowed are ` +
        'names of at most 100 letters, digits, ".", "_" and "-", the first a letter or digit, and 64 hex digits',
    );
  }
  return entryIn(join(root, name, `${versionPrefix}${sha256}`), name, sha256);
}

/** Returns the same paths in a folder that is about to become an entry. */
export function entryIn(folder: string, name: string, sha256: string): EntryPaths {
  const files = join(folder, noarch);
  const image = join(files, name);
  return {
    name,
    sha256,
    folder,
    files,
    image,
    index: `${image}${indexSuffix}`,
    marker: join(folder, `${noarch}.complete`),
  };
}

/** Returns the paths of an entry by the names of its two folders; null for any other folder. */
export function parseEntry(root: string, name: string, version: string): EntryPaths | null {
  const sha256 = version.startsWith(versionPrefix) ? version.slice(versionPrefix.length) : '';
  return fileName.test(name) && digest.test(sha256) ? entryPaths(root, name, sha256) : null;
}

/** Tells whether everything of an entry is there, and there itself: a link would lead out of the cache. */
export async function isComplete({ folder, files, image, marker }: EntryPaths): Promise<boolean> {
  const [named, whole, inner, file, mark] = await Promise.all(
    [dirname(folder), folder, files, image, marker].map((path) => withoutMissing(lstat(path))),
  );
  const areFolders = [named, whole, inner].every((facts) => facts?.isDirectory() === true);
  return areFolders && file?.isFile() === true && mark?.isFile() === true;
}
