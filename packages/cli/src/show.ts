import { defineAction } from '@tagflow/action-kit';
import { formatDetailsJson, formatSetText } from '@tagflow/promotion';
import { readSetDetails, resolveSet } from '@tagflow/wiring';
import { deliver } from './deliver.ts';
import { namedSet, openPlacesOf, type ReaderHost, setInputs } from './set-inputs.ts';

/** Returns the action behind `tagflow show`. */
export function createShowAction(host: ReaderHost) {
  return defineAction({
    name: 'show',
    description:
      'Shows a whole set: repository, packages, containers, images, and how it was promoted. Writes nowhere.',
    inputs: {
      set: {
        type: 'string',
        description:
          'A full hash, a label, LABEL@DATE (what it named at the end of that day, UTC, or at a date-time), or a ' +
          'set.json or plan.json.',
      },
      ...setInputs,
      format: {
        type: 'enum',
        options: ['text', 'json'],
        default: 'text',
        description: 'json: in the output set, and not on stderr.',
      },
      to: { type: 'path', description: 'The file that the set is written to, instead of stderr.' },
    },
    outputs: {
      'full-hash': 'The hash of the set.',
      'repo-url': 'The directory of the hash.',
      set: 'With format json: everything that is known of the set, as JSON. With to: the file that holds it.',
    },
    async run(values, context) {
      const named = namedSet(values.set, 'tagflow show SET');
      const places = await openPlacesOf(values, context, host);
      try {
        const found = await resolveSet(named, places, { component: values.component, cwd: host.cwd });
        const details = await readSetDetails(found, places);
        const text = values.format === 'json' ? formatDetailsJson(details) : formatSetText(details, found.plan);
        const delivered = await deliver(text, values, context, host);
        return {
          outcome: 'done',
          message: details.fullHash,
          outputs: {
            'full-hash': details.fullHash,
            ...(details.repoUrl === null ? {} : { 'repo-url': details.repoUrl }),
            ...(delivered === null ? {} : { set: delivered }),
          },
        };
      } finally {
        await places.close();
      }
    },
  });
}
