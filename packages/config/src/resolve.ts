import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Returns a path of tagflow.yaml as an absolute one. */
export function resolvePath(path: string, folder: string): string {
  return isAbsolute(path) ? path : resolve(folder, path);
}

/** Returns a `file:` URL, whose path may be relative to tagflow.yaml, as an absolute one; others stay as they are. */
export function resolveUrl(url: string, folder: string): string {
  if (!/^file:/i.test(url)) return url;
  const path = url.slice('file:'.length);
  return path.startsWith('//') ? pathToFileURL(fileURLToPath(url)).href : pathToFileURL(resolvePath(path, folder)).href;
}

/** Returns the absolute path of a `sqlite:` URL: `sqlite:relative`, `sqlite:/absolute` or `sqlite:///absolute`. */
export function sqlitePath(url: string, folder: string): string {
  return resolvePath(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''), folder);
}
