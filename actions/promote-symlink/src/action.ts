import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActionContext, type ActionResult, defineAction } from '@tagflow/action-kit';
import { loadConfig, resolvePhase } from '@tagflow/config';
import { formatPlan, parsePlan, parseSet } from '@tagflow/model';
import {
  applyReviewedPlan,
  describeReport,
  promote,
  type PromoteReport,
  type PromotionResult,
  resume,
} from '@tagflow/promotion';
import { buildRequest, openWorld, withImpliedHash } from '@tagflow/wiring';

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
  inputs: {
    config: {
      type: 'file',
      required: true,
      description: 'The tagflow.yaml of the release: it names the destinations.',
    },
    phase: {
      type: 'string',
      required: true,
      description: 'The phase of tagflow.yaml, such as upstream or rdo-phase-1.',
    },
    mode: {
      type: 'enum',
      options: ['promote', 'pin', 'rollback', 'resume'],
      default: 'promote',
      description:
        'promote: decide by the votes, then move every kind. pin: move only the repository label, without votes. ' +
        'rollback: go back, by default to previous-<label>. resume: end what was interrupted, and make all kinds agree.',
    },
    'full-hash': {
      type: 'string',
      description: 'Judge this hash alone. Without it: the newest candidate that may be promoted.',
    },
    'repo-url': {
      type: 'url',
      description: 'The directory of the hash, as get-repo-hash gave it. It has to fit full-hash.',
    },
    'target-label': { type: 'string', description: 'The label that moves. Default: what the phase says.' },
    'candidate-label': {
      type: 'string',
      description: 'The label whose hashes are candidates. Default: what the phase says.',
    },
    component: { type: 'string', description: 'The component whose own labels move. Default: what the phase says.' },
    set: {
      type: 'list',
      description: 'Files that hold the set or parts of it (set.json). Default: what was published.',
    },
    plan: { type: 'file', description: 'Apply this plan, made earlier with dry-run, exactly as it is.' },
    criteria: { type: 'list', description: 'Jobs that all have to succeed, or none. Default: what the phase says.' },
    reason: { type: 'string', description: 'Why, for the record. Required for a rollback.' },
    username: { type: 'string', description: 'Who promotes at DLRN. Default: what tagflow.yaml says.' },
    password: { type: 'secret', description: 'The password at DLRN.' },
    'registry-auth': {
      type: 'secret',
      description: 'A docker config JSON with the credentials of the registries. Default: the docker config file.',
    },
    'ssh-key': { type: 'secret', description: 'The private key for sftp:// image stores.' },
    'known-hosts': { type: 'file', description: 'The known_hosts file for sftp:// image stores.' },
  },
  outputs,
  async run(values, context) {
    const config = await loadConfig(values.config);
    const phase = resolvePhase(config, values.phase);
    const request = buildRequest(config, phase, {
      mode: values.mode,
      targetLabel: values['target-label'],
      candidateLabel: values['candidate-label'],
      fullHash: values['full-hash'],
      repoUrl: values['repo-url']?.href,
      criteria: values.criteria,
      parts: await Promise.all(values.set.map(async (file) => parseSet(await readFile(file, 'utf8'), file))),
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
      component: values.component ?? phase.component,
      secrets: {
        username: values.username,
        password: values.password?.reveal(),
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
        const { release, label, criteria } = request.promote;
        return await write(resumed(await resume(release, label, criteria, world, world.evidence)), context);
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
  const { outcome, message } = result;
  return { outcome, message, result, fullHash: null, previousHash: null, verdict: null, plan: null };
}

async function write(report: PromoteReport, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
  const keep = async (name: string, text: string | null | undefined): Promise<string> => {
    if (text === null || text === undefined) return '';
    await writeFile(join(context.outDir, name), text);
    return join(context.outDir, name);
  };
  return {
    outcome: report.outcome,
    message: report.message,
    summary: describeReport(report),
    outputs: {
      'full-hash': report.fullHash ?? '',
      'previous-hash': report.previousHash ?? '',
      verdict: report.verdict === null ? '' : JSON.stringify(report.verdict),
      plan: await keep('plan.json', report.plan && formatPlan(report.plan)),
      debts: report.result?.debts.join('\n') ?? '',
      'promotion-id': report.result?.promotionId ?? '',
      statement: await keep('statement.json', report.result?.statement),
    },
  };
}
