import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import type { outputs } from './inputs.ts';
import { runs } from './modes.ts';
import { createOpener } from './places.ts';
import type { Result } from './results.ts';
import { type Given, readSettings } from './settings.ts';

/** Does what the mode says, place by place. */
export async function run(given: Given, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
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
    return mode === 'stage' ? { ...joined, message: `${joined.message ?? ''}; ${plan?.label} was not moved` } : joined;
  } finally {
    await opener.close();
  }
}

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
