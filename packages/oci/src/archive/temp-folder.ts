import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is made when the first file is wanted, for its maker's eyes only. */
export interface TempFolder {
  /** Returns a path in it that was not given out before. */
  newFile(extension: string): Promise<string>;
  /** Removes it with all that is in it, for good. */
  remove(): Promise<void>;
}

/** @param parent an existing folder; default that of the system */
export function createTempFolder(parent = tmpdir()): TempFolder {
  let folder: Promise<string> | null = null;
  let files = 0;
  let isRemoved = false;
  return {
    async newFile(extension) {
      if (isRemoved) throw new Error('the temporary folder was removed');
      folder ??= mkdtemp(join(parent, 'tagflow-archive-'));
      files += 1;
      const name = `${files}.${extension}`; // before the wait: others may ask meanwhile
      return join(await folder, name);
    },
    async remove() {
      isRemoved = true;
      // Tried again where a file that was being written appears meanwhile.
      if (folder !== null) await rm(await folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
