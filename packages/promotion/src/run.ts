import { type Lease, messageOf, type Move, type Outcome, type Plan, TagflowError, type Verdict } from '@tagflow/model';
import type { PromotionResult, PromotionWorld } from './engine.ts';
import { PromotionError } from './error.ts';
import { foresee, refuseImpossible } from './foresee.ts';
import { type FlipWork, makeMoves, observeMoves, strangers, undoMoves } from './flip.ts';
import { moveRank, theRepository } from './plan.ts';
import { formatStatement } from './statement.ts';

/** One promotion being carried out, under a lease. */
export class Run {
  readonly #plan: Plan;
  readonly #id: string;
  readonly #world: PromotionWorld;
  readonly #lease: Lease;
  #bytesMoved = 0;
  #flipStarted: number | null = null;
  #flipEnded = 0;

  constructor(plan: Plan, id: string, world: PromotionWorld, lease: Lease) {
    this.#plan = plan;
    this.#id = id;
    this.#world = world;
    this.#lease = lease;
  }

  async toTheEnd(decideAgain: () => Promise<Verdict>): Promise<PromotionResult> {
    const { shield } = this.#world;
    try {
      await this.#stageAndVerify();
      const refusal = this.#refusal(await decideAgain());
      if (refusal !== null) return refusal;
      const moved = strangers(await observeMoves(this.#watched(), this.#world.destinations));
      if (moved.length > 0) return this.#result('failed', `somebody else moved a label: ${moved[0]}`, moved);
      shield.signal.throwIfAborted();
    } catch (error) {
      // Nothing has been flipped yet: staging writes content addresses only.
      const next = error instanceof TagflowError && error.next !== undefined ? `. ${error.next}` : '';
      return this.#result(isPassing(error) ? 'waiting' : 'failed', `nothing was moved: ${messageOf(error)}${next}`);
    }
    return shield.during(() => this.#flipOrUndo());
  }

  async fromTheCommitPoint(decideAgain: () => Promise<Verdict>): Promise<PromotionResult> {
    const { destinations, shield, log } = this.#world;
    const positions = await observeMoves(this.#plan.moves, destinations);
    const commit = await this.#commitPosition();
    if (commit !== null && commit !== this.#plan.toHash && commit !== this.#plan.fromHash) {
      // Neither end of this plan is the truth any more. What the label names now is, and containers and images follow.
      return this.#result('failed', `superseded: ${this.#plan.label} names ${commit ?? 'nothing'} by now`);
    }
    if (commit === this.#plan.toHash) {
      log.info(`${this.#plan.label} names ${this.#plan.toHash} already: finishing the rest`);
      return shield.during(() => this.#flipOrUndo());
    }
    const obstacle = await this.#obstacle(positions, decideAgain);
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
      await this.#stageAndVerify();
      return null;
    } catch (error) {
      // What may be there a minute later is no reason to go back, and neither is a job that was cancelled.
      this.#world.shield.signal.throwIfAborted();
      if (isPassing(error)) throw error;
      return messageOf(error);
    }
  }

  async #stageAndVerify(): Promise<void> {
    const { destinations, progress, shield, ledger, log } = this.#world;
    const options = { signal: shield.signal, progress };
    const used = destinations.filter((one) => this.#plan.moves.some((move) => move.destination === one.name));
    refuseImpossible((await foresee(this.#plan.moves, used)).problems, this.#plan);
    const reports = await Promise.all(used.map((destination) => destination.stage(this.#plan.set, options)));
    this.#bytesMoved = reports.reduce((sum, report) => sum + report.bytesMoved, 0);
    await ledger.record(this.#id, 'staged', `${this.#bytesMoved} bytes moved`);
    const problems = (
      await Promise.all(
        used.map(async (destination) =>
          (await destination.verify(this.#plan.set, options)).map((problem) => `${destination.name}: ${problem}`),
        ),
      )
    ).flat();
    if (problems.length > 0) {
      for (const problem of problems) log.warning(problem);
      throw new PromotionError('not-whole', `the set of ${this.#plan.toHash} is not whole: ${problems.join('; ')}`);
    }
    await ledger.record(this.#id, 'verified', `${used.length} destinations`);
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
      const wrong = [...(await observeMoves(this.#watched(), destinations))].filter(
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
    const was = this.#plan.fromHash === null ? 'a new label' : `was ${this.#plan.fromHash}`;
    return {
      ...this.#result('done', `${this.#plan.label} → ${this.#plan.toHash} (${was})`),
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

  /** Everything that the label will name, also what was right when the plan was made: that may have moved since. */
  #watched(): readonly Move[] {
    const { label, set, moves } = this.#plan;
    const settled = this.#world.destinations.flatMap(({ name: destination, kind, desired }) =>
      desired(label, set)
        .filter(({ name }) => !moves.some((move) => move.destination === destination && move.pointer === name))
        .map(({ name, value }): Move => ({ destination, kind, label, pointer: name, from: value, to: value })),
    );
    return [...moves, ...settled];
  }

  /** Writes down what has happened. The write itself holds whether or not the ledger took the note. */
  async #note(step: 'moved' | 'committed', detail: string): Promise<void> {
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
          await this.#lease.check();
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

/** What has to be done about an error, where it says so; several may have been joined to one. */
function debtsOf(error: unknown): readonly string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(debtsOf);
  return error instanceof TagflowError && error.next !== undefined ? [error.next] : [];
}

function isHalfDone(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isHalfDone);
  return error instanceof TagflowError && error.outcome === 'half-done';
}

function isPassing(error: unknown): boolean {
  return error instanceof TagflowError && error.outcome === 'waiting';
}
