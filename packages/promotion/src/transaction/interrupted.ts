import type { Label, PromotionRecord } from '@tagflow/model';
import { nothing, type PromotionResult, type PromotionWorld } from './engine.ts';
import type { Evidence } from '../promote.ts';
import { resumeRequired, type ResumeRequest } from './resume.ts';

/** Which promotions a request has to do with: those of one label, and in the component line of one component. */
export interface Line {
  readonly release: string;
  readonly component: string | null;
  readonly label: Label;
}

/** Returns the promotions that somebody has to end, oldest first. Another component's are none of ours. */
export async function unfinishedOf(line: Line, world: PromotionWorld): Promise<readonly PromotionRecord[]> {
  const records = await world.ledger.unfinished(line.release, line.label);
  return records.filter(({ plan }) => plan.component === line.component);
}

/**
 * Ends what was interrupted, so that the next promotion does not build on half a flip, and a job that was killed does
 * not stop it for ever. Returns null when nothing is in the way any more; a dry run only says what is.
 */
export async function endInterrupted(
  request: ResumeRequest,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<PromotionResult | null> {
  const [first] = await unfinishedOf(request, world);
  if (first === undefined) return null;
  if (request.dryRun) {
    const message = `promotion ${first.id} of ${request.label} was interrupted: resume it first`;
    return { ...nothing, outcome: 'half-done', message, promotionId: first.id };
  }
  world.log.warning(`an earlier promotion of ${request.label} was interrupted: ending it first`);
  const ended = await resumeRequired(request, world, evidence);
  if (ended.outcome === 'half-done') return ended;
  // What the ledger believes to be open is ended once more by the next run: it must not undo what this one goes on with.
  const [open] = await unfinishedOf(request, world);
  if (open === undefined) return null;
  const message = `promotion ${open.id} of ${request.label} has ended, and the ledger could not be told: ${ended.message}`;
  return { ...ended, outcome: 'waiting', message };
}
