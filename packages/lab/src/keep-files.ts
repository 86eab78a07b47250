import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns what puts these files and folders of `root` back to what they are now, as often as it is called. A folder
 * stays the folder that it is, since a server may have it open: only what is in it is replaced.
 */
export function keepFiles(root: string, names: readonly string[]): () => void {
  const kept = mkdtempSync(join(root, 'kept-'));
  for (const name of names) copy(join(root, name), join(kept, name));
  return () => {
    for (const name of names) {
      empty(join(root, name));
      copy(join(kept, name), join(root, name));
    }
  };
}

function copy(from: string, to: string): void {
  // Relative links must stay what they are, and times too: a version of a file is told by them.
  if (existsSync(from)) cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

function empty(path: string): void {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const parts = isFolder ? readdirSync(path).map((name) => join(path, name)) : [path];
  for (const part of parts) rmSync(part, { recursive: true, force: true });
}
