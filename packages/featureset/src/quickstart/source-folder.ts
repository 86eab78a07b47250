import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { messageOf } from '@tagflow/model';
import { FeaturesetError } from '../error.ts';
import type { FeaturesetSource } from './source.ts';
import { maxFileBytes, tooLong } from './source-limits.ts';

/** Returns the files of a folder as they lie there. A link may not lead out of it. */
export function folderSource(folder: string): FeaturesetSource {
  return {
    name: folder,
    read: async (path) => {
      const root = await real(folder);
      if (root === null) throw new FeaturesetError('bad-source', `there is no folder ${folder}`);
      const file = await real(join(root, path));
      if (file === null) return null;
      if (!file.startsWith(root.endsWith(sep) ? root : root + sep)) {
        throw new FeaturesetError('bad-source', `${join(folder, path)} leads out of ${folder}`);
      }
      const { size, isRegular } = await stat(file).then((found) => ({ size: found.size, isRegular: found.isFile() }));
      if (!isRegular) throw new FeaturesetError('bad-source', `${join(folder, path)} is not a file`);
      if (size > maxFileBytes) throw tooLong(join(folder, path));
      return await readFile(file, 'utf8');
    },
  };
}

async function real(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw new FeaturesetError('bad-source', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
