import type { CommitBuild, Criteria, FullHash, HashRange, Label, PolicyEntry, Verdict } from '@tagflow/model';
import type { Evidence, PromoteRequest } from '../promote.ts';
import type { PromotionWorld } from '../transaction/engine.ts';
import { entriesFor, withLeft } from '../policy/entries.ts';
import { decide, type Question } from './decide.ts';

/** Decides about the hashes of one request; what it has decided once it decides anew only when it is asked to. */
export interface Judge {
  /** Reads the votes on a hash and decides; `byHand`: whoever asks, a person gave a reason once. */
  judge(hash: FullHash, builds: readonly CommitBuild[], criteria: Criteria, byHand?: boolean): Promise<Verdict>;
  /** As `judge`, and returns everything that the decision depends on. */
  questionOf(hash: FullHash, builds: readonly CommitBuild[], criteria: Criteria): Promise<Question>;
  /** Every waiver, hold and freeze that was read: files, and what rollbacks left in the ledger. */
  readonly policy: readonly PolicyEntry[];
  /** What was decided, each hash once, by the last decision about it. */
  readonly verdicts: ReadonlyMap<FullHash, Verdict>;
}

/** What a judge needs to know of a request. */
export type JudgedRequest = Pick<
  PromoteRequest,
  'release' | 'component' | 'label' | 'candidateLabel' | 'policy' | 'knownJobs' | 'byHand'
>;

/** Reads what is the same for every hash of a request. */
export async function openJudge(
  request: JudgedRequest,
  { ledger, clock }: Pick<PromotionWorld, 'ledger' | 'clock'>,
  evidence: Evidence,
): Promise<Judge> {
  const { release, component, label } = request;
  const [left, seen] = await Promise.all([ledger.policy(release), ledger.jobsSeen(release)]);
  const policy = withLeft(request.policy.entries, left).filter(
    (entry) => entry.component === undefined || entry.component === component,
  );
  // A ledger that has seen no vote yet cannot tell a wrong name from a job that is new.
  const knownJobs = seen.length === 0 ? null : new Set([...seen, ...request.knownJobs]);
  const verdicts = new Map<FullHash, Verdict>();

  const questionOf: Judge['questionOf'] = async (fullHash, builds, criteria) => {
    const scope = { fullHash, release, label };
    const near = entriesFor(policy, { ...scope, isInRange: () => true });
    const ranges = near.flatMap((entry) => (entry.kind === 'freeze' || entry.hashes === null ? [] : [entry.hashes]));
    const inside = new Set<HashRange>();
    for (const range of ranges) if (await isWithin(fullHash, range, request, evidence)) inside.add(range);
    return {
      ...{ fullHash, criteria, knownJobs, byHand: request.byHand, now: clock.now() },
      policy: entriesFor(near, { ...scope, isInRange: (range) => inside.has(range) }),
      votes: criteria === 'none' ? [] : await evidence.votes(fullHash, builds),
    };
  };
  return {
    ...{ policy, verdicts, questionOf },
    async judge(hash, builds, criteria, byHand = false) {
      const question = await questionOf(hash, builds, criteria);
      const verdict = decide({ ...question, byHand: question.byHand || byHand });
      verdicts.set(hash, verdict);
      return verdict;
    },
  };
}

/** Whether a hash is of a range, by the order in which the candidate label named them; where it has none, by age. */
async function isWithin(
  hash: FullHash,
  { from, to }: HashRange,
  { candidateLabel, label }: JudgedRequest,
  evidence: Evidence,
): Promise<boolean> {
  if (hash === from || hash === to) return true;
  if (to === from) return false;
  const order = candidateLabel ?? label;
  return (
    (await isEarlier(from, hash, order, evidence)) && (to === null || (await isEarlier(hash, to, order, evidence)))
  );
}

/** False where nobody can say: what was written down for some hashes must not reach others. */
async function isEarlier(hash: FullHash, than: FullHash, label: Label, evidence: Evidence): Promise<boolean> {
  const named = evidence.isUnrecorded(label) ? null : await evidence.namedEarlier(label, hash, than);
  if (named !== null) return named;
  const [built, other] = await Promise.all([evidence.builtAt(hash), evidence.builtAt(than)]);
  return built !== null && other !== null && built < other;
}
