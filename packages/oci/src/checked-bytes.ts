import { createHash } from 'node:crypto';
import { OciError } from './error.ts';
import type { Descriptor } from './manifest.ts';

/**
 * Computes the digest of a blob while its bytes pass by. Nothing is kept: the piece with which the blob is as long as its
 * manifest says is checked before it goes on.
 */
export interface BlobCheck {
  /**
   * To be called with each piece before it goes on: whoever receives wrong bytes never receives all of them.
   * @throws OciError `digest-mismatch`
   */
  add(piece: Uint8Array): void;
  /**
   * To be called at the end.
   * @throws OciError `digest-mismatch` where bytes are missing
   */
  end(): void;
}

/** @param where what the bytes are called in errors, such as `blob quay.io/ns/name@sha256:…` */
export function checkBlob(blob: Descriptor, where: string): BlobCheck {
  const hash = createHash('sha256');
  let size = 0;
  const compare = (): void => {
    const found = `sha256:${hash.digest('hex')}`;
    if (found !== blob.digest) throw new OciError('digest-mismatch', `${where}: the bytes have the digest ${found}`);
  };
  return {
    add(piece) {
      if (piece.length === 0) return;
      size += piece.length;
      if (size > blob.size) throw new OciError('digest-mismatch', `${where}: more than ${blob.size} bytes`);
      hash.update(piece);
      if (size === blob.size) compare();
    },
    end() {
      if (size !== blob.size) {
        throw new OciError('digest-mismatch', `${where}: ${size} instead of ${blob.size} bytes`);
      }
      // No piece has completed it.
      if (blob.size === 0) compare();
    },
  };
}

/**
 * Passes the bytes of a blob on while they are checked.
 * @throws OciError `digest-mismatch`
 */
export async function* checkedBytes(
  source: AsyncIterable<Uint8Array>,
  blob: Descriptor,
  where: string,
): AsyncGenerator<Uint8Array> {
  const check = checkBlob(blob, where);
  for await (const piece of source) {
    check.add(piece);
    yield piece;
  }
  check.end();
}
