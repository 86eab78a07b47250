import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ActionContext, defineAction, type InputValues, KitError, nearest } from '@tagflow/action-kit';
import { type Config, loadConfig, loadPolicyOf, type Phase, type PromoteConfig } from '@tagflow/config';
import { formatPlan, type Label, worseOutcome } from '@tagflow/model';
import {
  type DoctorReport,
  type DoctorRequest,
  examine,
  formatReportMarkdown,
  formatReportText,
} from '@tagflow/promotion';
import { openWorld } from '@tagflow/wiring';
import { type ReaderHost, setInputs } from './set-inputs.ts';

const inputs = {
  ...setInputs,
  label: { type: 'list', description: 'The labels that are looked at. Default: every label that a phase moves.' },
  config: { type: 'path', required: true, description: 'The tagflow.yaml of the release.' },
  component: { type: 'string', description: 'Look at the labels of this component only. Default: at all.' },
  'plan-to': {
    type: 'path',
    description: 'The folder that repair plans are written to, for `tagflow apply`. Default: where outputs go.',
  },
} as const;

/** Returns the action behind `tagflow doctor`. */
export function createDoctorAction(host: ReaderHost) {
  return defineAction({
    name: 'doctor',
    description:
      'Compares where labels point in DLRN, registries and image stores with what is published and with the ledger, ' +
      'and plans the repair of what differs. Changes nothing.',
    inputs,
    outputs: {
      findings: 'Everything that is not as it should be, as a JSON list; empty when all agrees.',
      plans: 'The files that hold repair plans, one a line.',
    },
    async run(values, context) {
      const config = await loadConfig(resolve(host.cwd, values.config));
      const policy = await loadPolicyOf(config, undefined);
      const reports: DoctorReport[] = [];
      const plans: string[] = [];
      for (const target of targetsOf(config, values)) {
        const report = await look(target, { config, values, context, host, policyDigest: policy.digest });
        reports.push(report);
        host.write(`${formatReportText(report)}\n`);
        const plan = await keepPlan(report, values['plan-to'], context, host);
        if (plan === null) continue;
        plans.push(plan);
        host.write(`  tagflow apply ${plan} --config ${values.config}\n\n`);
      }
      const findings = reports.flatMap((report) =>
        report.findings.map((finding) => ({ component: report.component, ...finding })),
      );
      const count = `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
      const found = findings.length === 0 ? 'everything agrees' : count;
      return {
        outcome: reports.map(({ outcome }) => outcome).reduce((a, b) => worseOutcome(a, b) ?? a, 'nothing-to-do'),
        message: `${found} in ${reports.map(({ label }) => label).join(', ')}`,
        summary: reports.map(formatReportMarkdown).join('\n\n'),
        outputs: { findings: JSON.stringify(findings), plans: plans.join('\n') },
      };
    },
  });
}

/** A label that a phase moves, and what moves with it. */
interface Target {
  readonly label: Label;
  readonly candidateLabel: Label;
  readonly component: string | null;
  /** Null for a pin. */
  readonly promote: PromoteConfig | null;
}

function targetsOf(config: Config, { label, component }: InputValues<typeof inputs>): readonly Target[] {
  const all = new Map<string, Target>();
  for (const target of Object.values(config.phases).flatMap(targetsIn)) {
    if (component !== undefined && component !== target.component) continue;
    const key = `${target.label} ${target.component ?? ''}`;
    if (!all.has(key)) all.set(key, target);
  }
  const targets = [...all.values()];
  const known = [...new Set(targets.map((target) => target.label))];
  const unknown = label.find((name) => !known.some((one) => one === name));
  if (unknown === undefined && known.length > 0) {
    return label.length === 0 ? targets : targets.filter((target) => label.includes(target.label));
  }
  const near = unknown === undefined ? null : nearest(unknown, known);
  const asked = unknown === undefined ? `input "component": ${component}` : `input "label": ${unknown}`;
  const meant = near === null ? '' : `; did you mean ${near}?`;
  const problem = `${asked} is of no phase of ${config.file}; its labels: ${known.join(', ') || 'none'}${meant}`;
  throw new KitError('invalid-inputs', [problem], { outcome: 'invalid' });
}

function targetsIn({ pin, promote, component }: Phase): readonly Target[] {
  return [
    ...(pin === null ? [] : [{ label: pin.to, candidateLabel: pin.from, component, promote: null }]),
    ...(promote === null ? [] : [{ label: promote.to, candidateLabel: promote.from, component, promote }]),
  ];
}

interface Look {
  readonly config: Config;
  readonly values: InputValues<typeof inputs>;
  readonly context: ActionContext;
  readonly host: ReaderHost;
  readonly policyDigest: string;
}

async function look(target: Target, { config, values, context, host, policyDigest }: Look): Promise<DoctorReport> {
  const { label, candidateLabel, component, promote } = target;
  const knownHosts = values['known-hosts'];
  const world = await openWorld({
    ...{ config, promote, component, effects: context, owner: context.actor, env: context.env, writes: false },
    secrets: {
      username: values.username,
      password: values.password?.reveal(),
      registryAuth: values['registry-auth']?.reveal(),
      sshKey: values['ssh-key']?.reveal(),
      knownHosts: knownHosts === undefined ? undefined : await readFile(resolve(host.cwd, knownHosts), 'utf8'),
    },
  });
  try {
    const request: DoctorRequest = {
      ...{ release: config.release, component, label, candidateLabel, policyDigest },
      ...{ configDigest: config.digest, actor: context.actor },
      ...(promote === null ? {} : { sourcesOf: (name) => sourcesOf(name, promote) }),
    };
    return await examine(request, world, world.evidence);
  } finally {
    await world.close();
  }
}

/** Containers come from the phase's source, images from its other stores. */
function sourcesOf(destination: string, { containers, images }: PromoteConfig): readonly string[] {
  const registry = containers === null ? [] : [`registry ${containers.source}`];
  const stores = images?.destinations.map((name) => `images ${name}`) ?? [];
  const isStore = stores.includes(destination);
  return (isStore ? stores : registry).filter((name) => name !== destination);
}

/** Writes a repair plan down and returns its file, or null where there is none. */
async function keepPlan(
  { label, component, plan }: DoctorReport,
  planTo: string | undefined,
  { outDir, dryRun }: ActionContext,
  { cwd }: ReaderHost,
): Promise<string | null> {
  if (plan === null) return null;
  const folder = planTo === undefined || dryRun ? outDir : resolve(cwd, planTo);
  const path = join(folder, `repair-${label}${component === null ? '' : `-${component}`}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, formatPlan(plan));
  return path;
}
