import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActionContext, type ActionResult, defineAction, readSetInputs } from '@tagflow/action-kit';
import { loadConfig, optionalSourceOf, resolvePhase } from '@tagflow/config';
import { formatPlan, parsePlan } from '@tagflow/model';
import {
  applyReviewedPlan,
  describeReport,
  promote,
  type PromoteReport,
  type PromotionResult,
  resume,
} from '@tagflow/promotion';
import { buildRequest, openWorld, withImpliedHash } from '@tagflow/wiring';
import { inputs } from './inputs.ts';

const outputs = {
  'full-hash': 'The hash that was judged, pinned or promoted.',
  'previous-hash': 'The hash that the label named before.',
  verdict: 'The verdict with all its reasons, as JSON.',
  plan: 'The file that holds the plan.',
  debts: 'What somebody still has to do, one sentence a line; empty when nothing.',
  'promotion-id': 'The promotion in the ledger.',
  statement: 'The file that holds the in-toto statement of the promotion.',
} as const;

export const action = defineAction({
  name: 'promote-symlink',
  description: 'Moves one label in one transaction, for packages, containers and disk images alike.',
  inputs,
  outputs,
  async run(values, context) {
    const config = await loadConfig(values.config);
    const phase = resolvePhase(config, values.phase);
    const given = await readSetInputs({ set: values.set });
    const request = buildRequest(config, phase, {
      mode: values.mode,
      component: values.component,
      targetLabel: values['target-label'],
      candidateLabel: values['candidate-label'],
      fullHash: values['full-hash'],
      repoUrl: values['repo-url']?.href,
      criteria: values.criteria,
      parts: given === null ? [] : [given],
      reason: values.reason,
      actor: context.actor,
      dryRun: context.dryRun,
    });
    if (request === null) {
      return { outcome: 'nothing-to-do', outputs: {}, message: `phase ${phase.name} has nothing to ${values.mode}` };
    }
    const world = await openWorld({
      config,
      promote: request.places,
      optionalSource: request.places === null ? null : optionalSourceOf(config, phase),
      component: request.promote.component,
      secrets: {
        username: values.username,
        password: values.password?.reveal(),
        authMethod: values['auth-method'],
        keytab: values.keytab,
        serverPrincipal: values['server-principal'],
        registryAuth: values['registry-auth']?.reveal(),
        sshKey: values['ssh-key']?.reveal(),
        knownHosts: values['known-hosts'] && (await readFile(values['known-hosts'], 'utf8')),
      },
      effects: context,
      owner: context.actor,
      env: context.env,
      writes: !context.dryRun,
    });
    try {
      if (values.mode === 'resume') {
        return await write(resumed(await resume(request.promote, world, world.evidence)), context);
      }
      if (values.plan !== undefined) {
        const plan = parsePlan(await readFile(values.plan, 'utf8'), values.plan);
        return await write(await applyReviewedPlan(plan, request.promote, world, world.evidence), context);
      }
      return await write(await promote(await withImpliedHash(request.promote, world), world, world.evidence), context);
    } finally {
      await world.close();
    }
  },
});

function resumed(result: PromotionResult): PromoteReport {
  const { outcome, message, debts } = result;
  return { outcome, message, result, debts, fullHash: null, previousHash: null, verdict: null, plan: null };
}

async function write(report: PromoteReport, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
  const { outcome, message, plan, verdict, result } = report;
  const keep = async (name: string, text: string | null | undefined): Promise<string> => {
    if (text === null || text === undefined) return '';
    await writeFile(join(context.outDir, name), text);
    return join(context.outDir, name);
  };
  const written = {
    'full-hash': report.fullHash ?? '',
    'previous-hash': report.previousHash ?? '',
    verdict: verdict === null ? '' : JSON.stringify(verdict),
    plan: await keep('plan.json', plan && formatPlan(plan)),
    debts: report.debts.join('\n'),
    'promotion-id': result?.promotionId ?? '',
    statement: await keep('statement.json', result?.statement),
  };
  return { outcome, message, summary: describeReport(report), outputs: written };
}
