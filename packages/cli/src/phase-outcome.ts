import { exitCode, type Outcome, worseOutcome } from '@tagflow/model';
import type { JobResult } from './phase-values.ts';

export interface PhaseResult {
  readonly outcome: Outcome;
  readonly message: string;
  readonly fullHash: string | null;
  /** Whether the label that the next phase begins with may have moved: that is what it waits for, here as on GitHub. */
  readonly goesOn: boolean;
}

/** What a job says that was not begun because somebody said stop. */
export const cancelledMessage = 'cancelled before everything was begun: the same command goes on';

/** The jobs that write what others see. When all went well, what they did is what the phase did. */
const movers: readonly string[] = ['pin', 'plan', 'promote', 'mirror', 'hand-off'];

/** Returns how a phase ended, from how its jobs did. */
export function phaseOutcome(results: ReadonlyMap<string, JobResult>): PhaseResult {
  const fullHash = results.get('hash')?.outputs['full-hash'] ?? null;
  const [judge, decider] = judgeOf(results);
  const decided = decider?.outcome ?? null;
  let outcome: Outcome | null = null;
  let message = '';
  for (const [id, result] of results) {
    if (result.outcome === null) continue;
    // The promotion has judged the votes already: a failed informing job does not fail the phase.
    if (decided !== null && (id === 'test' || id === 'vote' || id === 'after')) continue;
    // Where the label moved, what went wrong before it is no news: the promotion staged itself what was missing. The mirror
    // comes after it, and has to be made good.
    if (decided === 'done' && id !== judge && id !== 'mirror') continue;
    // What came of the plan is what counts.
    if (id === 'plan' && judge === 'promote') continue;
    if (result.ok && !movers.includes(id)) continue;
    const worst = worseOutcome(outcome, result.outcome);
    if (worst !== outcome || (id === judge && worst === result.outcome)) message = result.message;
    outcome = worst;
  }
  const goesOn = ['done', 'nothing-to-do', 'planned'].includes(decided ?? outcome ?? 'nothing-to-do');
  const quiet = [...results.values()].every(({ ok }) => ok) ? 'nothing-to-do' : 'failed';
  // What was not begun because somebody said stop is not done, however well the rest went.
  const cancelled = [...results.values()].some(
    (result) => result.outcome === null && result.message === cancelledMessage,
  );
  if (cancelled && (outcome === null || exitCode(outcome) === 0))
    return { outcome: 'failed', message: cancelledMessage, fullHash, goesOn: false };
  return { outcome: outcome ?? quiet, message, fullHash, goesOn: goesOn && (outcome !== null || quiet !== 'failed') };
}

/** The job that says what became of the label: the promotion, or the plan where it did not come to one. */
function judgeOf(results: ReadonlyMap<string, JobResult>): readonly [string, JobResult | undefined] {
  const isThere = (id: string): boolean => (results.get(id)?.outcome ?? null) !== null;
  const judge = isThere('promote') ? 'promote' : 'plan';
  return [judge, results.get(judge)];
}
