import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from './error.ts';
import { asStoreError } from './folder-error.ts';
import { isName, joinPath } from './path.ts';
import { type ByteTransform, putFile } from './put-file.ts';
import type { Store } from './store.ts';

export interface PutFolderOptions {
  /** What tells this copy from every other one; the same when it is begun again. One line. */
  readonly run: string;
  /** Makes what every file goes through; default: files go as they are. */
  readonly transform?: () => ByteTransform;
  /** Which files are copied, by their paths below the folder; default: all. */
  readonly isWanted?: (path: string) => boolean;
  /** Of a longer file the middle is left out: its end is kept, up to 1 MiB. Default 1 GiB, and at least 4 KiB. */
  readonly maxFileBytes?: number;
  /** Bytes of all files together; files behind that are not copied. Default 16 GiB. */
  readonly maxBytes?: number;
  /** Default 20,000. */
  readonly maxFiles?: number;
  readonly signal: AbortSignal;
}

export interface PutFolder {
  readonly files: number;
  /** As they were written. */
  readonly bytes: number;
  /** What was not copied, or not whole, each with the reason: links, pipes, sockets, what is too long. */
  readonly leftOut: readonly string[];
}

const marker = '.run';
// Over a line that is far away most of the time of a small file is waiting.
const atOnce = 4;
const mostLeftOutTold = 100;

/**
 * Copies a folder of this machine, with everything in it, to `target` in a store; every file arrives in one step. Links
 * are not followed, and what is no file is passed over. The local folder stays as it is. Copied again with the same `run`
 * it writes the same files again; a target that something else made is not touched.
 * @param target a path in the store that is new, such as hash/job/run
 * @throws StoreError `exists` for a target of another run; `full` or `failed` when the store cannot take more: what has
 *   arrived stays there
 */
export async function putFolder(
  store: Store,
  localFolder: string,
  target: string,
  options: PutFolderOptions,
): Promise<PutFolder> {
  const { maxFileBytes = 1024 ** 3, maxBytes = 16 * 1024 ** 3, maxFiles = 20_000, signal } = options;
  signal.throwIfAborted();
  await claim(store, target, options.run);
  const leftOut: string[] = [];
  const { isWanted = () => true } = options;
  const files = (await walk(localFolder, '', leftOut)).filter(isWanted).values();
  const made = new Set<string>();
  let [count, bytes] = [0, 0];
  let failed = false;

  async function work(): Promise<void> {
    for (const path of files) {
      signal.throwIfAborted();
      if (failed) return;
      if (count >= maxFiles || bytes >= maxBytes) {
        leftOut.push(`${path}: there is more than ${maxFiles} files or ${maxBytes} bytes`);
        continue;
      }
      count += 1;
      const slash = path.lastIndexOf('/');
      const folder = joinPath(target, slash === -1 ? '' : path.slice(0, slash));
      if (!made.has(folder)) await store.makeDirectory(folder);
      made.add(folder);
      const put = await putFile(store, join(localFolder, path), joinPath(target, path), {
        ...{ transform: options.transform?.() ?? asItIs, maxBytes: Math.max(maxFileBytes, 4096), signal },
      });
      if (typeof put === 'string') {
        count -= 1;
        leftOut.push(`${path}: ${put}`);
      } else {
        bytes += put.bytes;
        if (put.leftOut > 0) leftOut.push(`${path}: ${put.leftOut} bytes of its middle, because it is so long`);
      }
    }
  }

  const workers = Array.from({ length: atOnce }, () =>
    work().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  // All of them have ended before anything is told: nobody writes any more then.
  await Promise.allSettled(workers);
  await Promise.all(workers);
  leftOut.sort();
  const more = leftOut.length - mostLeftOutTold;
  return {
    files: count,
    bytes,
    leftOut: more <= 0 ? leftOut : [...leftOut.slice(0, mostLeftOutTold), `and ${more} more`],
  };
}

const asItIs: ByteTransform = { push: (bytes) => bytes, end: () => new Uint8Array() };

/** Makes the target, or finds it as this run has left it. */
async function claim(store: Store, target: string, run: string): Promise<void> {
  const said = await store.readText(joinPath(target, marker));
  if (said?.trim() === run) return;
  if (said !== null || ((await store.stat(target)) !== null && (await store.list(target)).length > 0)) {
    throw new StoreError('exists', `${store.url}/${target} is there already, and not of run ${run}`, {
      next: 'Nothing is overwritten: name a folder that is new.',
    });
  }
  await store.makeDirectory(target);
  await store.write(joinPath(target, marker), `${run}\n`);
}

/** Returns the files of a folder, sorted, as paths below it. */
async function walk(folder: string, below: string, leftOut: string[]): Promise<string[]> {
  const place = join(folder, below);
  const entries = await readdir(place, { withFileTypes: true }).catch((error: unknown) => {
    if (below === '') throw asStoreError(place, error);
    leftOut.push(`${below}: it cannot be read`);
    return [];
  });
  const files: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = joinPath(below, entry.name);
    if (!isName(entry.name)) leftOut.push(`${JSON.stringify(path)}: its name has characters that no store takes`);
    else if (path === marker) leftOut.push(`${path}: the name is kept for the run`);
    else if (entry.isDirectory()) files.push(...(await walk(folder, path, leftOut)));
    else if (entry.isFile()) files.push(path);
    else leftOut.push(`${path}: it is ${entry.isSymbolicLink() ? 'a link' : 'no file'}`);
  }
  return files;
}
