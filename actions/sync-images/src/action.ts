import { defineAction } from '@tagflow/action-kit';
import { inputs } from './inputs.ts';
import { runs } from './modes.ts';
import { createOpener } from './places.ts';
import type { Result } from './results.ts';
import { readSettings } from './settings.ts';

export const action = defineAction({
  name: 'sync-images',
  description: 'Fetch, publish, mirror, verify and prune the disk images of a hash, with every byte checked.',
  inputs,
  outputs: {
    set: 'The path of a set.json with the images that were fetched, published, mirrored or verified; with a plan, its whole set.',
    files:
      'Where the images are: a URL, one a line for several stores; for prune, the directories that were removed, or would be.',
    previous: 'The hash that the link named before (link, mirror); empty when there was no link.',
    'bytes-moved': 'Bytes that travelled.',
    'bytes-saved': 'Bytes that were there already: in the store, the cache, or a part of an earlier run.',
  },
  run: async (given, context) => {
    const settings = await readSettings(given, context);
    if ('nothing' in settings) return { outcome: 'nothing-to-do', outputs: {}, message: settings.nothing };
    const { plan } = settings;
    const mode = given.mode === 'publish' && plan !== null ? 'stage' : given.mode;
    const opener = createOpener(settings, context);
    try {
      const results: Result[] = [];
      for (const pair of settings.pairs) {
        const result = await runs[mode](settings, pair, opener, context);
        results.push(result);
        // Of what is only looked at, all is told.
        if (result.outcome === 'failed' && mode !== 'verify') break;
      }
      const joined = joinResults(results);
      return mode === 'stage'
        ? { ...joined, message: `${joined.message ?? ''}; ${plan?.label} was not moved` }
        : joined;
    } finally {
      await opener.close();
    }
  },
});

/** Several places are one result: done when anything was done, with the bytes summed up. */
function joinResults(results: readonly Result[]): Result {
  const last = results.at(-1);
  if (last === undefined || results.length === 1) return last ?? { outcome: 'nothing-to-do', outputs: {} };
  const sum = (name: 'bytes-moved' | 'bytes-saved'): string =>
    String(results.reduce((total, { outputs }) => total + Number(outputs[name] ?? 0), 0));
  const first = (wanted: Result['outcome']) => results.find(({ outcome }) => outcome === wanted);
  const telling = first('failed') ?? first('done') ?? first('planned');
  const messages = results.flatMap(({ message }) => message ?? []);
  const summaries = results.flatMap(({ summary }) => summary ?? []);
  return {
    ...(telling ?? last),
    outputs: {
      ...(telling ?? last).outputs,
      files: results.flatMap(({ outputs }) => outputs.files ?? []).join('\n'),
      ...{ 'bytes-moved': sum('bytes-moved'), 'bytes-saved': sum('bytes-saved') },
    },
    ...(messages.length === 0 ? {} : { message: messages.join('; ') }),
    ...(summaries.length === 0 ? {} : { summary: summaries.join('\n\n') }),
  };
}
