import { StoreError } from './error.ts';

/**
 * Returns the path as it may be used below a store's URL.
 * @throws StoreError `bad-path` for an absolute path, `.` or `..`, empty parts, control characters and backslashes, and
 *   for what is no text at all (half of a surrogate pair).
 */
export function parsePath(path: string): string {
  if (path !== '' && !path.split('/').every(isName)) {
    throw new StoreError(
      'bad-path',
      `path ${JSON.stringify(path)} is not a path inside a store: names with "/" between them, ` +
        'no "/" at the ends, no "." or ".." or empty names, no control characters or backslashes',
    );
  }
  return path;
}

/** Whether it may be one part of a path. */
export function isName(part: string): boolean {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return !['', '.', '..'].includes(part) && !/[\u0000-\u001f\u007f/\\]/.test(part) && part.isWellFormed();
}

/** Returns the folder of a path: the empty path for a name without one. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Returns the last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Returns the parts joined by `/`, empty ones left out. */
export function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}
