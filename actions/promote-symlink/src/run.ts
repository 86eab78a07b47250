import { readFile } from 'node:fs/promises';
import { type ActionContext, type ActionResult, readSetInputs } from '@tagflow/action-kit';
import { loadConfig, loadPolicyOf, optionalSourceOf, withLedger } from '@tagflow/config';
import { parsePlan, TagflowError } from '@tagflow/model';
import {
  applyReviewedPlan,
  followLabel,
  promote,
  type PromoteReport,
  type PromotionResult,
  resume,
} from '@tagflow/promotion';
import { buildRequest, openWorld, withImpliedHash } from '@tagflow/wiring';
import type { Given, outputs } from './inputs.ts';
import { writeResults } from './results.ts';

/** Opens all that the label is about, and does what the mode says. */
export async function run(values: Given, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
  const config = withLedger(await loadConfig(values.config), values.ledger);
  const policy = await loadPolicyOf(config, values['policy-dir']);
  const given = await readSetInputs({ set: values.set });
  const plan = values.plan === undefined ? null : parsePlan(await readFile(values.plan, 'utf8'), values.plan);
  const request = buildRequest(config, {
    mode: values.mode,
    phase: values.phase,
    component: values.component,
    targetLabel: values['target-label'] ?? (values.phase === undefined ? plan?.label : undefined),
    candidateLabel: values['candidate-label'],
    fullHash: values['full-hash'],
    repoUrl: values['repo-url']?.href,
    criteria: values.criteria,
    destinations: values.destinations,
    policy,
    parts: given === null ? [] : [given],
    reason: values.reason,
    actor: context.actor,
    dryRun: context.dryRun,
  });
  const { phase } = request;
  if (request.promote === null || (values.mode === 'follow' && request.places === null)) {
    return { outcome: 'nothing-to-do', outputs: {}, message: `phase ${phase.name} has nothing to ${values.mode}` };
  }
  if (values.mode === 'repair' && plan === null) throw repairWithoutPlan();
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
    // What follows, follows what the label names; a pin takes what its source names.
    const asked = values.mode === 'follow' ? request.promote : await withImpliedHash(request.promote, world);
    const report =
      values.mode === 'resume'
        ? resumed(await resume(asked, world, world.evidence))
        : values.mode === 'follow'
          ? await followLabel(asked, world, world.evidence)
          : plan !== null
            ? await applyReviewedPlan(plan, asked, world, world.evidence)
            : await promote(asked, world, world.evidence);
    const left = (await world.ledger.policy(config.release)).filter(
      ({ where }) => where === `promotion ${report.result?.promotionId}`,
    );
    return await writeResults(report, { request: asked, left }, context);
  } finally {
    await world.close();
  }
}

function resumed(result: PromotionResult): PromoteReport {
  const { outcome, message, debts } = result;
  return { outcome, message, result, debts, fullHash: null, previousHash: null, verdict: null, plan: null };
}

function repairWithoutPlan(): TagflowError {
  return new TagflowError('bad-request', 'mode repair needs the input "plan"', {
    outcome: 'invalid',
    next: 'Make one with tagflow doctor; mode resume mends what needs no review.',
  });
}
