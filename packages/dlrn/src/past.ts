import type { Label } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import { readBuilds } from './read-builds.ts';
import type { ResolvedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';

/**
 * Returns what a label named at a time, by the promotions that DLRN remembers.
 * @param time milliseconds since 1970
 * @throws DlrnError `nothing-there` when no promotion is as old, as for `current` and `consistent`, which DLRN moves
 * without promoting, or when the build is gone.
 */
export async function resolveLabelAt(
  client: Pick<DlrnClient, 'apiUrl' | 'promotions' | 'promotionsOf'>,
  tree: RepositoryTree,
  label: Label,
  time: number,
  options: { readonly component?: string } = {},
): Promise<ResolvedHash> {
  const history = await client.promotionsOf(label, { limit: 1000, ...options });
  const when = new Date(time).toISOString();
  const set = history.find((one) => one.timestamp * 1000 <= time);
  if (set === undefined) {
    throw new DlrnError(
      'nothing-there',
      `DLRN at ${client.apiUrl} remembers no promotion to ${label} of ${when} or before (${history.length} are later)`,
    );
  }
  const found = await readBuilds(client, tree, set.fullHash, { ...options, labels: [label] });
  if (found !== null) return found;
  throw new DlrnError('nothing-there', `${label} named ${set.fullHash} at ${when}, which ${tree.reposUrl} has no more`);
}
