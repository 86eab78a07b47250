import { skipBytes } from '@tagflow/store';
import type { ImagesEffects } from '../effects.ts';
import { type Assembly, writesAheadIn } from './assemble.ts';
import { blockSize, createBlockPool } from './blocks.ts';
import { createPlacer } from './placer.ts';
import { streamOf } from './source-file.ts';

/** Builds a file from a server that gives no parts of files: everything travels, and the beginning is thrown away. */
export async function pour(assembly: Omit<Assembly, 'plan' | 'bases'>, effects: ImagesEffects): Promise<void> {
  const { source, from, store, onBytes } = assembly;
  const pool = createBlockPool();
  const placer = createPlacer({ ...assembly, writesAhead: writesAheadIn(store) });
  let block = pool.take();
  let filled = 0;
  const flush = async (): Promise<void> => {
    const [full, length] = [block, filled];
    block = pool.take();
    filled = 0;
    await placer.bytes(full.subarray(0, length), () => {
      pool.giveBack(full);
      onBytes(length, 0);
    });
  };
  try {
    for await (const piece of skipBytes(streamOf(source, effects), from)) {
      effects.signal.throwIfAborted();
      for (let done = 0; done < piece.length;) {
        const end = Math.min(piece.length, done + blockSize - filled);
        block.set(piece.subarray(done, end), filled);
        filled += end - done;
        done = end;
        if (filled === blockSize) await flush();
      }
    }
    await flush();
    await placer.finish();
  } finally {
    await placer.settle();
  }
}
