import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import { formatPolicy } from '@tagflow/config';
import { formatExpiry, formatPlan, type PolicyEntry } from '@tagflow/model';
import { describeReport, type PromoteReport, type PromoteRequest } from '@tagflow/promotion';
import type { outputs } from './inputs.ts';

/** Returns a report as the action's result, with its files written. */
export async function writeResults(
  report: PromoteReport,
  {
    request,
    left,
  }: { readonly request: Pick<PromoteRequest, 'release' | 'label'>; readonly left: readonly PolicyEntry[] },
  context: ActionContext,
): Promise<ActionResult<keyof typeof outputs>> {
  const { outcome, message, plan, verdict, result } = report;
  const keep = async (name: string, text: string | null | undefined): Promise<string> => {
    if (text === null || text === undefined) return '';
    await writeFile(join(context.outDir, name), text);
    return join(context.outDir, name);
  };
  const written = {
    release: request.release,
    label: request.label,
    'full-hash': report.fullHash ?? '',
    'previous-hash': report.previousHash ?? '',
    verdict: verdict === null ? '' : JSON.stringify(verdict),
    plan: await keep('plan.json', plan && formatPlan(plan)),
    debts: report.debts.join('\n'),
    'promotion-id': result?.promotionId ?? '',
    'flip-ms': result === null ? '' : `${result.flipMs}`,
    statement: await keep('statement.json', result?.statement),
    policy: await keep(`rollback-${result?.promotionId}.yaml`, left.length === 0 ? null : formatPolicy(left)),
  };
  const told = [message, ...left.map(leftSentence)].join('; ');
  return { outcome, message: told, summary: describeReport(report), outputs: written };
}

function leftSentence(entry: PolicyEntry): string {
  const until = `until ${formatExpiry(entry.expires)} (tagflow policy --lift ${entry.id} --reason …)`;
  return entry.kind === 'freeze' ? `${entry.label} is frozen ${until}` : `what it left is held ${until}`;
}
