import { rmdirSync } from 'node:fs';

/** Removes the folder of a run that wrote no file; a folder with something in it stays. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // There is something in it.
  }
}
