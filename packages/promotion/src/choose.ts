import type { ArtifactSet, Criteria, FullHash, Ledger, Plan, Verdict } from '@tagflow/model';
import { PromotionError } from './error.ts';
import type { Candidate, Evidence, PromoteRequest } from './promote.ts';
import { criteriaDigest, reasonOf } from './verdict/decide.ts';
import type { Judge } from './verdict/judge.ts';

/** The hash that a request is about, judged. */
export interface Chosen {
  readonly fullHash: FullHash;
  readonly repository: ArtifactSet['repository'];
  readonly verdict: Verdict;
  /** Why the label must not be moved to it, whatever the votes say; null when nothing forbids it. */
  readonly obstacle: string | null;
}

/** What a choice is made with. */
export interface Chooser {
  readonly evidence: Evidence;
  readonly judge: Judge;
  readonly ledger: Pick<Ledger, 'history'>;
}

/** How many candidates are asked about at once. More only queue at a DLRN, and most walks end with the first ones. */
const judgedAtOnce = 4;

/**
 * Returns the hash that is to be promoted: the one that was given, else the newest candidate that the votes allow, else
 * the newest candidate. Null when no candidate is newer than what the label names.
 * @param current what the label names now
 */
export async function choose(
  request: PromoteRequest,
  current: FullHash | null,
  chooser: Chooser,
): Promise<Chosen | null> {
  const { evidence, judge } = chooser;
  if (request.mode === 'rollback') return chooseRollback(request, evidence);
  const labels = [request.candidateLabel, request.label].filter((label) => label !== null);
  if (request.fullHash !== null) {
    const obstacle = await obstacleTo(request.fullHash, request, current, chooser);
    const repository = await evidence.describe(request.fullHash, labels);
    const verdict = await judge.judge(request.fullHash, repository.builds, request.criteria);
    return { fullHash: request.fullHash, repository, verdict, obstacle };
  }
  const { known, newer } =
    request.candidateLabel === null
      ? { known: [], newer: [] }
      : await evidence.candidates(request.candidateLabel, request.label, current);
  if (known.length === 0) throw noCandidate(request, evidence);
  const best = await firstPromotable(newer, request, current, chooser);
  if (best === null) return null;
  const repository = await evidence.describe(best.fullHash, labels);
  return { ...best, repository };
}

type Judged = Pick<Chosen, 'fullHash' | 'verdict' | 'obstacle'>;

/**
 * Walks candidates, newest first, to the first that the votes allow; else returns the newest, and one that only a person
 * may promote where there is nothing else.
 */
async function firstPromotable(
  candidates: readonly Candidate[],
  request: PromoteRequest,
  current: FullHash | null,
  chooser: Chooser,
): Promise<Judged | null> {
  let newest: Judged | null = null;
  let forPersons: Judged | null = null;
  for (let start = 0; start < candidates.length; start += judgedAtOnce) {
    const judged = await Promise.all(
      candidates.slice(start, start + judgedAtOnce).map(async ({ fullHash, builds }) => ({
        fullHash,
        verdict: await chooser.judge.judge(fullHash, builds, request.criteria),
        obstacle: null,
      })),
    );
    for (const one of judged) {
      const isBest = one.verdict.answer === 'yes';
      if (!isBest && newest !== null) continue;
      // A candidate label that was rolled back names an old hash anew.
      const isCurrent = current === null || one.fullHash === current;
      if (!isCurrent && (await backwards(one.fullHash, request, current, chooser.evidence)) !== null) continue;
      const obstacle = isCurrent ? null : await left(one.fullHash, request, chooser);
      if (obstacle !== null) {
        forPersons ??= { ...one, obstacle };
        continue;
      }
      if (isBest) return one;
      newest ??= one;
    }
  }
  return newest ?? forPersons;
}

/** Why a label must not move to a hash: only a rollback goes backwards, and nothing but a person goes where it left. */
export async function obstacleTo(
  hash: FullHash,
  request: PromoteRequest,
  current: FullHash | null,
  chooser: Chooser,
): Promise<string | null> {
  // A label may be repaired to what it names.
  if (current === null || hash === current) return null;
  const older = await backwards(hash, request, current, chooser.evidence);
  if (older !== null) return `${older}: a promotion never moves a label backwards (a rollback does)`;
  return left(hash, request, chooser);
}

/**
 * Why a label must not go again to what it was moved away from: DLRN remembers that, so it holds where the ledger that
 * knew of the rollback is lost. A promotion that failed has left nothing.
 */
async function left(
  hash: FullHash,
  { mode, release, label, byHand }: PromoteRequest,
  { evidence, ledger }: Chooser,
): Promise<string | null> {
  if (mode !== 'promote' || byHand) return null;
  const named = await evidence.firstNamed(label, hash);
  if (named === null) return null;
  const tries = (await ledger.history(release, label, recentPromotions)).filter(({ plan }) => plan.toHash === hash);
  // What was named before the first try that is known was not named by these tries. DLRN's times are whole seconds.
  const isOfTries = tries.some(({ plan }) => named >= Math.floor(Date.parse(plan.createdAt) / 1000));
  if (isOfTries && tries.every(({ outcome }) => outcome !== 'done')) return null;
  const since = new Date(named * 1000).toISOString();
  return `${label} named ${hash} before (first ${since}) and was moved away from it: only a person takes it there again, with a reason`;
}

const recentPromotions = 20;
async function backwards(
  hash: FullHash,
  { mode, label, candidateLabel }: PromoteRequest,
  current: FullHash,
  evidence: Evidence,
): Promise<string | null> {
  const older = `${hash} is not newer than ${current}, which ${label} names already`;
  if (candidateLabel !== null && !evidence.isUnrecorded(candidateLabel)) {
    const earlier = await evidence.namedEarlier(candidateLabel, hash, current);
    if (earlier !== null) return earlier ? older : null;
    const first = await evidence.firstNamed(candidateLabel, hash);
    if (first !== null) {
      // Somebody moved the label by hand to what never was a candidate: then it counts when that was.
      const since = await evidence.firstNamed(label, current);
      return since === null || first > since ? null : older;
    }
    if (mode === 'promote') return `${hash} never was ${candidateLabel}, from which ${label} is promoted`;
  }
  const earlier = await evidence.namedEarlier(label, hash, current);
  if (earlier !== null) return earlier ? `${label} named ${hash} before ${current}, which it names now` : null;
  const [built, currentBuilt] = await Promise.all([evidence.builtAt(hash), evidence.builtAt(current)]);
  return built !== null && currentBuilt !== null && built < currentBuilt ? older : null;
}

/**
 * Judges the hash of a plan once more, right before its flip. What a person decided, a rollback, stays decided, and so
 * does what the repository's label names already.
 */
export function judgeAgain(plan: Plan, criteria: Criteria, judge: Judge): Promise<Verdict> {
  if (plan.mode === 'rollback' || plan.mode === 'repair') return Promise.resolve(plan.verdict);
  // Somebody else may end what a person began.
  return judge.judge(plan.toHash, plan.set.repository.builds, criteria, plan.reason !== null);
}

// A person decides, not votes; but only between sets that the label had, each of which was promoted by votes once.
async function chooseRollback(request: PromoteRequest, evidence: Evidence): Promise<Chosen | null> {
  const { fullHash, label } = request;
  if (fullHash === null) return null;
  if ((await evidence.firstNamed(label, fullHash)) === null) {
    const recent = await evidence.recent(label);
    throw new PromotionError('bad-request', `${label} never named ${fullHash}, so it cannot go back to it`, {
      outcome: 'invalid',
      next: `Give one of: ${[...new Set(recent)].slice(0, 5).join(', ') || 'none, the label is new'}. A hash that was never there is promoted, not rolled back to.`,
    });
  }
  const text = `a rollback, decided by ${request.actor}: ${request.reason ?? 'no reason given'}`;
  const verdict: Verdict = {
    answer: 'yes',
    fullHash,
    reasons: [reasonOf('rollback', 'rollback', true, text)],
    criteriaDigest: criteriaDigest('none'),
    waivers: [],
    votes: [],
  };
  return { fullHash, repository: await evidence.describe(fullHash, [label]), verdict, obstacle: null };
}

// A name that was typed wrong must not look like a label that has nothing new.
function noCandidate({ candidateLabel, label }: PromoteRequest, { place }: Evidence): PromotionError {
  return new PromotionError(
    'no-candidate',
    `${place} knows no promotion to ${candidateLabel ?? 'a candidate label'}, so no hash could become ${label}`,
    {
      outcome: 'invalid',
      next: 'Check candidate-label and component.',
    },
  );
}
