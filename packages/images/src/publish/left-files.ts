import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { nextEntry, paddingOf } from '../unpack/tar-entries.ts';
import { headerSize, isEndMark, parseHeader } from '../unpack/tar-header.ts';
import type { ArchiveSource } from '../unpack/archive-source.ts';
import { ImagesError } from '../error.ts';
import { qcow2Problem, type ReadAt } from './qcow2-header.ts';

const mostMembers = 1000;

/**
 * Resolves when a builder left each of these files in a folder: a file, not empty, in that folder and not only linked
 * from it, and of now.
 * @param notBefore milliseconds since 1970 by the clock of the file system: what was not touched since is refused
 * @throws ImagesError `bad-build` that names each one that is otherwise
 */
export async function checkLeftFiles(
  folder: string,
  names: readonly string[],
  { notBefore = 0 }: { readonly notBefore?: number } = {},
): Promise<void> {
  await refuseProblems(folder, names, (name) => fileProblem(folder, name, notBefore));
}

/**
 * Resolves when files are what their names say: a `.qcow2` begins as one, and so does each in a `.tar`, which is whole.
 * Compressed ones are not looked into.
 * @throws ImagesError `bad-build` that names each one that is not
 */
export async function checkImageForms(folder: string, names: readonly string[]): Promise<void> {
  await refuseProblems(folder, names, (name) => formProblem(join(folder, name)));
}

async function refuseProblems(
  folder: string,
  names: readonly string[],
  problemOf: (name: string) => Promise<string | null>,
): Promise<void> {
  const problems: string[] = [];
  for (const name of names) {
    const problem = await problemOf(name);
    if (problem !== null) problems.push(`${name} ${problem}`);
  }
  if (problems.length === 0) return;
  throw new ImagesError('bad-build', `the builder ended well, but in ${folder} ${problems.join(', ')}`, {
    next: 'The builder writes into the folder that TAGFLOW_OUT_DIR names; look at its log.',
  });
}

async function fileProblem(folder: string, name: string, notBefore: number): Promise<string | null> {
  const real = await realpath(join(folder, name)).catch(() => null);
  if (real === null) return 'is missing';
  const home = await realpath(folder);
  if (!real.startsWith(`${home}${sep}`)) return `is a link that leads out of the folder, to ${real}`;
  const found = await stat(real);
  if (!found.isFile()) return 'is no file';
  if (found.size === 0) return 'is empty';
  return found.ctimeMs < notBefore ? 'was there before the builder started, and was not written by it' : null;
}

async function formProblem(path: string): Promise<string | null> {
  const isTar = path.endsWith('.tar');
  if (!isTar && !path.endsWith('.qcow2')) return null;
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return isTar ? await tarProblem(file, size, path) : await qcow2Problem(readerOf(file, 0), size);
  } finally {
    await file.close();
  }
}

function readerOf(file: FileHandle, start: number): ReadAt {
  return async (position, length) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start + position);
    return buffer.subarray(0, bytesRead);
  };
}

async function tarProblem(file: FileHandle, size: number, path: string): Promise<string | null> {
  const first = await readerOf(file, 0)(0, headerSize);
  // gzip and zstd under a name that does not say so: who unpacks it sees, and all of it would have to be read.
  if (/^(?:1f8b|28b52ffd)/.test(first.toString('hex'))) return null;
  if (first.length < headerSize || (!isEndMark(first) && parseHeader(first) === null)) return 'is no tar archive';
  const source = createSkipper(file, size);
  let [padding, files] = [0, 0];
  try {
    for (let count = 0; count <= mostMembers; count += 1) {
      const entry = await nextEntry(source, path, padding);
      if (entry === null) return files === 0 ? 'is a tar without files' : null;
      const start = source.position();
      if (start + entry.size > size) return `was cut short: it ends in ${JSON.stringify(entry.path.slice(0, 120))}`;
      const isFile = ['File', 'OldFile', 'ContiguousFile'].includes(entry.type);
      if (isFile) files += 1;
      if (isFile && entry.path.endsWith('.qcow2')) {
        const problem = await qcow2Problem(readerOf(file, start), entry.size);
        if (problem !== null) return `holds ${JSON.stringify(entry.path.slice(0, 120))}, which ${problem}`;
      }
      source.skip(entry.size);
      padding = paddingOf(entry.size);
    }
  } catch (error) {
    if (!(error instanceof ImagesError)) throw error;
    return error.message.startsWith(`${path} `) ? error.message.slice(path.length + 1) : error.message;
  }
  return `holds more than ${mostMembers} files`;
}

/** A plain tar of which only the headers are read. */
function createSkipper(file: FileHandle, size: number): ArchiveSource & { skip(bytes: number): void } {
  let position = 0;
  return {
    size,
    position: () => position,
    skip: (bytes) => void (position += bytes),
    read: async (into) => {
      const { bytesRead } = await file.read(into, 0, into.length, position);
      position += bytesRead;
      return bytesRead;
    },
    finish: () => Promise.resolve(),
    isChanged: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  };
}
