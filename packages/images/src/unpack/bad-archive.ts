import type { ErrorFacts } from '@tagflow/model';
import { ImagesError } from '../error.ts';

/**
 * Returns the error for an archive that cannot be unpacked. Nothing of it came into the folder.
 * @param what goes on after the archive's path
 */
export function badArchive(archive: string, what: string, facts: ErrorFacts = {}): ImagesError {
  return new ImagesError('bad-archive', `${archive} ${what}`, {
    next: 'Fetch it again; when it comes as it is now, look at the job that packed it.',
    ...facts,
  });
}

/** Returns a text of strangers as errors show it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
