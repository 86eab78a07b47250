import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type ArchiveFiles, badArchive, insidePath, leadsOut } from './archive-files.ts';

/**
 * Returns the files below a folder; nothing is read before it is asked for. The folder itself may be a link, what lies
 * in it may link only to what lies in it.
 */
export function openFolderFiles(folder: string, title: string): ArchiveFiles {
  return {
    title,
    async find(path) {
      const inside = insidePath(path);
      if (inside === null) throw leadsOut(title, path);
      const real = await realpath(join(folder, inside)).catch(nullWhenAbsent);
      if (real === null) return null;
      if (!real.startsWith(`${await realpath(folder)}${sep}`)) throw leadsOut(title, path);
      const found = await stat(real);
      // A pipe would keep us waiting.
      if (!found.isFile()) throw badArchive(`${title}: "${path}" is no regular file`);
      return { path: real, start: 0, size: found.size };
    },
  };
}

/** Returns null for the error of a path that is not there; throws others. */
export function nullWhenAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
