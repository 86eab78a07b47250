import type { ErrorFacts } from '@tagflow/model';
import { ImagesError } from '../error.ts';

/** Returns the error for a folder whose disk has no room for `what`. */
export function diskFull(folder: string, what: string, facts: ErrorFacts = {}): ImagesError {
  return new ImagesError('disk-full', `the disk of ${folder} has no room for ${what}`, {
    next: 'Free room on it, or name a folder on another disk.',
    ...facts,
  });
}
