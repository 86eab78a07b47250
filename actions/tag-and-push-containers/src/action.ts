import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineAction } from '@tagflow/action-kit';
import { formatSet } from '@tagflow/model';
import {
  chooseContainers,
  countAbsent,
  createRegistryDestination,
  findDockerConfig,
  missingContainers,
  openNet,
  openPlace,
  parseDockerConfig,
  stageAll,
  tagContainers,
} from '@tagflow/oci';
import { inputs } from './inputs.ts';
import { readSettings } from './settings.ts';

export const action = defineAction({
  name: 'tag-and-push-containers',
  description: 'Copy the containers of a hash by digest to registries, tag them with the hash, and read them back.',
  inputs,
  outputs: {
    set: 'The path of a set.json that holds the digests of the containers.',
    copied: 'How many containers were copied, summed over the destinations; with dry-run, how many would be.',
    tagged: 'How many tags were written besides that of the hash.',
    missing: 'The containers that the source lacks, with commas between them. Nothing was written then.',
    'bytes-moved': 'Bytes of layers that were uploaded.',
    'bytes-saved': 'Bytes of layers that a destination had already, or took over from another repository of its own.',
    requests: 'How many requests were sent to registries.',
  },
  run: async (given, context) => {
    const settings = await readSettings(given);
    if (settings === null) {
      return { outcome: 'nothing-to-do', outputs: {}, message: `phase ${String(given.phase)} promotes no containers` };
    }
    const { concurrency } = given;
    const auth = given['registry-auth'];
    const credentials =
      auth === undefined ? await findDockerConfig(context.env) : parseDockerConfig(auth.reveal(), 'registry-auth');
    const net = openNet(context, concurrency);
    try {
      const common = { source: settings.source, credentials, effects: net.effects, concurrency };
      const source = openPlace({ ...settings.source, ...common });
      const targets = settings.destinations.map((place) => ({
        destination: createRegistryDestination({ ...place, ...common }),
        isOptional: place.isOptional,
      }));

      const { set, missing, total } = await chooseContainers(settings, given.containers, source, concurrency);
      if (missing.length > 0) {
        const { message } = missingContainers(source, total, missing, settings.sourceTag);
        return {
          outcome: 'failed',
          outputs: { missing: missing.join(','), requests: String(net.requests()) },
          message,
        };
      }
      const { tags } = settings;
      const setFile = join(context.outDir, 'set.json');
      await writeFile(setFile, formatSet(set));

      if (context.dryRun) {
        let absent = 0;
        for (const { destination } of targets) absent += await countAbsent(destination, set);
        return {
          outcome: 'planned',
          outputs: { set: setFile, copied: String(absent), requests: String(net.requests()) },
          message:
            `would copy ${String(absent)} of ${String(total * targets.length)} containers` +
            (tags.length === 0 ? '' : ` and give each the tags ${tags.join(', ')}`),
        };
      }

      const staged = await stageAll(targets, set, context);
      // No tag before every container is everywhere.
      let tagged = 0;
      if (tags.length > 0) {
        for (const { place } of staged)
          tagged += await tagContainers(place, set.containers, tags, { ...context, concurrency });
      }
      const sum = (key: 'copied' | 'bytesMoved' | 'bytesSaved') => staged.reduce((all, one) => all + one[key], 0);
      return {
        outcome: sum('copied') + tagged > 0 ? 'done' : 'nothing-to-do',
        outputs: {
          ...{ set: setFile, copied: String(sum('copied')), tagged: String(tagged), requests: String(net.requests()) },
          ...{ 'bytes-moved': String(sum('bytesMoved')), 'bytes-saved': String(sum('bytesSaved')) },
        },
        message: `${String(total)} containers in ${staged.map(({ place }) => place.title).join(', ')}: ${String(sum('copied'))} copied`,
        summary: staged
          .map(({ place, copied }) => `- ${place.title}: ${String(copied)} of ${String(total)} containers copied\n`)
          .join(''),
      };
    } finally {
      net.close();
    }
  },
});
