import {
  type ArtifactSet,
  type CommitBuild,
  type Criteria,
  type FullHash,
  type Label,
  mergeSets,
  type Outcome,
  type Plan,
  type PromotionMode,
  type Verdict,
  type Vote,
} from '@tagflow/model';
import { applyPlan, type PromotionResult, type PromotionWorld } from './engine.ts';
import { PromotionError } from './error.ts';
import { labelledHash, planPromotion, theRepository } from './plan.ts';
import { readSet } from './read-set.ts';
import { resume } from './resume.ts';
import { decide } from './verdict.ts';

/** What the decision reads: votes, candidates, and what a hash is. */
export interface Evidence {
  /** Where all of it is read, for errors. */
  readonly place: string;
  /** Every vote on a hash, oldest first; none is an empty list. */
  votes(hash: FullHash, builds: readonly CommitBuild[]): Promise<readonly Vote[]>;
  /**
   * What the candidate label has named, newest first: all that was read, and of these the hashes that are newer than
   * what the target names. Order is by position, never by time of day.
   */
  candidates(
    candidate: Label,
    target: Label,
  ): Promise<{ readonly known: readonly FullHash[]; readonly newer: readonly FullHash[] }>;
  /** The immutable directory of a hash, and the builds in it; `labels` are names below which it may have been promoted. */
  describe(hash: FullHash, labels: readonly Label[]): Promise<ArtifactSet['repository']>;
}

export interface PromoteRequest {
  readonly mode: PromotionMode;
  readonly release: string;
  readonly label: Label;
  readonly candidateLabel: Label | null;
  readonly criteria: Criteria;
  /** Judge this hash only; null walks the candidates, newest first. */
  readonly fullHash: FullHash | null;
  /** Parts of the set that earlier jobs learned; empty reads the published set. */
  readonly parts: readonly ArtifactSet[];
  readonly keepPrevious: boolean;
  readonly configDigest: string;
  readonly reason: string | null;
  readonly actor: string;
  /** Stop when the plan is made. */
  readonly dryRun: boolean;
}

export interface PromoteReport {
  readonly outcome: Outcome;
  readonly message: string;
  readonly fullHash: FullHash | null;
  readonly previousHash: FullHash | null;
  readonly verdict: Verdict | null;
  readonly plan: Plan | null;
  readonly result: PromotionResult | null;
}

/** Decides, plans and (unless it is a dry run) carries out the promotion of one label. */
export async function promote(
  request: PromoteRequest,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<PromoteReport> {
  const repository = theRepository(world.destinations);
  let previousHash = await labelledHash(repository, request.label);
  const report = (outcome: Outcome, message: string, more: Partial<PromoteReport> = {}): PromoteReport => ({
    outcome,
    message,
    fullHash: null,
    previousHash,
    verdict: null,
    plan: null,
    result: null,
    ...more,
  });
  const interrupted = await world.ledger.unfinished(request.release, request.label);
  if (interrupted.length > 0 && request.dryRun) {
    return report(
      'half-done',
      `promotion ${String(interrupted[0]?.id)} of ${request.label} was interrupted: resume it first`,
    );
  }
  if (interrupted.length > 0) {
    // A job that was killed must not stop the next one for ever, and the next one must not build on half a flip.
    world.log.warning(`an earlier promotion of ${request.label} was interrupted: ending it first`);
    const ended = await resume(request.release, request.label, request.criteria, world, evidence);
    if (ended.outcome === 'half-done') return report('half-done', ended.message, { result: ended });
    previousHash = await labelledHash(repository, request.label);
  }
  const chosen = await choose(request, previousHash, evidence);
  if (chosen === null) return report('nothing-to-do', `no candidate is newer than ${request.label}`);
  const { fullHash, verdict, older } = chosen;
  if (older && request.mode === 'promote') {
    const why = `${fullHash} is older than ${String(previousHash)}, which ${request.label} names already`;
    return report('blocked', `${why}: a promotion never moves a label backwards (a rollback does)`, {
      fullHash,
      verdict,
    });
  }
  if (verdict.answer !== 'yes') {
    const open = verdict.reasons.filter((reason) => !reason.met && reason.job !== null).map((reason) => reason.text);
    const why = open.length > 0 ? open.join('; ') : (verdict.reasons[0]?.text ?? 'no reason');
    const outcome = verdict.answer === 'no' ? 'blocked' : 'waiting';
    return report(outcome, `${fullHash} may not become ${request.label}: ${why}`, { fullHash, verdict });
  }
  const set = await assemble(request, world, fullHash, chosen.repository);
  const plan = await planPromotion({
    ...request,
    set,
    destinations: world.destinations,
    verdict,
    now: world.clock.now(),
  });
  if (plan === null) {
    return report('nothing-to-do', `all kinds agree: ${request.label} → ${fullHash}`, { fullHash, verdict });
  }
  if (request.dryRun) {
    const message = `${plan.moves.length} writes would move ${request.label} to ${fullHash}`;
    return report('planned', message, { fullHash, verdict, plan });
  }
  const result = await applyPlan(plan, world, () => judge(request.criteria, fullHash, set.repository.builds, evidence));
  return report(result.outcome, result.message, { fullHash, verdict, plan, result });
}

/**
 * Carries out a plan that somebody reviewed: the same checks, and the verdict once more, before anything moves.
 * @throws PromotionError `bad-plan` when it is a plan of another label or release
 */
export async function applyReviewedPlan(
  plan: Plan,
  request: Pick<PromoteRequest, 'release' | 'label' | 'criteria'>,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<PromoteReport> {
  if (plan.release !== request.release || plan.label !== request.label) {
    const [is, asked] = [`${plan.label} of ${plan.release}`, `${request.label} of ${request.release}`];
    throw new PromotionError('bad-plan', `the plan moves ${is}, and ${asked} was asked for`, { outcome: 'invalid' });
  }
  // A rollback or a pin was decided by a person or by the configuration, not by votes.
  const criteria = plan.mode === 'promote' ? request.criteria : 'none';
  const result = await applyPlan(plan, world, () => judge(criteria, plan.toHash, plan.set.repository.builds, evidence));
  const { toHash: fullHash, fromHash: previousHash, verdict } = plan;
  return { outcome: result.outcome, message: result.message, fullHash, previousHash, verdict, plan, result };
}

interface Chosen {
  readonly fullHash: FullHash;
  readonly repository: ArtifactSet['repository'];
  readonly verdict: Verdict;
  /** Whether the label names a newer hash already. */
  readonly older: boolean;
}

async function choose(request: PromoteRequest, current: FullHash | null, evidence: Evidence): Promise<Chosen | null> {
  const { known, newer } =
    request.candidateLabel === null
      ? { known: [], newer: [] }
      : await evidence.candidates(request.candidateLabel, request.label);
  if (request.fullHash === null && known.length === 0) throw noCandidate(request, evidence);
  const candidates = request.fullHash === null ? newer : [request.fullHash];
  const labels = [request.candidateLabel, request.label].filter((label) => label !== null);
  let newest: Chosen | null = null;
  for (const fullHash of candidates) {
    const repository = await evidence.describe(fullHash, labels);
    const verdict = await judge(request.criteria, fullHash, repository.builds, evidence);
    const judged = {
      fullHash,
      repository,
      verdict,
      older: fullHash !== current && known.includes(fullHash) && !newer.includes(fullHash),
    };
    if (verdict.answer === 'yes') return judged;
    newest ??= judged;
  }
  return newest;
}

// A name that was typed wrong must not look like a label that has nothing new.
function noCandidate({ candidateLabel, label }: PromoteRequest, { place }: Evidence): PromotionError {
  return new PromotionError(
    'no-candidate',
    `${place} knows no promotion to ${candidateLabel ?? 'a candidate label'}, so no hash could become ${label}`,
    {
      outcome: 'invalid',
      next: 'Check candidate-label and component. DLRN keeps no history of consistent and current: give a full-hash there.',
    },
  );
}

async function judge(
  criteria: Criteria,
  fullHash: FullHash,
  builds: readonly CommitBuild[],
  evidence: Evidence,
): Promise<Verdict> {
  return decide(fullHash, criteria, criteria === 'none' ? [] : await evidence.votes(fullHash, builds));
}

async function assemble(
  request: PromoteRequest,
  world: PromotionWorld,
  fullHash: FullHash,
  repository: ArtifactSet['repository'],
): Promise<ArtifactSet> {
  const own: ArtifactSet = { fullHash, release: request.release, repository, containers: [], images: [] };
  const kinds = new Set(world.destinations.map((destination) => destination.kind));
  if (kinds.size === 1) return own; // a pin, or a component: DLRN only
  const published = await readSet(world.destinations, fullHash);
  const set = mergeSets([
    own,
    ...(published === null ? [] : [withoutRepository(published)]),
    ...request.parts.map(withoutRepository),
  ]);
  const empty = [
    ...(kinds.has('containers') && set.containers.length === 0 ? ['containers'] : []),
    ...(kinds.has('images') && set.images.length === 0 ? ['images'] : []),
  ];
  if (empty.length > 0) {
    throw new PromotionError(
      'no-set',
      `the set of ${fullHash} has no ${empty.join(' and no ')}, and an empty set is never promoted`,
      {
        next: 'Stage them first (tag-and-push-containers, sync-images), or give their set.json in the input set.',
      },
    );
  }
  return set;
}

// The repository is read from DLRN itself, never believed from a file.
function withoutRepository(set: ArtifactSet): ArtifactSet {
  return { ...set, repository: { url: null, builds: [] } };
}
