import { type ChunkIndex, chunkKey, isZerosEntry } from './chunk-index.ts';

/** Where the next bytes of a file come from. Lengths and offsets in bytes; a length is at least 1. */
export type Segment =
  | { readonly kind: 'zeros'; readonly length: number }
  /** `base` counts from 0 in the order that the bases were given in. */
  | { readonly kind: 'base'; readonly base: number; readonly offset: number; readonly length: number }
  | { readonly kind: 'source'; readonly offset: number; readonly length: number };

/** A whole file, in file order. */
export type TransferPlan = readonly Segment[];

export interface PlanOptions {
  /**
   * Bytes. What the bases have between two parts that come from the source is taken from the source as well when it is
   * shorter, so that both travel in one request: where a request costs 5 ms and a link carries 100 MB/s, 500 kB cost as
   * much. Default 0: the fewest bytes.
   */
  readonly minBaseRun?: number;
}

/**
 * Returns how to put an image together from images that are at hand, with the fewest bytes from its source.
 * @param bases the likeliest first
 */
export function planTransfer(
  wanted: ChunkIndex,
  bases: readonly ChunkIndex[],
  options: PlanOptions = {},
): TransferPlan {
  const places = findPlaces(bases);
  const plan: Segment[] = [];
  let previous: Place | null = null;
  for (let entry = 0; entry < wanted.count; entry += 1) {
    const { offset, length } = extentOf(wanted, entry);
    if (isZerosEntry(wanted, entry)) {
      append(plan, { kind: 'zeros', length });
      continue;
    }
    const key = chunkKey(wanted, entry);
    const place: Place | null = continued(bases, previous, key) ?? places.get(key) ?? null;
    previous = place ?? previous;
    const base = place === null ? undefined : bases[place.base];
    if (place === null || base === undefined) append(plan, { kind: 'source', offset, length });
    else append(plan, { kind: 'base', base: place.base, offset: extentOf(base, place.entry).offset, length });
  }
  return mergeIslands(plan, options.minBaseRun ?? 0);
}

/** Returns the plan of a file about which nothing is known but its size, in blocks of at most `blockSize`. */
export function planWhole(size: number, blockSize = Infinity): TransferPlan {
  return size === 0 ? [] : splitPlan([{ kind: 'source', offset: 0, length: size }], blockSize);
}

/** Returns what is left of a plan when the first `offset` bytes of the file are there. */
export function skipPlan(plan: TransferPlan, offset: number): TransferPlan {
  const rest: Segment[] = [];
  let done = 0;
  for (const segment of plan) {
    const skipped = Math.max(0, offset - done);
    if (skipped < segment.length) rest.push(partOf(segment, skipped, segment.length - skipped));
    done += segment.length;
  }
  return rest;
}

/** Returns the same plan with nothing longer than `maxLength`, but zeros: they need no buffer. */
export function splitPlan(plan: TransferPlan, maxLength: number): TransferPlan {
  return plan.flatMap((segment) => {
    if (segment.kind === 'zeros') return [segment];
    const parts: Segment[] = [];
    for (let from = 0; from < segment.length; from += maxLength) {
      parts.push(partOf(segment, from, Math.min(maxLength, segment.length - from)));
    }
    return parts;
  });
}

/** Returns how many bytes of a file come from where; together they are its size. */
export function countPlan(plan: TransferPlan): Readonly<Record<Segment['kind'], number>> {
  const counts = { zeros: 0, base: 0, source: 0 };
  for (const { kind, length } of plan) counts[kind] += length;
  return counts;
}

/** A chunk of a base. */
interface Place {
  readonly base: number;
  readonly entry: number;
}

/** Returns where each chunk is first. */
function findPlaces(bases: readonly ChunkIndex[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const [base, index] of bases.entries()) {
    for (let entry = 0; entry < index.count; entry += 1) {
      if (isZerosEntry(index, entry)) continue;
      const key = chunkKey(index, entry);
      if (!places.has(key)) places.set(key, { base, entry });
    }
  }
  return places;
}

/** Returns the chunk that follows in the same base when it is the one: a longer run means fewer requests. */
function continued(bases: readonly ChunkIndex[], previous: Place | null, key: string): Place | null {
  if (previous === null) return null;
  const { base } = previous;
  const entry = previous.entry + 1;
  const index = bases[base];
  if (index === undefined || entry >= index.count || isZerosEntry(index, entry)) return null;
  return chunkKey(index, entry) === key ? { base, entry } : null;
}

function extentOf(index: ChunkIndex, entry: number): { readonly offset: number; readonly length: number } {
  const offset = index.offsets[entry] ?? 0;
  return { offset, length: (index.offsets[entry + 1] ?? offset) - offset };
}

function partOf(segment: Segment, from: number, length: number): Segment {
  return segment.kind === 'zeros' ? { ...segment, length } : { ...segment, offset: segment.offset + from, length };
}

/** Adds a segment, in one with the last one where that goes on. */
function append(plan: Segment[], segment: Segment): void {
  const last = plan.at(-1);
  if (last !== undefined && goesOn(last, segment)) {
    plan[plan.length - 1] = { ...last, length: last.length + segment.length };
  } else {
    plan.push(segment);
  }
}

function goesOn(last: Segment, next: Segment): boolean {
  if (last.kind === 'zeros' || next.kind === 'zeros') return last.kind === next.kind;
  if (last.offset + last.length !== next.offset) return false;
  return last.kind === 'base' ? next.kind === 'base' && last.base === next.base : next.kind === 'source';
}

/** Takes what bases have between two parts of the source from the source too, where that is less than `minBaseRun`. */
function mergeIslands(plan: readonly Segment[], minBaseRun: number): TransferPlan {
  if (minBaseRun === 0) return plan;
  const merged: Segment[] = [];
  let island: Segment[] = [];
  for (const segment of plan) {
    if (segment.kind === 'base') {
      island.push(segment);
      continue;
    }
    const length = island.reduce((sum, part) => sum + part.length, 0);
    if (length < minBaseRun && segment.kind === 'source' && merged.at(-1)?.kind === 'source') {
      append(merged, { kind: 'source', offset: segment.offset - length, length: length + segment.length });
    } else {
      merged.push(...island, segment);
    }
    island = [];
  }
  return [...merged, ...island];
}
