import { type FullHash, isAggregate, type Label } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import type { LabelPlace } from './label-place.ts';
import type { PinnedHash } from './pinned.ts';
import type { PromotedSet } from './promotions.ts';
import type { RepositoryTree } from './tree.ts';
import { unrecordedLabels } from './unrecorded.ts';

/**
 * Returns a known hash, pinned, or null when it is not there. Below which labels an aggregate was written is known
 * from the directory that came with it, else from its promotions; those below DLRN's own two labels are in no list.
 * @param client null: only the given labels are looked below
 * @param options `component`: where the build of a commit is; `labels`: below which labels an aggregate may be
 */
export async function pinKnownHash(
  client: Pick<DlrnClient, 'promotions'> | null,
  tree: Pick<RepositoryTree, 'pinHash'>,
  hash: FullHash,
  options: LabelPlace & { readonly labels?: readonly string[] } = {},
): Promise<PinnedHash | null> {
  const found = await tree.pinHash(hash, options);
  if (found !== null || client === null || !isAggregate(hash)) return found;
  const promotions = await client.promotions({ aggregateHash: hash, limit: 100 });
  return tree.pinHash(hash, { labels: [...promotions.map(({ label }) => label), ...unrecordedLabels] });
}

/**
 * Returns what a label named at a time, by the promotions that DLRN remembers: of `current` and `consistent`, which it
 * moves itself, there are none.
 * @param time milliseconds since 1970
 * @throws DlrnError `nothing-there` when no promotion is as old, or when the build is gone
 */
export async function pinLabelAt(
  client: Pick<DlrnClient, 'apiUrl' | 'promotions' | 'promotionPages'>,
  tree: Pick<RepositoryTree, 'pinHash' | 'reposUrl'>,
  label: Label,
  time: number,
  place: LabelPlace = {},
): Promise<PinnedHash> {
  const when = new Date(time).toISOString();
  const { fullHash } = await setNamedAt(client, label, time, place);
  const found = await pinKnownHash(client, tree, fullHash, { ...place, labels: [label] });
  if (found !== null) return found;
  throw new DlrnError('nothing-there', `${label} named ${fullHash} at ${when}, which ${tree.reposUrl} has no more`, {
    next: 'DLRN purges old builds: choose a later time.',
  });
}

async function setNamedAt(
  client: Pick<DlrnClient, 'apiUrl' | 'promotionPages'>,
  label: Label,
  time: number,
  place: LabelPlace,
): Promise<PromotedSet> {
  let oldest: PromotedSet | undefined;
  for await (const set of client.promotionPages(label, place)) {
    if (set.timestamp * 1000 <= time) return set;
    oldest = set;
  }
  const of = place.component === undefined ? label : `${label} of component ${place.component}`;
  const known =
    oldest === undefined ? 'there is none' : `the oldest is of ${new Date(oldest.timestamp * 1000).toISOString()}`;
  throw new DlrnError(
    'nothing-there',
    `DLRN at ${client.apiUrl} remembers no promotion to ${of} of ${new Date(time).toISOString()} or before: ${known}`,
    { next: 'Check the label and the component, or choose a later time.' },
  );
}
