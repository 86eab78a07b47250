import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineAction } from '@tagflow/action-kit';
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
import { inputs } from './inputs.ts';
import { openJob } from './places.ts';
import { readSettings } from './settings.ts';

export const action = defineAction({
  name: 'tag-and-push-containers',
  description: 'Copy the containers of a hash by digest to registries, tag them with the hash, and read them back.',
  inputs,
  outputs: {
    set: 'The path of a set.json that holds the digests of the containers.',
    containers:
      'The path of a JSON file that tells of each container why it belongs to the hash, and of each destination what was done, or with dry-run would be.',
    copied: 'How many containers were copied, summed over the destinations; with dry-run, how many would be.',
    tagged: 'How many tags were written besides that of the hash; with dry-run, how many would be.',
    missing: 'The containers that the source lacks, with commas between them. Nothing was written then.',
    debts: 'What optional destinations are owed, one sentence a line; empty when nothing.',
    'bytes-moved': 'Bytes of layers that were uploaded.',
    'bytes-saved': 'Bytes of layers that a destination had already, or took over from another repository of its own.',
    requests: 'How many requests were sent to registries.',
    'ratelimit-remaining': 'Pulls that a registry which counts them (docker.io) has left; empty where none does.',
  },
  run: async (given, context) => {
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
  },
});

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
