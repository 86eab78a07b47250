import type { AggregateHash, CommitBuild, FullHash, Label } from '@tagflow/model';
import type { LabelPlace } from './label-place.ts';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import type { Promotion } from './promotions.ts';

/** A hash as promotions are asked for by it: an aggregate, or the one build of a commit. */
export type NamedHash = AggregateHash | CommitBuild;

/**
 * Returns when a label first named a hash, in whole seconds since 1970 by DLRN's clock, or null when it never did. One
 * request, however long the history is; of a hash that was promoted to it more than 100 times, the 100th last counts.
 */
export async function firstNamed(
  client: Pick<DlrnClient, 'promotions'>,
  label: Label,
  hash: NamedHash,
  place: LabelPlace = {},
): Promise<number | null> {
  return (await rowsOf(client, label, hash, place)).at(-1)?.timestamp ?? null;
}

/**
 * Tells whether a label first named a hash before it first named another one, or null when it never named one of them.
 * DLRN's times have whole seconds: within one, the order of its list tells.
 */
export async function namedEarlier(
  client: Pick<DlrnClient, 'promotions' | 'promotionPages'>,
  label: Label,
  hash: { readonly hash: FullHash; readonly named: NamedHash },
  than: { readonly hash: FullHash; readonly named: NamedHash },
  place: LabelPlace = {},
): Promise<boolean | null> {
  const [first, other] = await Promise.all([hash, than].map(({ named }) => firstNamed(client, label, named, place)));
  if (typeof first !== 'number' || typeof other !== 'number') return null;
  if (first !== other) return first < other;
  const history: FullHash[] = [];
  for await (const set of client.promotionPages(label, place)) {
    if (set.timestamp < first) break;
    history.push(set.fullHash);
  }
  return history.lastIndexOf(hash.hash) > history.lastIndexOf(than.hash);
}

/**
 * Returns what a label named before it first named a hash, or null when DLRN remembers nothing older. Reads the
 * history only as far back as that.
 * @param question `left` is never the answer
 */
export async function namedBefore(
  client: Pick<DlrnClient, 'promotions' | 'promotionPages'>,
  label: Label,
  { hash, named, left }: { readonly hash: FullHash; readonly named: NamedHash; readonly left: FullHash | null },
  place: LabelPlace = {},
): Promise<FullHash | null> {
  const first = await firstNamed(client, label, named, place);
  if (first === null) return null;
  const passed: FullHash[] = [];
  for await (const set of client.promotionPages(label, place)) {
    passed.push(set.fullHash);
    // Within the same second an older row of the hash may follow.
    const isOlder = set.timestamp < first && set.fullHash !== hash && set.fullHash !== left;
    if (isOlder) return predecessorOf(hash, passed, left);
  }
  return predecessorOf(hash, passed, left);
}

/**
 * Returns what stands before the oldest mention of a hash in a label's history.
 * @param history newest first
 */
export function predecessorOf(hash: FullHash, history: readonly FullHash[], left: FullHash | null): FullHash | null {
  const first = history.lastIndexOf(hash);
  if (first < 0) return null;
  return history.slice(first + 1).find((older) => older !== left) ?? null;
}

async function rowsOf(
  client: Pick<DlrnClient, 'promotions'>,
  label: Label,
  hash: NamedHash,
  place: LabelPlace,
): Promise<readonly Promotion[]> {
  const by = typeof hash === 'string' ? { aggregateHash: hash } : { build: hash };
  try {
    return await client.promotions({ label, ...by, ...place, limit: 100 });
  } catch (error) {
    // A commit that DLRN does not know was never promoted.
    if (error instanceof DlrnError && error.code === 'nothing-there') return [];
    throw error;
  }
}
