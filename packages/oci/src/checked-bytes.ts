import { createHash } from 'node:crypto';
import { OciError } from './error.ts';
import type { Descriptor } from './manifest.ts';

/**
 * Passes the bytes of a blob on while it computes their digest. The last chunk is held back until the digest is right,
 * so that whoever receives wrong bytes never receives all of them.
 * @throws OciError `digest-mismatch`
 */
export async function* checkedBytes(
  source: AsyncIterable<Uint8Array>,
  blob: Descriptor,
  where: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  let held: Uint8Array | null = null;
  for await (const chunk of source) {
    if (held !== null) yield held;
    hash.update(chunk);
    size += chunk.length;
    held = chunk;
    if (size > blob.size) break;
  }
  if (size !== blob.size) {
    const more = size > blob.size ? 'more than ' : `${size} instead of `;
    throw new OciError('digest-mismatch', `${where}: ${more}${blob.size} bytes`);
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== blob.digest) throw new OciError('digest-mismatch', `${where}: the bytes have the digest ${found}`);
  if (held !== null) yield held;
}
