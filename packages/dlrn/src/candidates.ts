import type { Label } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import type { PromotedSet } from './promotions.ts';

/** What a candidate label has named, newest first. */
export interface Candidates {
  /** Everything that was read. */
  readonly known: readonly PromotedSet[];
  /** Of these, each once, what is newer than the target's set. */
  readonly newer: readonly PromotedSet[];
}

/**
 * Returns the sets of a label, and which of them may go on to another one: those that stand before what the
 * target names now in the candidate label's history. Order is by position, since DLRN's times have whole seconds. When
 * the target's set never had the candidate label (somebody promoted it by hand), the sets that got the candidate label
 * after the target moved are left. A set that is older than the target's is never among them.
 * @param limit how many of the newest sets to look at
 */
export async function listCandidates(
  client: Pick<DlrnClient, 'promotionsOf'>,
  candidateLabel: Label,
  targetLabel: Label,
  options: { readonly limit: number; readonly component?: string },
): Promise<Candidates> {
  const component = options.component === undefined ? {} : { component: options.component };
  const [[current], known] = await Promise.all([
    client.promotionsOf(targetLabel, { limit: 1, ...component }),
    client.promotionsOf(candidateLabel, { limit: options.limit, ...component }),
  ]);
  return { known, newer: candidatesBefore(known, current ?? null) };
}

/** Pure part of {@link listCandidates}. Both histories newest first. */
export function candidatesBefore(history: readonly PromotedSet[], current: PromotedSet | null): readonly PromotedSet[] {
  const end = current === null ? -1 : history.findIndex((set) => set.fullHash === current.fullHash);
  const newer =
    end >= 0 ? history.slice(0, end) : history.filter((set) => current === null || set.timestamp > current.timestamp);
  const seen = new Set<string>();
  return newer.filter((set) => !seen.has(set.fullHash) && seen.add(set.fullHash));
}
