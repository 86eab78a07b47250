import { messageOf } from '@tagflow/model';
import type { PromotionWorld } from './engine.ts';
import type { PromoteReport, PromoteRequest } from '../promote.ts';
import type { Judge } from '../verdict/judge.ts';

/**
 * Carries out `work` and writes down what is owed afterwards. The ledger is memory: where it cannot be written, what was
 * done is done.
 */
export async function remembering(
  request: PromoteRequest,
  world: PromotionWorld,
  work: () => Promise<PromoteReport>,
): Promise<PromoteReport> {
  const report = await work();
  if (request.dryRun) return report;
  await noteDebts(request, report.debts, world);
  return report;
}

/** Writes down what is owed for a label now, in place of what was owed before. */
export async function noteDebts(
  { release, label }: Pick<PromoteRequest, 'release' | 'label'>,
  sentences: readonly string[],
  world: PromotionWorld,
): Promise<void> {
  await unlessFails(world, (ledger) => ledger.noteDebts({ release, label, at: world.clock.now(), sentences }));
}

/** Writes down what was decided about each hash that was looked at. */
export async function noteVerdicts(
  { release, label }: Pick<PromoteRequest, 'release' | 'label'>,
  { verdicts }: Judge,
  world: PromotionWorld,
): Promise<void> {
  await unlessFails(world, async (ledger) => {
    for (const verdict of verdicts.values()) {
      await ledger.noteVerdict({ release, label, at: world.clock.now(), verdict });
    }
  });
}

async function unlessFails(
  { ledger, log }: PromotionWorld,
  note: (ledger: PromotionWorld['ledger']) => Promise<void>,
): Promise<void> {
  try {
    await note(ledger);
  } catch (error) {
    log.warning(`not in the ledger: ${messageOf(error)}`);
  }
}
