import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import { formatSet, type Plan } from '@tagflow/model';
import {
  describePush,
  formatPush,
  missingContainers,
  OciError,
  outcomeOf,
  pullsLeft,
  pushContainers,
  type PushReport,
  summarizePush,
} from '@tagflow/oci';
import type { outputs } from './inputs.ts';
import { openJob } from './places.ts';
import { type Given, readSettings } from './settings.ts';

/** Copies the containers to all destinations, or says what would be copied. */
export async function run(given: Given, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
  const settings = await readSettings(given);
  if ('nothing' in settings) return { outcome: 'nothing-to-do', outputs: {}, message: settings.nothing };
  const { plan } = settings;
  const { job, net, close } = await openJob(settings, given, context);
  try {
    const counts = (): { readonly requests: string; readonly 'ratelimit-remaining': string } => ({
      requests: String(net.requests()),
      'ratelimit-remaining': String(pullsLeft(job) ?? ''),
    });
    let report: PushReport;
    try {
      report = await pushContainers(job, context);
    } catch (error) {
      return { outcome: 'failed', error, outputs: counts() };
    }
    const { set, missing, destinations } = report;
    const keep = async (name: string, text: string): Promise<string> => {
      await writeFile(join(context.outDir, name), text);
      return join(context.outDir, name);
    };
    const sum = (count: (one: (typeof destinations)[number]) => number): string =>
      String(destinations.reduce((all, one) => all + count(one), 0));
    const containers = await keep('containers.json', formatPush(report));
    const outputs = { ...counts(), containers, missing: missing.join(',') };
    if (set === null) {
      const total = missing.length + report.containers.length;
      const error =
        plan === null
          ? missingContainers(job.source, total, missing, settings.sourceTag)
          : goneFrom(job.source.title, missing, plan);
      return { outcome: 'failed', error, outputs, summary: summarizePush(report, context.dryRun) };
    }
    const copied = sum((one) => one.copied.length);
    const tagged = sum((one) => one.tagged);
    if (context.dryRun) for (const write of destinations.flatMap((one) => one.writes)) context.log.info(write);
    return {
      outcome: outcomeOf(report, context.dryRun),
      outputs: {
        ...{ ...outputs, set: await keep('set.json', formatSet(set)), copied, tagged },
        debts: destinations.flatMap((one) => one.debt ?? []).join('\n'),
        'bytes-moved': sum((one) => one.bytesMoved),
        'bytes-saved': sum((one) => one.bytesSaved),
      },
      message: `${describePush(report, context.dryRun)}${plan === null ? '' : `; ${plan.label} was not moved`}`,
      summary: summarizePush(report, context.dryRun),
    };
  } finally {
    await close();
  }
}

/** Returns the error that names the containers of a plan which nobody can copy any more. */
function goneFrom(source: string, missing: readonly string[], { set, label }: Plan): OciError {
  const named = set.containers
    .filter(({ name }) => missing.includes(name))
    .map(({ name, digest }) => `${name} (${digest})`);
  const message = `${source} holds ${missing.length} of the ${set.containers.length} containers of the plan no longer: ${named.join(', ')}`;
  return new OciError('missing-containers', message, {
    next: `Nothing was written. Give a source that has them, or make a new plan for ${label}.`,
  });
}
