import { type ChunkIndex, chunkKey, isZerosEntry } from './chunk-index.ts';

/** Where the next bytes of a file come from. Lengths and offsets in bytes; a length is at least 1. */
export type Segment =
  | { readonly kind: 'zeros'; readonly length: number }
  /** `base` counts from 0 in the order that the bases were given in. */
  | { readonly kind: 'base'; readonly base: number; readonly offset: number; readonly length: number }
  | { readonly kind: 'source'; readonly offset: number; readonly length: number };

/** A whole file, in file order. */
export type TransferPlan = readonly Segment[];

/**
 * Returns how to put an image together from images that are at hand, with the fewest bytes from its source.
 * @param bases the likeliest first
 */
export function planTransfer(wanted: ChunkIndex, bases: readonly ChunkIndex[]): TransferPlan {
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
  return plan;
}

/** Returns the plan of a file about which nothing is known but its size. */
export function planWhole(size: number): TransferPlan {
  return size === 0 ? [] : [{ kind: 'source', offset: 0, length: size }];
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
