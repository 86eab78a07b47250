import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KitError } from '@tagflow/action-kit';
import { messageOf } from '@tagflow/model';
import type { ReaderHost } from './set-inputs.ts';

/**
 * Gives a text to whoever asked for it: into the file, or for a person onto stderr.
 * @returns what an output says of it: the file, or JSON itself; null for a text that a person has read
 */
export async function deliver(
  text: string,
  { to, format }: { readonly to?: string | undefined; readonly format: string },
  { dryRun }: { readonly dryRun: boolean },
  { cwd, write }: ReaderHost,
): Promise<string | null> {
  if (to !== undefined && !dryRun) {
    const path = resolve(cwd, to);
    await writeFile(path, text).catch((cause: unknown) => Promise.reject(notWritten(path, cause)));
    return path;
  }
  if (format === 'json') return text.trimEnd();
  write(text);
  return null;
}

function notWritten(path: string, cause: unknown): KitError {
  return new KitError('invalid-inputs', [`input "to": ${path} cannot be written: ${messageOf(cause)}`], {
    outcome: 'invalid',
    cause,
  });
}
