import type { Label, Outcome } from '@tagflow/model';
import { type Ahead, createAhead } from './ahead.ts';
import { counted, type Debt, formatDebt } from './debt.ts';
import type { PromotionWorld } from '../transaction/engine.ts';
import { type LabelsNow, readLabels, type Settlement, settleFollowers } from './followers.ts';

/** What runs tell in the end. */
interface Told {
  readonly outcome: Outcome;
  readonly message: string;
  readonly debts: readonly string[];
}

/**
 * Carries out `work` on the required destinations between two looks at the followers: what they owe is paid first, to
 * what the label names at that time, and when the label has moved they follow. Their failures change nothing but this:
 * a run that has nothing else to do and that a follower still owes to ends as `waiting`.
 */
export async function withFollowers<Report extends Told>(
  { label, dryRun }: { readonly label: Label; readonly dryRun: boolean },
  world: PromotionWorld,
  work: (ahead: Ahead) => Promise<Report>,
): Promise<Report> {
  const { followers, shield } = world;
  if (followers.length === 0) return work(createAhead([], world));
  const paid = await settleFollowers(label, world, { dryRun });
  shield.signal.throwIfAborted();
  // Who did not answer a minute ago is asked again when the label has moved, and not before.
  const unread = new Set(paid.debts.filter((debt) => !isPayable(debt)).map(({ destination }) => destination));
  const ahead = createAhead(
    followers.filter(({ name }) => !unread.has(name)),
    world,
  );
  let report: Report | null = null;
  try {
    report = await work(ahead);
  } finally {
    await ahead.end(report?.outcome === 'done');
  }
  if (dryRun || !(await hasMoved(label, world, paid.named))) return tell(report, paid, [], dryRun);
  const followed = await settleFollowers(label, world, { dryRun, ahead });
  return tell(report, { ...followed, paid: paid.paid }, followed.paid, dryRun);
}

/** Whether a label names something else than before, as far as the repository can be read. */
async function hasMoved(label: Label, world: PromotionWorld, before: LabelsNow | null): Promise<boolean> {
  if (before === null) return true;
  const now = await readLabels(label, world).catch(() => null);
  return now === null || now.some(({ hash }, index) => hash !== before[index]?.hash);
}

function tell<Report extends Told>(
  report: Report,
  { paid, debts }: Settlement,
  followed: readonly string[],
  dryRun: boolean,
): Report {
  const sentences = debts.map((debt) => `${formatDebt(debt)}. Run promote-symlink again: every run pays first.`);
  const isQuiet = report.outcome === 'nothing-to-do';
  const said = {
    ...report,
    debts: [...report.debts, ...sentences],
    message: [
      report.message,
      ...paid.map((payment) => `paid: ${payment}`),
      ...followed.map((payment) => `followed by ${payment}`),
      ...(dryRun || isQuiet ? debts.map((debt) => foretold(debt, dryRun)) : owers(debts)),
    ].join('; '),
  };
  if (!isQuiet) return said;
  if (debts.length > 0) return { ...said, outcome: dryRun && debts.every(isPayable) ? 'planned' : 'waiting' };
  return paid.length + followed.length === 0 ? said : { ...said, outcome: 'done' };
}

function foretold(debt: Debt, dryRun: boolean): string {
  const { destination, label, moves } = debt;
  if (!dryRun || moves === null) return formatDebt(debt);
  return `would pay: ${destination}, ${counted(moves.length, moves[0])} of ${label}`;
}

function owers(debts: readonly Debt[]): readonly string[] {
  const names = [...new Set(debts.map(({ destination }) => destination))];
  return names.length === 0 ? [] : [`owing: ${names.join(', ')}`];
}

function isPayable({ moves }: Debt): boolean {
  return moves !== null;
}
