import type { PartFile } from '@tagflow/store';
import { startChecksum } from '../checksum.ts';
import type { BlockPool } from '../transfer/blocks.ts';
import { createPlacer } from '../transfer/placer.ts';
import type { ArchiveSource } from './archive-source.ts';
import type { TarMember } from './tar-members.ts';

// A piece is read, hashed and written while it is in the processor's cache: larger ones cost a tenth more.
const pieceSize = 1024 * 1024;

/**
 * Writes the next `size` bytes of a tar to a file, with holes for zeros; while a piece is hashed, the next one is read
 * and the one before is written. Returns their sha256, or how many bytes there were where some are missing.
 */
export async function writeMember(
  source: ArchiveSource,
  { size }: TarMember,
  { part, pool, signal }: { readonly part: PartFile; readonly pool: BlockPool; readonly signal: AbortSignal },
): Promise<{ readonly sha256: string } | { readonly there: number }> {
  const checksum = startChecksum(false);
  const placer = createPlacer({ part, from: 0, writesAhead: 1, tap: (bytes) => checksum.update(bytes) });
  const read = (length: number): Promise<{ block: Buffer; bytes: Buffer }> => {
    const block = pool.take();
    const reading = source
      .read(block.subarray(0, length))
      .then((there) => ({ block, bytes: block.subarray(0, there) }));
    reading.catch(() => undefined); // looked at when its turn comes
    return reading;
  };
  let next = size === 0 ? null : read(Math.min(size, pieceSize));
  try {
    for (let done = 0; next !== null;) {
      signal.throwIfAborted();
      const { block, bytes } = await next;
      const expected = Math.min(size - done, pieceSize);
      done += bytes.length;
      if (bytes.length < expected) return { there: done };
      next = done < size ? read(Math.min(size - done, pieceSize)) : null;
      await placer.bytes(bytes, () => pool.giveBack(block));
    }
    await placer.finish();
    return { sha256: checksum.finish().sha256 };
  } finally {
    await Promise.allSettled([next]);
    await placer.settle();
  }
}
