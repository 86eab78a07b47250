import type { ArtifactSet, CommitBuild, Criteria, FullHash, Plan, Verdict } from '@tagflow/model';
import { PromotionError } from './error.ts';
import type { Candidate, Evidence, PromoteRequest } from './promote.ts';
import { criteriaDigest, decide } from './verdict.ts';

/** The hash that a request is about, judged. */
export interface Chosen {
  readonly fullHash: FullHash;
  readonly repository: ArtifactSet['repository'];
  readonly verdict: Verdict;
  /** Why the label must not be moved to it, whatever the votes say; null when nothing forbids it. */
  readonly obstacle: string | null;
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
  evidence: Evidence,
): Promise<Chosen | null> {
  if (request.mode === 'rollback') return chooseRollback(request, evidence);
  const labels = [request.candidateLabel, request.label].filter((label) => label !== null);
  if (request.fullHash !== null) {
    const obstacle = await obstacleTo(request.fullHash, request, current, evidence);
    const repository = await evidence.describe(request.fullHash, labels);
    const verdict = await judge(request.criteria, request.fullHash, repository.builds, evidence);
    return { fullHash: request.fullHash, repository, verdict, obstacle };
  }
  const { known, newer } =
    request.candidateLabel === null
      ? { known: [], newer: [] }
      : await evidence.candidates(request.candidateLabel, request.label, current);
  if (known.length === 0) throw noCandidate(request, evidence);
  const best = await firstPromotable(newer, request, current, evidence);
  if (best === null) return null;
  const repository = await evidence.describe(best.fullHash, labels);
  return { ...best, repository, obstacle: null };
}

interface Judged {
  readonly fullHash: FullHash;
  readonly verdict: Verdict;
}

/** Walks candidates, newest first, to the first that the votes allow; else returns the newest. */
async function firstPromotable(
  candidates: readonly Candidate[],
  request: PromoteRequest,
  current: FullHash | null,
  evidence: Evidence,
): Promise<Judged | null> {
  let newest: Judged | null = null;
  for (let start = 0; start < candidates.length; start += judgedAtOnce) {
    const judged = await Promise.all(
      candidates.slice(start, start + judgedAtOnce).map(async ({ fullHash, builds }) => ({
        fullHash,
        verdict: await judge(request.criteria, fullHash, builds, evidence),
      })),
    );
    for (const one of judged) {
      const isBest = one.verdict.answer === 'yes';
      if (!isBest && newest !== null) continue;
      // A candidate label that was rolled back names an old hash anew.
      if ((await obstacleTo(one.fullHash, request, current, evidence)) !== null) continue;
      if (isBest) return one;
      newest ??= one;
    }
  }
  return newest;
}

/** Why a label must not move to a hash: only a rollback goes backwards. */
async function obstacleTo(
  hash: FullHash,
  { mode, label, candidateLabel }: PromoteRequest,
  current: FullHash | null,
  evidence: Evidence,
): Promise<string | null> {
  // A label may be repaired to what it names.
  if (current === null || hash === current) return null;
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

/** Judges a hash by the votes that there are now. */
async function judge(
  criteria: Criteria,
  fullHash: FullHash,
  builds: readonly CommitBuild[],
  evidence: Evidence,
): Promise<Verdict> {
  return decide(fullHash, criteria, criteria === 'none' ? [] : await evidence.votes(fullHash, builds));
}

/** Judges the hash of a plan once more, right before its flip. What a person decided, a rollback, stays decided. */
export function judgeAgain(plan: Plan, criteria: Criteria, evidence: Evidence): Promise<Verdict> {
  return plan.mode === 'rollback'
    ? Promise.resolve(plan.verdict)
    : judge(criteria, plan.toHash, plan.set.repository.builds, evidence);
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
    reasons: [{ path: 'rollback', met: true, job: null, state: null, url: null, text }],
    criteriaDigest: criteriaDigest('none'),
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
