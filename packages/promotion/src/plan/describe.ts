import type { Move, Plan, Verdict } from '@tagflow/model';
import { logLink, plainText } from './markdown.ts';
import type { PromoteReport } from '../promote.ts';

/** Returns a plan for people, in Markdown: what moves where, what cannot be undone. */
function describePlan(plan: Plan): string {
  const groups = Map.groupBy(plan.moves, (move) => `${move.destination}|${move.label}`);
  const rows = [...groups.values()].map(
    (moves) => `| ${moves[0]?.destination} | ${moves[0]?.label} | ${moves.length} | ${change(moves)} |`,
  );
  return [
    `**${plan.mode} ${plan.label}** of ${plan.release}: ${plan.fromHash ?? 'nothing'} → ${plan.toHash}`,
    '',
    '| destination | label | writes | change |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...(plan.notes.length === 0 ? [] : ['', ...plan.notes.map((note) => `- ${plainText(note)}`)]),
  ].join('\n');
}

/** Returns the reasons of a verdict as a Markdown list, the open ones first. */
function describeVerdict(verdict: Verdict): string {
  const lines = [...verdict.reasons]
    .sort((a, b) => Number(a.met) - Number(b.met))
    .map((reason) => `- ${reason.met ? '✔' : '✘'} ${plainText(reason.text)}${logLink(reason.url)}`);
  return [`Verdict on ${verdict.fullHash}: **${verdict.answer}**`, '', ...lines].join('\n');
}

/** Returns a whole report for a job summary, in Markdown. */
export function describeReport(report: PromoteReport): string {
  const parts = [`### ${report.outcome}: ${plainText(report.message)}`];
  if (report.plan !== null) parts.push(describePlan(report.plan));
  if (report.verdict !== null) parts.push(describeVerdict(report.verdict));
  const { debts, result } = report;
  if (result !== null && result.flipMs > 0) parts.push(`The flip took ${result.flipMs} ms.`);
  if (debts.length > 0) parts.push(['Still to do:', '', ...debts.map((debt) => `- ${plainText(debt)}`)].join('\n'));
  return parts.join('\n\n');
}

function change(moves: readonly Move[]): string {
  const [first] = moves;
  if (first === undefined) return '';
  const short = (value: string | null): string => (value === null ? 'none' : value.replace('sha256:', '').slice(0, 12));
  return moves.length === 1
    ? `${short(first.from)} → ${short(first.to)}`
    : `${moves.filter((move) => move.from === null).length} new, ${moves.filter((move) => move.from !== null).length} moved`;
}
