import { readFile } from 'node:fs/promises';
import { messageOf } from '@tagflow/model';
import { OciError } from './error.ts';

/**
 * Returns the certificate authorities in PEM files as one text; undefined where no file is named. They are trusted
 * besides the usual ones.
 * @throws OciError `bad-auth-file`
 */
export async function readAuthorities(files: readonly (string | null | undefined)[]): Promise<string | undefined> {
  const named = new Set(files.filter((file) => file !== null && file !== undefined));
  const texts = await Promise.all([...named].map(readOne));
  return texts.length === 0 ? undefined : texts.join('\n');
}

async function readOne(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw bad(`${file} cannot be read: ${messageOf(cause)}`, cause);
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw bad(`${file} holds no certificate`);
}

function bad(why: string, cause?: unknown): OciError {
  return new OciError('bad-auth-file', `certificate authority: ${why}`, {
    ...{ outcome: 'invalid', cause },
    next: 'Give a PEM file that begins with -----BEGIN CERTIFICATE-----.',
  });
}
