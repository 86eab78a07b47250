import {
  type Destination,
  type Lease,
  messageOf,
  type Outcome,
  type Plan,
  TagflowError,
  type Verdict,
} from '@tagflow/model';
import type { PromotionResult, PromotionWorld } from './engine.ts';
import { PromotionError } from '../error.ts';
import { foresee, refuseImpossible } from '../plan/foresee.ts';
import { findGone } from '../plan/probe.ts';
import { debtsOf, isHalfDone, isPassing } from './error-kinds.ts';
import { type FlipWork, makeMoves, observeMoves, strangers, undoMoves, watchedMoves } from './flip.ts';
import { moveRank, theRepository } from '../plan/plan.ts';
import { leaveRollbackPolicy } from './rollback-policy.ts';
import { doneSentence } from '../plan/plan-text.ts';
import { formatStatement } from './statement.ts';

/** One promotion being carried out: staged, and then moved under a lease. */
export class Run {
  readonly #plan: Plan;
  readonly #id: string;
  readonly #world: PromotionWorld;
  #lease: Lease | null = null;
  #bytesMoved = 0;
  #flipStarted: number | null = null;
  #flipEnded = 0;

  constructor(plan: Plan, id: string, world: PromotionWorld) {
    this.#plan = plan;
    this.#id = id;
    this.#world = world;
  }

  /** Puts the bytes where they will be served. Returns null when they are there, else how the promotion ended. */
  async stage(): Promise<PromotionResult | null> {
    try {
      await this.#stage();
      return null;
    } catch (error) {
      return this.notMoved(error);
    }
  }

  async toTheEnd(lease: Lease, decideAgain: () => Promise<Verdict>): Promise<PromotionResult> {
    const { shield } = this.#world;
    this.#lease = lease;
    try {
      await this.#verify();
      const refusal = this.#refusal(await decideAgain());
      if (refusal !== null) return refusal;
      const moved = strangers(
        await observeMoves(watchedMoves(this.#plan, this.#world.destinations), this.#world.destinations),
      );
      if (moved.length > 0) return this.#result('failed', `somebody else moved a label: ${moved[0]}`, moved);
      shield.signal.throwIfAborted();
      await this.#leavePolicy();
    } catch (error) {
      return this.notMoved(error);
    }
    return shield.during(() => this.#flipOrUndo());
  }

  /** The end of a promotion that has flipped nothing: staging writes content addresses only. */
  notMoved(error: unknown): PromotionResult {
    const next = error instanceof TagflowError && error.next !== undefined ? `. ${error.next}` : '';
    return this.#result(isPassing(error) ? 'waiting' : 'failed', `nothing was moved: ${messageOf(error)}${next}`);
  }

  /** Ends what was interrupted; `back`: why it must not go forward, should its label not have moved yet. */
  async fromTheCommitPoint(
    lease: Lease,
    decideAgain: () => Promise<Verdict>,
    back: string | null,
  ): Promise<PromotionResult> {
    const { destinations, shield, log } = this.#world;
    this.#lease = lease;
    const positions = await observeMoves(this.#plan.moves, destinations);
    const commit = await this.#commitPosition();
    if (commit !== null && commit !== this.#plan.toHash && commit !== this.#plan.fromHash) {
      // Neither end of this plan is the truth any more. What the label names now is, and containers and images follow.
      return this.#result('failed', `superseded: ${this.#plan.label} names ${commit ?? 'nothing'} by now`);
    }
    if (commit === this.#plan.toHash) {
      log.info(`${this.#plan.label} names ${this.#plan.toHash} already: finishing the rest`);
      await this.#leavePolicy();
      return shield.during(() => this.#flipOrUndo());
    }
    const obstacle = back ?? (await this.#obstacle(positions, decideAgain));
    const still = `${this.#plan.label} still names ${commit ?? 'nothing'}`;
    log.info(obstacle === null ? `${still}, and the plan holds: going forward` : `${still}: going back`);
    return shield.during(() => (obstacle === null ? this.#flipOrUndo() : this.#undo(obstacle, true)));
  }

  /** Why an interrupted promotion cannot go forward; null when it can. */
  async #obstacle(
    positions: Awaited<ReturnType<typeof observeMoves>>,
    decideAgain: () => Promise<Verdict>,
  ): Promise<string | null> {
    const [moved] = strangers(positions);
    if (moved !== undefined) return `somebody else moved a label: ${moved}`;
    if ((await decideAgain()).answer !== 'yes') return 'the verdict is no longer yes';
    try {
      await this.#stage();
      await this.#verify();
      await this.#leavePolicy();
      return null;
    } catch (error) {
      // What may be there a minute later is no reason to go back, and neither is a job that was cancelled.
      this.#world.shield.signal.throwIfAborted();
      if (isPassing(error)) throw error;
      return messageOf(error);
    }
  }

  async #stage(): Promise<void> {
    const { progress, shield } = this.#world;
    const options = { signal: shield.signal, progress };
    const used = this.#used();
    await this.#note('begun', `${this.#plan.mode} by ${this.#plan.actor}`);
    refuseImpossible((await foresee(this.#plan.moves, used)).problems, this.#plan);
    const staging = used.map((destination) => destination.stage(this.#plan.set, options));
    const reports = await Promise.all(staging).catch(async (error: unknown) => {
      await Promise.allSettled(staging);
      throw await this.#withAllGone(error);
    });
    this.#bytesMoved = reports.reduce((sum, report) => sum + report.bytesMoved, 0);
    await this.#note('staged', `${this.#bytesMoved} bytes moved`);
  }

  async #verify(): Promise<void> {
    const { log } = this.#world;
    const used = this.#used();
    const problems = await findGone(this.#plan.set, used, this.#world);
    if (problems.length > 0) {
      for (const problem of problems) log.warning(problem);
      throw new PromotionError('not-whole', `the set of ${this.#plan.toHash} is not whole: ${problems.join('; ')}`);
    }
    await this.#note('verified', `${used.length} destinations`);
  }

  /** An old set may have lost more than what was missed first, and a person has to find all of it again. */
  async #withAllGone(error: unknown): Promise<unknown> {
    if (this.#plan.mode !== 'rollback' || isPassing(error) || this.#world.shield.signal.aborted) return error;
    const gone = await findGone(this.#plan.set, this.#used(), this.#world).catch(() => []);
    if (gone.length === 0) return error;
    const message = `${messageOf(error)}. The set of ${this.#plan.toHash} lacks: ${gone.join('; ')}`;
    return new PromotionError('not-whole', message, { cause: error });
  }

  /** Before the label goes back, so that no automation undoes that, however this process ends. */
  async #leavePolicy(): Promise<void> {
    if (this.#plan.mode === 'rollback') await leaveRollbackPolicy(this.#plan, this.#id, this.#world);
  }

  #used(): readonly Destination[] {
    const { destinations } = this.#world;
    return destinations.filter((one) => this.#plan.moves.some((move) => move.destination === one.name));
  }

  #refusal(verdict: Verdict): PromotionResult | null {
    if (verdict.answer === 'yes' && verdict.criteriaDigest === this.#plan.verdict.criteriaDigest) return null;
    if (verdict.answer === 'yes')
      return this.#result('failed', 'the criteria changed since the plan was made: plan again');
    const open = verdict.reasons.find((reason) => !reason.met);
    const outcome = verdict.answer === 'no' ? 'blocked' : 'waiting';
    return this.#result(outcome, `the verdict changed since the plan was made: ${open?.text ?? verdict.answer}`);
  }

  async #flipOrUndo(): Promise<PromotionResult> {
    try {
      await makeMoves(this.#plan.moves, this.#work());
    } catch (error) {
      const commit = await this.#commitPosition().catch(() => undefined);
      if (commit === this.#plan.toHash) return this.#finishForward(error);
      if (commit === this.#plan.fromHash || commit === null) return this.#undoAfter(error);
      const facts =
        commit === undefined
          ? `${this.#plan.label} could not be read back after: ${messageOf(error)}`
          : `${this.#plan.label} names ${commit}, which somebody else gave it: ${messageOf(error)}`;
      return this.#result('half-done', facts, [facts, ...debtsOf(error)]);
    }
    return this.#confirm();
  }

  /**
   * Takes everything back. Where a destination could not say that its part is over or as before, neither can this: the
   * promotion stays open, for a resume to look again.
   */
  async #undoAfter(error: unknown): Promise<PromotionResult> {
    const result = await this.#undo(messageOf(error));
    const debts = [...result.debts, ...debtsOf(error)];
    if (!isHalfDone(error) || result.outcome === 'half-done') return { ...result, debts };
    return { ...result, outcome: 'half-done', debts, message: messageOf(error) };
  }

  /** The commit point is passed: what failed after it is tried once more, since going back is no choice any more. */
  async #finishForward(cause: unknown): Promise<PromotionResult> {
    this.#world.log.warning(`after the commit point: ${messageOf(cause)}; finishing forward`);
    try {
      await makeMoves(this.#plan.moves, this.#work());
      return await this.#confirm();
    } catch (error) {
      const debts = [messageOf(error), ...debtsOf(error)];
      return this.#result('half-done', `the label moved, the rest did not: ${messageOf(error)}`, debts);
    }
  }

  async #confirm(): Promise<PromotionResult> {
    const { destinations, clock } = this.#world;
    try {
      const wrong = [...(await observeMoves(watchedMoves(this.#plan, this.#world.destinations), destinations))].filter(
        ([move, value]) => value !== move.to,
      );
      if (wrong.length > 0) {
        const debts = wrong.map(([move, value]) => `${move.destination}: ${move.pointer} reads ${value ?? 'nothing'}`);
        return this.#result('half-done', `not read back as written: ${debts[0]}`, debts);
      }
    } catch (error) {
      return this.#result('half-done', `could not be read back: ${messageOf(error)}`, [messageOf(error)]);
    }
    await this.#note('committed', this.#plan.toHash);
    return {
      ...this.#result('done', doneSentence(this.#plan)),
      statement: formatStatement(this.#plan, this.#id, clock.now()),
    };
  }

  /** `again`: somebody was told already what had to stay, and the next promotion must not wait for it. */
  async #undo(why: string, again = false): Promise<PromotionResult> {
    this.#world.log.warning(`going back to ${this.#plan.fromHash ?? 'no label'}: ${why}`);
    try {
      const stuck = await undoMoves(this.#plan.moves, this.#work());
      const positions = await observeMoves(this.#plan.moves, this.#world.destinations);
      const wrong = [...positions]
        .filter(([move, value]) => value !== move.from && move.from !== null)
        .map(([move, value]) => `${move.destination}: ${move.pointer} reads ${value ?? 'nothing'}`);
      if (wrong.length === 0 && (again || stuck.length === 0)) {
        return this.#result('failed', `every label is where it was, read back: ${why}`, stuck);
      }
      return this.#result('half-done', `not everything could be taken back: ${why}`, [...wrong, ...stuck]);
    } catch (error) {
      return this.#result('half-done', `going back failed: ${messageOf(error)} (after: ${why})`, [messageOf(error)]);
    }
  }

  /** Writes down what has happened. The write itself holds whether or not the ledger took the note. */
  async #note(step: 'begun' | 'staged' | 'verified' | 'moved' | 'committed', detail: string): Promise<void> {
    try {
      await this.#world.ledger.record(this.#id, step, detail);
    } catch (error) {
      this.#world.log.warning(`not in the ledger: ${step} ${detail}: ${messageOf(error)}`);
    }
  }

  async #commitPosition(): Promise<string | null> {
    const repository = theRepository(this.#world.destinations);
    return (await repository.observe([this.#plan.label])).get(this.#plan.label) ?? null;
  }

  #work(): FlipWork {
    const { destinations, ledger, clock, progress } = this.#world;
    const total = this.#plan.moves.length;
    let done = 0;
    return {
      label: this.#plan.label,
      destinations,
      journal: (step, detail) => (step === 'moved' ? this.#note(step, detail) : ledger.record(this.#id, step, detail)),
      options: {
        // The shield holds the user's abort back; a flip is bounded by its requests' own time-outs.
        signal: this.#world.shield.signal,
        before: async (move) => {
          await this.#lease?.check();
          if (moveRank(move, this.#plan.label) > 0) this.#flipStarted ??= clock.now();
        },
        after: () => {
          done += 1;
          this.#flipEnded = clock.now();
          progress({ what: `flip ${this.#plan.label}`, done, total, unit: 'writes' });
        },
      },
    };
  }

  #result(outcome: Outcome, message: string, debts: readonly string[] = []): PromotionResult {
    return {
      outcome,
      promotionId: this.#id,
      message,
      debts,
      statement: null,
      bytesMoved: this.#bytesMoved,
      flipMs: this.#flipStarted === null ? 0 : Math.max(0, this.#flipEnded - this.#flipStarted),
    };
  }
}
