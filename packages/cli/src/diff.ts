import { defineAction } from '@tagflow/action-kit';
import {
  diffSets,
  formatDiffJson,
  formatDiffMarkdown,
  formatDiffText,
  isSameSet,
  type SetDiff,
  summaryOf,
} from '@tagflow/promotion';
import { readSetDetails, resolvePair, resolveSet, withLayers } from '@tagflow/wiring';
import { deliver } from './deliver.ts';
import { namedSet, openPlacesOf, type ReaderHost, setInputs } from './set-inputs.ts';

const formats = { text: formatDiffText, markdown: formatDiffMarkdown, json: formatDiffJson } as const;

/** Returns the action behind `tagflow diff`. */
export function createDiffAction(host: ReaderHost) {
  return defineAction({
    name: 'diff',
    description: 'Compares two sets: packages, commits, containers, images and criteria. Writes nowhere.',
    inputs: {
      first: {
        type: 'string',
        description:
          'A set: a full hash, a label, LABEL@DATE (what it named at the end of that day, UTC, or at a date-time), ' +
          'or a set.json or plan.json. Without a second one: a label against its previous set, a plan from end to end.',
      },
      second: { type: 'string', description: 'The set that the first one is compared with.' },
      ...setInputs,
      layers: { type: 'boolean', default: 'true', description: 'Look at the layers of containers that differ.' },
      format: {
        type: 'enum',
        options: ['text', 'markdown', 'json'],
        default: 'text',
        description: 'json: in the output diff, and not on stderr.',
      },
      to: { type: 'path', description: 'The file that the difference is written to, instead of stderr.' },
    },
    outputs: {
      'from-hash': 'The hash of the first set.',
      'to-hash': 'The hash of the second set.',
      differs: 'Whether anything differs: true or false.',
      summary: 'What there is of everything, on one line.',
      diff: 'With format json: the difference as JSON. With to: the file that holds it.',
    },
    async run(values, context) {
      const named = namedSet(values.first, 'tagflow diff SET [SET]');
      const places = await openPlacesOf(values, context, host);
      try {
        const options = { component: values.component, cwd: host.cwd };
        const [first, second] =
          values.second === undefined
            ? await resolvePair(named, places, options)
            : [await resolveSet(named, places, options), await resolveSet(values.second, places, options)];
        const [from, to] = [await readSetDetails(first, places), await readSetDetails(second, places)];
        const diff = diffSets(...(values.layers ? await withLayers(from, to, places) : ([from, to] as const)));
        const delivered = await deliver(formats[values.format](diff), values, context, host);
        return {
          outcome: 'done',
          message: messageFor(diff),
          outputs: { ...outputsOf(diff), ...(delivered === null ? {} : { diff: delivered }) },
        };
      } finally {
        await places.close();
      }
    },
  });
}

function outputsOf(diff: SetDiff) {
  return {
    'from-hash': diff.from.fullHash,
    'to-hash': diff.to.fullHash,
    differs: String(!isSameSet(diff)),
    summary: summaryOf(diff)
      .map(({ part, text }) => `${part}: ${text}`)
      .join('; '),
  };
}

function messageFor(diff: SetDiff): string {
  const what = `${diff.from.name} and ${diff.to.name}`;
  return isSameSet(diff) ? `nothing differs between ${what}` : `${what} differ`;
}
