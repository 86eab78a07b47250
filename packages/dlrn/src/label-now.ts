import type { FullHash, Label } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import type { LabelPlace } from './label-place.ts';
import type { RepositoryTree } from './tree.ts';

/**
 * Returns what a label names now, or null when it was never promoted to. That is quickly known, while a label that
 * DLRN lists and does not show is waited for: DLRN removes a link before it makes the new one.
 * @param where what to call the place in an error
 * @throws DlrnError `label-vanished` when it stays away for some seconds
 */
export async function readLabelNow(
  client: Pick<DlrnClient, 'promotions'>,
  tree: Pick<RepositoryTree, 'readLabel' | 'reposUrl'>,
  label: Label,
  where: string,
  place: LabelPlace = {},
): Promise<FullHash | null> {
  const atOnce = await tree.readLabel(label, { ...place, retry: false });
  if (atOnce !== null) return atOnce;
  const [newest] = await client.promotions({ label, limit: 1, ...place });
  if (newest === undefined) return null;
  const named = await tree.readLabel(label, place);
  if (named !== null) return named;
  throw new DlrnError(
    'label-vanished',
    `${where}: DLRN lists promotions to ${label}, and ${tree.reposUrl} has had no such label for some seconds`,
    {
      outcome: 'waiting',
      next: 'Try again later; should it stay away, the link has to be looked at on the DLRN server.',
    },
  );
}
