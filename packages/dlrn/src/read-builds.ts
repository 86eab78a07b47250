import type { FullHash } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import type { LabelPlace } from './label-place.ts';
import { pinKnownHash } from './past.ts';
import type { ResolvedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';

/**
 * Returns a known hash with its builds, or null where DLRN does not have it.
 * @param options `component`: of the build of a commit; `labels`: where an aggregate may be besides
 */
export async function readBuilds(
  client: Pick<DlrnClient, 'promotions'>,
  tree: Pick<RepositoryTree, 'pinHash' | 'resolveBuilds'>,
  hash: FullHash,
  options: LabelPlace & { readonly labels?: readonly string[] } = {},
): Promise<ResolvedHash | null> {
  const pinned = await pinKnownHash(client, tree, hash, options);
  return pinned === null ? null : tree.resolveBuilds(pinned);
}
