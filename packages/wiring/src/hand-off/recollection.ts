import { createHash } from 'node:crypto';
import { type DlrnClient, DlrnError, placeOf, voteTargetOf } from '@tagflow/dlrn';
import type { LedgerReader } from '@tagflow/ledger';
import {
  type CommitBuild,
  formatPlan,
  type FullHash,
  type HandedPromotion,
  type HandOffManifest,
  isAggregate,
  type Label,
  type PolicyEntry,
  type PromotionRecord,
  type Verdict,
} from '@tagflow/model';
import { internalNames } from './hidden.ts';

/** What is remembered of how a label came to a set. */
export interface PromotionRecollection extends Pick<HandOffManifest, 'criteria' | 'votes'> {
  readonly promotion: HandedPromotion | null;
  readonly verdict: Verdict | null;
  readonly waivers: readonly PolicyEntry[] | null;
  /** Names of the images that were promoted then and that only insiders may know. */
  readonly internal: readonly string[];
}

export const nothingRemembered: PromotionRecollection = {
  promotion: null,
  verdict: null,
  criteria: null,
  votes: null,
  waivers: null,
  internal: [],
};

/** Whose promotion is meant. */
export interface Promoted {
  readonly release: string;
  readonly fullHash: FullHash;
  readonly labels: readonly Label[];
  readonly component: string | null;
}

/** How far back the ledger is looked through. */
const historyLimit = 100;

/** Returns what the ledger says of the last promotion of a set to a label, or null where it remembers none. */
export async function recallFromLedger(
  ledger: Pick<LedgerReader, 'history'>,
  { release, fullHash, labels, component }: Promoted,
): Promise<PromotionRecollection | null> {
  const records = (await Promise.all(labels.map((label) => ledger.history(release, label, historyLimit)))).flat();
  const matching = records.filter(
    ({ plan, outcome }) => outcome === 'done' && plan.toHash === fullHash && plan.component === component,
  );
  // A rollback or a repair asks for no job: what was asked for once is what the set was judged by.
  const [best] = matching.sort((a, b) => Number(isJudged(b)) - Number(isJudged(a)) || order(b, a));
  return best === undefined ? null : fromRecord(best);
}

function fromRecord({ id, plan, journal }: PromotionRecord): PromotionRecollection {
  const { mode, version, actor, reason, verdict, criteria, waivers } = plan;
  const committed = journal.findLast(({ step }) => step === 'committed');
  return {
    promotion: {
      ...{ source: 'ledger', id, mode, version, actor, reason },
      promotedAt: committed === undefined ? null : new Date(committed.at).toISOString(),
      planDigest: `sha256:${createHash('sha256').update(formatPlan(plan)).digest('hex')}`,
      statementDigest: null,
    },
    ...{ verdict, criteria, waivers },
    votes: verdict.votes,
    internal: internalNames(plan.set),
  };
}

function isJudged({ plan }: PromotionRecord): boolean {
  return plan.mode === 'promote';
}

function order(one: PromotionRecord, other: PromotionRecord): number {
  return one.plan.createdAt < other.plan.createdAt ? -1 : 1;
}

/**
 * Returns what DLRN says where no ledger does: when the label was given last and by whom, and the votes that it has by
 * now. It knows neither criteria nor verdict.
 */
export async function recallFromDlrn(
  client: Pick<DlrnClient, 'promotions' | 'votes'>,
  { fullHash, labels, component }: Promoted,
  builds: readonly CommitBuild[],
): Promise<PromotionRecollection> {
  const [build] = builds;
  const by = isAggregate(fullHash) ? { aggregateHash: fullHash } : build === undefined ? null : { build };
  if (by === null) return nothingRemembered;
  const [label] = labels;
  const [rows, votes] = await Promise.all([
    label === undefined || labels.length > 1
      ? []
      : orNone(client.promotions({ label, ...by, ...placeOf(component), limit: 1 })),
    orNone(client.votes(voteTargetOf(fullHash, builds))),
  ]);
  const [newest] = rows;
  return {
    ...nothingRemembered,
    promotion:
      newest === undefined
        ? null
        : {
            ...{ source: 'dlrn', id: null, mode: null, version: null, reason: null },
            promotedAt: new Date(newest.timestamp * 1000).toISOString(),
            actor: newest.user,
            planDigest: null,
            statementDigest: null,
          },
    // DLRN itself votes once a build became consistent, under that name and with no log: nobody tested anything.
    votes: votes.filter(({ job, url }) => job !== 'consistent' || url !== ''),
  };
}

/** A build that DLRN does not know was never promoted, and nobody voted. */
async function orNone<Item>(answer: Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DlrnError && error.code === 'nothing-there') return [];
    throw error;
  }
}
