import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StoreError } from './error.ts';
import type { Place } from './folder-file.ts';
import { asStoreError } from './folder-error.ts';
import type { PartFile } from './store.ts';

/**
 * Opens a file to be written in place, keeping what it holds; a new one is empty.
 * @throws StoreError `wrong-kind` for anything but a file, and for a link, wherever it leads
 */
async function openForWriting({ path, name }: Place): Promise<{ handle: FileHandle; present: number }> {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o644);
    const facts = await handle.stat();
    if (!facts.isFile()) throw new StoreError('wrong-kind', `${name} is not a file`);
    return { handle, present: facts.size };
  } catch (error) {
    await handle?.close();
    throw asStoreError(name, error);
  }
}

/** Opens a part file, as openPart of a Store says. */
export async function openFolderPart(place: Place, signal: AbortSignal): Promise<PartFile> {
  const { handle, present } = await openForWriting(place);
  // One after the other: the system gives no order to writes that are on their way together. After one that failed
  // none is made.
  let last: Promise<void> = Promise.resolve();
  const next = (write: () => Promise<void>): Promise<void> => {
    last = last.then(write).catch((error: unknown) => {
      throw asStoreError(place.name, error);
    });
    // Told to those who wait, and to `finish`.
    last.catch(() => undefined);
    return last;
  };
  return {
    present,
    copy: null,
    write: (bytes, position) =>
      next(async () => {
        signal.throwIfAborted();
        await writeAll(handle, bytes, position);
      }),
    finish: (size) =>
      next(async () => {
        signal.throwIfAborted();
        await handle.truncate(size);
        await handle.sync();
      }),
    close: async () => {
      await last.catch(() => undefined);
      await handle.close();
    },
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
