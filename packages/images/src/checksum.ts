import { createHash } from 'node:crypto';
import { ImagesError } from './error.ts';

/** What one pass over a file gives. */
export interface Checksum {
  /** Bytes. */
  readonly size: number;
  /** 64 hex digits. */
  readonly sha256: string;
  /** 32 hex digits; null when it was not asked for. */
  readonly md5: string | null;
}

/** Collects bytes. */
export interface ChecksumState {
  update(bytes: Uint8Array): void;
  finish(): Checksum;
}

/**
 * Returns an empty state.
 * @param withMd5 computes md5 as well: RDO's readers know nothing else. It is the slower half, so only where needed.
 */
export function startChecksum(withMd5: boolean): ChecksumState {
  const sha256 = createHash('sha256');
  const md5 = withMd5 ? createHash('md5') : null;
  let size = 0;
  return {
    update: (bytes) => {
      size += bytes.length;
      sha256.update(bytes);
      md5?.update(bytes);
    },
    finish: () => ({ size, sha256: sha256.digest('hex'), md5: md5?.digest('hex') ?? null }),
  };
}

/** Returns the checksum of everything that the body gives. */
export async function checksumOf(body: AsyncIterable<Uint8Array>, withMd5: boolean): Promise<Checksum> {
  const state = startChecksum(withMd5);
  for await (const chunk of body) state.update(chunk);
  return state.finish();
}

/** Returns the line of md5sum and sha256sum for a file: the digest, two spaces, the bare name. */
export function formatSumFile(hex: string, name: string): string {
  return `${hex}  ${name}\n`;
}

/**
 * Returns the digest of a `.md5` or `.sha256` file: its first word, in lower case. RDO's readers take no more either.
 * @param where what to call the file in an error
 * @throws ImagesError `checksum-mismatch` when it does not hold a digest of this kind
 */
export function parseSumFile(text: string, kind: 'md5' | 'sha256', where: string): string {
  const word = text.trim().split(/\s+/)[0]?.toLowerCase() ?? '';
  const digits = kind === 'md5' ? 32 : 64;
  if (word.length === digits && /^[0-9a-f]+$/.test(word)) return word;
  throw new ImagesError('checksum-mismatch', `${where} does not begin with the ${digits} hex digits of a ${kind}`, {
    next: `Have it written again as ${kind}sum does; or a web server has answered with a page of its own.`,
  });
}
