import type { CommitBuild, FullHash, Label } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import type { PromotedSet } from './promotions.ts';
import { isUnrecorded } from './unrecorded.ts';
import type { RepositoryTree } from './tree.ts';

/** A hash that a label has named. */
export interface CandidateHash {
  readonly fullHash: FullHash;
  /** The one build of a commit, which votes on it are about; of an aggregate none, or some. */
  readonly builds: readonly CommitBuild[];
}

/** What a candidate label has named, newest first. */
export interface Candidates {
  /** Everything that was read. */
  readonly known: readonly CandidateHash[];
  /** Of these, each once, what is newer than the target's set. */
  readonly newer: readonly CandidateHash[];
}

/** A label, or that of one component, whose history somebody wants. */
export interface CandidateQuestion {
  readonly candidateLabel: Label;
  readonly targetLabel: Label;
  /** What the target names now in the tree, null when it is not there: promotions may lack it, or have more. */
  readonly current: FullHash | null;
  readonly component?: string;
  /** How many of the newest sets to look at. */
  readonly limit: number;
}

/**
 * Returns the sets of a label, and which of them may go on to another one: those that stand before what the
 * target names now in the candidate label's history. Order is by position, since DLRN's times have whole seconds; pages
 * are read until the target's set appears. When the target's set never had the candidate label (somebody promoted it by
 * hand) or had it longer ago than `limit` sets, the sets that got the candidate label after the target moved are left. A
 * set that is older than the target's is never among them.
 *
 * `consistent` and `current`, of which DLRN keeps no history, have one candidate: what they name now.
 */
export async function listCandidates(
  client: Pick<DlrnClient, 'promotionsOf' | 'promotionPages'>,
  tree: Pick<RepositoryTree, 'pinLabel'>,
  { candidateLabel, targetLabel, current, limit, ...place }: CandidateQuestion,
): Promise<Candidates> {
  if (isUnrecorded(candidateLabel)) {
    const [pinned, history] = await Promise.all([
      tree.pinLabel(candidateLabel, place),
      client.promotionsOf(targetLabel, { limit, ...place }),
    ]);
    const only = { fullHash: pinned.fullHash, builds: pinned.build === null ? [] : [pinned.build] };
    return {
      known: [only],
      newer: history.some((set) => set.fullHash === only.fullHash) || only.fullHash === current ? [] : [only],
    };
  }
  const pages = client.promotionPages(candidateLabel, place);
  // The first page is wanted in any case: both are asked for at once.
  const [[newest = null], first] = await Promise.all([
    client.promotionsOf(targetLabel, { limit: 1, ...place }),
    pages.next(),
  ]);
  const known: PromotedSet[] = [];
  for (let next = first; next.done !== true; next = await pages.next()) {
    known.push(next.value);
    if (next.value.fullHash === current || known.length === limit) break;
  }
  await pages.return();
  return {
    known: known.map(candidateOf),
    newer: candidatesBefore(known, current, newest?.timestamp ?? 0).map(candidateOf),
  };
}

/**
 * Pure part of {@link listCandidates}.
 * @param history newest first
 * @param moved when the target was moved last, in seconds: counts where its hash is not in the history
 */
export function candidatesBefore(
  history: readonly PromotedSet[],
  current: FullHash | null,
  moved: number,
): readonly PromotedSet[] {
  const end = history.findIndex((set) => set.fullHash === current);
  const newer = end >= 0 ? history.slice(0, end) : history.filter((set) => current === null || set.timestamp > moved);
  const seen = new Set<string>();
  return newer.filter((set) => !seen.has(set.fullHash) && seen.add(set.fullHash));
}

function candidateOf({ fullHash, promotions }: PromotedSet): CandidateHash {
  return { fullHash, builds: promotions.map((promotion) => promotion.build) };
}
