import { type FullHash, isAggregate } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import type { ResolvedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';

/**
 * Returns a known hash with its builds, or null where DLRN does not have it. The promotions know below which labels an
 * aggregate was written; those below DLRN's own two labels are in no list.
 * @param options `component`: of the build of a commit; `labels`: where an aggregate may be besides
 */
export async function readBuilds(
  client: Pick<DlrnClient, 'promotions'>,
  tree: Pick<RepositoryTree, 'readHash'>,
  hash: FullHash,
  options: { readonly component?: string; readonly labels?: readonly string[] } = {},
): Promise<ResolvedHash | null> {
  if (!isAggregate(hash)) return tree.readHash(hash, options);
  const given = options.labels ?? [];
  const known = given.length === 0 ? null : await tree.readHash(hash, { labels: given });
  if (known !== null) return known;
  const promotions = await client.promotions({ aggregateHash: hash, limit: 100 });
  return tree.readHash(hash, { labels: [...promotions.map((promotion) => promotion.label), 'consistent', 'current'] });
}
