import type {
  ArtifactSet,
  CommitBuild,
  Criteria,
  FullHash,
  Label,
  Outcome,
  Plan,
  PolicyEntry,
  PromotionMode,
  Verdict,
  Vote,
} from '@tagflow/model';
import type { Ahead } from './followers/ahead.ts';
import { choose, judgeAgain } from './choose.ts';
import { whyNot } from './verdict/decide.ts';
import { openJudge } from './verdict/judge.ts';
import { noteVerdicts, remembering } from './transaction/remember.ts';
import { nextVersion } from './transaction/version.ts';
import { applyPlan, type PromotionResult, type PromotionWorld } from './transaction/engine.ts';
import { foreseeFollowers } from './followers/followers.ts';
import { endInterrupted } from './transaction/interrupted.ts';
import { refuseOwing } from './followers/owing-source.ts';
import { labelledHash, planPromotion, theRepository } from './plan/plan.ts';
import { findGone } from './plan/probe.ts';
import { warnOfEnds } from './policy/warn.ts';
import { previousAfter } from './plan/previous.ts';
import { assembleSet } from './plan/assemble-set.ts';
import { resumeRequired } from './transaction/resume.ts';
import { rollbackTarget } from './transaction/rollback-target.ts';
import { unfinishedLabel } from './transaction/unfinished.ts';
import { withFollowers } from './followers/with-followers.ts';

/** A hash that a label has named. */
export interface Candidate {
  readonly fullHash: FullHash;
  /** What votes on it need: the one build of a commit; of an aggregate none, or some. */
  readonly builds: readonly CommitBuild[];
}

/** What the decision reads: votes, candidates, and what a hash is. */
export interface Evidence {
  /** Where all of it is read, for errors. */
  readonly place: string;
  /** Every vote on a hash, oldest first; none is an empty list. */
  votes(hash: FullHash, builds: readonly CommitBuild[]): Promise<readonly Vote[]>;
  /**
   * What the candidate label has named, newest first: all that was read, and of these what is newer than `current`,
   * which the target names. Order is by position, never by time of day.
   */
  candidates(
    candidate: Label,
    target: Label,
    current: FullHash | null,
  ): Promise<{ readonly known: readonly Candidate[]; readonly newer: readonly Candidate[] }>;
  /** What a label named last, newest first: some hashes, for people. */
  recent(label: Label): Promise<readonly FullHash[]>;
  /** Whether a label first named a hash before it first named the other; null when it never named one of them. */
  namedEarlier(label: Label, hash: FullHash, than: FullHash): Promise<boolean | null>;
  /** When a label first named a hash, in seconds since 1970; null when it never did, or nobody remembers. */
  firstNamed(label: Label, hash: FullHash): Promise<number | null>;
  /** What a label named before it first named a hash, but for `left`; null when nobody remembers. */
  namedBefore(label: Label, hash: FullHash, left: FullHash | null): Promise<FullHash | null>;
  /** Whether nobody remembers what a label named, since it moves with every build. */
  isUnrecorded(label: Label): boolean;
  /** When a hash was built, in seconds since 1970; null where nobody says, as of an aggregate. */
  builtAt(hash: FullHash): Promise<number | null>;
  /** The immutable directory of a hash, and the builds in it; `labels` are names below which it may have been promoted. */
  describe(hash: FullHash, labels: readonly Label[]): Promise<ArtifactSet['repository']>;
}

export interface PromoteRequest {
  readonly mode: PromotionMode;
  readonly release: string;
  /** Whose own labels move, in the component line. */
  readonly component: string | null;
  readonly label: Label;
  readonly candidateLabel: Label | null;
  readonly criteria: Criteria;
  /**
   * Judge this hash only; null walks the candidates, newest first, and a rollback goes to what the label named before.
   */
  readonly fullHash: FullHash | null;
  /** Parts of the set that earlier jobs learned; empty reads the published set. */
  readonly parts: readonly ArtifactSet[];
  readonly keepPrevious: boolean;
  readonly configDigest: string;
  /** The waivers, holds and freezes in files; those that rollbacks left are in the ledger. */
  readonly policy: { readonly entries: readonly PolicyEntry[]; readonly digest: string };
  /** Jobs that certainly exist, since the configuration runs them. */
  readonly knownJobs: readonly string[];
  /** A person moves the label and gives a reason: then a freeze does not stop it. */
  readonly byHand: boolean;
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
  /** What somebody still has to do, a sentence each: those of the result, and what followers owe. */
  readonly debts: readonly string[];
}

/**
 * Decides, plans and (unless it is a dry run) carries out the promotion of one label in the required destinations. What
 * the followers owe is paid before, and they follow afterwards.
 * @throws PromotionError `owing` when the place that the set would be read from lacks what its label names
 */
export function promote(request: PromoteRequest, world: PromotionWorld, evidence: Evidence): Promise<PromoteReport> {
  return remembering(request, world, () =>
    withFollowers(request, world, (ahead) => promoteRequired(request, world, evidence, ahead)),
  );
}

async function promoteRequired(
  asked: PromoteRequest,
  world: PromotionWorld,
  evidence: Evidence,
  ahead: Ahead,
): Promise<PromoteReport> {
  let request = asked;
  const ended = await endInterrupted(request, world, evidence);
  const repository = theRepository(world.destinations);
  const previousHash = await labelledHash(repository, request.label);
  const report = (outcome: Outcome, message: string, more: Partial<PromoteReport> = {}): PromoteReport => ({
    outcome,
    message,
    fullHash: null,
    previousHash,
    verdict: null,
    plan: null,
    result: null,
    debts: more.result?.debts ?? [],
    ...more,
  });
  if (ended !== null) return report(ended.outcome, ended.message, { result: ended });
  if (request.mode === 'rollback' && request.fullHash === null) {
    const target = await rollbackTarget(request, previousHash, world, evidence);
    if ('done' in target) {
      const result = await resumeRequired(request, world, evidence);
      return report(result.outcome, `${target.done}; ${result.message}`, { fullHash: previousHash, result });
    }
    request = { ...request, fullHash: target.hash };
  }
  const judge = await openJudge(request, world, evidence);
  warnOfEnds(judge.policy, request, world);
  const chosen = await choose(request, previousHash, { evidence, judge, ledger: world.ledger });
  if (!request.dryRun) await noteVerdicts(request, judge, world);
  if (chosen === null) {
    const broken = previousHash === null ? [] : await unfinishedLabel(repository, request.label, previousHash);
    if (broken.length === 0) return report('nothing-to-do', `no candidate is newer than ${request.label}`);
    const result = await resumeRequired(request, world, evidence);
    return report(result.outcome, result.message, { fullHash: previousHash, result });
  }
  const { fullHash, verdict, obstacle } = chosen;
  if (obstacle !== null) {
    return report('blocked', obstacle, { fullHash, verdict });
  }
  if (verdict.answer !== 'yes' && fullHash === previousHash) {
    // It was promoted, by votes of its time or by hand: nothing is left to decide, only to look after.
    const result = await resumeRequired(request, world, evidence);
    return report(result.outcome, result.message, { fullHash, verdict, result });
  }
  if (verdict.answer !== 'yes') {
    const outcome = verdict.answer === 'no' ? 'blocked' : 'waiting';
    return report(outcome, `${fullHash} may not become ${request.label}: ${whyNot(verdict)}`, { fullHash, verdict });
  }
  // A rollback reads what the label had once, and nobody is to wait for it.
  const isNew = request.mode === 'promote' && fullHash !== previousHash;
  if (isNew) await refuseOwing(world.source, repository);
  const set = await assembleSet(request, world, fullHash, chosen.repository);
  const { destinations, clock } = world;
  const previous = await previousAfter(request, { from: previousHash, to: fullHash }, world, evidence);
  const made = await planPromotion({
    ...request,
    set,
    destinations,
    previous: previous.set,
    verdict,
    now: clock.now(),
    waivers: judge.policy.filter(({ id }) => verdict.waivers.includes(id)),
    policyDigest: request.policy.digest,
    version: await nextVersion(request, world),
  });
  if (made === null) {
    return report('nothing-to-do', `all kinds agree: ${request.label} → ${fullHash}`, { fullHash, verdict });
  }
  const gone = request.mode === 'rollback' ? await findGone(set, destinations, world) : [];
  const notes = gone.map((sentence) => `gone by now, and to be staged again first: ${sentence}`);
  const plan = { ...made, notes: [...made.notes, ...previous.notes, ...notes] };
  if (request.dryRun) {
    const kept = previous.set === 'from-set' ? made.fromSet : previous.set === 'unchanged' ? null : previous.set;
    const followers = await foreseeFollowers(plan, kept, world.followers);
    const message = `${plan.moves.length} writes would move ${request.label} to ${fullHash}`;
    return report('planned', message, {
      ...{ fullHash, verdict, plan: { ...plan, notes: [...plan.notes, ...followers] } },
    });
  }
  ahead.begin(plan.set);
  const result = await applyPlan(plan, world, () => judgeAgain(plan, request.criteria, judge));
  return report(result.outcome, result.message, { fullHash, verdict, plan, result });
}
