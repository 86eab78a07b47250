import type { PartFile, Store } from '@tagflow/store';
import { type Segment, skipPlan } from '../chunks/transfer-plan.ts';
import type { ImagesEffects } from '../effects.ts';
import { type Arrival, startArrival } from './arrival.ts';
import { type BlockPool, blockSize, createBlockPool } from './blocks.ts';
import { createPlacer, type Placer } from './placer.ts';
import type { SourceFile } from './source-file.ts';
import type { CountBytes } from './tally.ts';
import { blameBase } from './trouble.ts';

export interface Assembly {
  readonly plan: readonly Segment[];
  /** Bytes that the part has already, from its beginning. */
  readonly from: number;
  readonly source: SourceFile;
  readonly part: PartFile;
  /** The store that holds the part, and what the plan's bases are: paths in it. */
  readonly store: Store;
  readonly bases: readonly string[];
  /** Gets every byte from `from` on, in order. Null where they need not pass through here: then the far end may copy. */
  readonly tap: ((bytes: Uint8Array) => void) | null;
  /** Called with the bytes that came into place: those that travelled, and those that did not have to. */
  readonly onBytes: CountBytes;
}

// The read that is being written, and those after it: several ranges travel at once, and the line is never idle.
const readsAhead = 4;
// A write costs as much as the network, whatever its length.
const smallestWrite = 1024 * 1024;

/** A piece of the file that has been asked for. */
type Piece =
  | { readonly kind: 'zeros'; readonly length: number }
  | { readonly kind: 'copy'; readonly base: string; readonly offset: number; readonly length: number }
  | { readonly kind: 'read'; readonly travels: boolean; readonly block: Buffer; readonly arrival: Arrival };

/**
 * Builds a file by a plan: zeros are left out, what a base has is copied, everything else is read from the source,
 * several ranges at once. All of it comes into place in order, so that what a killed run leaves is the beginning of
 * the file and can be continued.
 */
export async function assemble(assembly: Assembly, effects: ImagesEffects): Promise<void> {
  const pool = createBlockPool();
  const placer = createPlacer({ ...assembly, writesAhead: writesAheadIn(assembly.store) });
  const pieces = piecesOf(assembly, pool, effects);
  const ahead: Piece[] = [];
  try {
    for (;;) {
      while (ahead.length < readsAhead) {
        const next = pieces.next();
        if (next.done === true) break;
        ahead.push(next.value);
      }
      const [piece] = ahead;
      if (piece === undefined) break;
      effects.signal.throwIfAborted();
      await place(piece, placer, pool, assembly.onBytes);
      ahead.shift();
    }
    await placer.finish();
  } finally {
    await Promise.allSettled(ahead.flatMap((piece) => (piece.kind === 'read' ? piece.arrival.ended : [])));
    await placer.settle();
  }
}

/** A disk writes one block while the next one is hashed; a server is further away. */
export function writesAheadIn(store: Store): number {
  return store.local ? 1 : 3;
}

async function place(piece: Piece, placer: Placer, pool: BlockPool, onBytes: Assembly['onBytes']): Promise<void> {
  switch (piece.kind) {
    case 'zeros':
      placer.zeros(piece.length);
      onBytes(0, piece.length);
      return;
    case 'copy':
      return placer.copy(piece.base, piece.offset, piece.length, () => onBytes(0, piece.length));
    case 'read': {
      const { travels, block, arrival } = piece;
      const { length } = arrival.bytes;
      let inPlace = 0;
      for (let placed = 0; placed < length;) {
        // On a slow line a block takes minutes: what is there of it by now outlives this run.
        await arrival.until(Math.min(length, placed + smallestWrite), placed).catch((error: unknown) => {
          throw travels ? error : blameBase(error);
        });
        const bytes = arrival.bytes.subarray(placed, arrival.arrived());
        placed += bytes.length;
        await placer.bytes(bytes, () => {
          inPlace += bytes.length;
          // The last piece may be zeros, and in place before those ahead of it are written.
          if (inPlace === length) pool.giveBack(block);
          onBytes(travels ? bytes.length : 0, travels ? 0 : bytes.length);
        });
      }
    }
  }
}

function* piecesOf(assembly: Assembly, pool: BlockPool, effects: ImagesEffects): Generator<Piece> {
  const { plan, from, source, store, bases, part } = assembly;
  const read = (file: SourceFile, offset: number, length: number): Piece => {
    const block = pool.take();
    const arrival = startArrival(file, offset, block.subarray(0, length), effects);
    return { kind: 'read', travels: file === source, block, arrival };
  };
  for (const segment of skipPlan(plan, from)) {
    if (segment.kind === 'zeros') {
      yield segment;
      continue;
    }
    const base = segment.kind === 'base' ? bases[segment.base] : undefined;
    if (base !== undefined && part.copy !== null) {
      yield { kind: 'copy', base, offset: segment.offset, length: segment.length };
      continue;
    }
    const file = base === undefined ? source : { store, path: base, size: segment.length, version: null };
    for (let done = 0; done < segment.length; done += blockSize) {
      yield read(file, segment.offset + done, Math.min(blockSize, segment.length - done));
    }
  }
}
