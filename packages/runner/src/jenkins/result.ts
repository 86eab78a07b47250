import type { RemoteState } from '../remote-ci.ts';
import { elements, member, ofTable, textOf } from '../ci-system/values.ts';

type Ended = Extract<RemoteState, { phase: 'ended' }>;

// hudson.model.Result. UNSTABLE is what a job says whose tests failed though its steps did not.
const results: Readonly<Record<string, Ended['result']>> = {
  SUCCESS: 'success',
  UNSTABLE: 'failure',
  FAILURE: 'failure',
  NOT_BUILT: 'lost',
};

/**
 * Returns what a build's result means; one that nobody knows counts as lost, so that it decides nothing. ABORTED is
 * `cancelled` where it says who stopped it. Where it does not, it is what Jenkins says of builds that died with it: lost.
 */
export function endOfBuild(result: string | null, actions: unknown): Ended {
  const words = result ?? 'no result';
  if (result !== 'ABORTED') return { phase: 'ended', result: ofTable(results, words, 'lost'), said: words };
  const why = interruptions(actions);
  return why === ''
    ? { phase: 'ended', result: 'lost', said: 'ABORTED, and nobody says that he stopped it' }
    : { phase: 'ended', result: 'cancelled', said: `ABORTED (${why})` };
}

/** Returns the names and values of the parameters that a build or a queue item has. */
export function parametersOf(actions: unknown): ReadonlyMap<string, string> {
  const pairs = elements(actions).flatMap((action) =>
    elements(member(action, 'parameters')).flatMap((parameter) => {
      const [name, value] = [textOf(member(parameter, 'name')), member(parameter, 'value')];
      return name === null || value === undefined ? [] : [[name, String(value)] as const];
    }),
  );
  return new Map(pairs);
}

// InterruptedBuildAction
function interruptions(actions: unknown): string {
  return elements(actions)
    .flatMap((action) => (textOf(member(action, '_class'))?.endsWith('InterruptedBuildAction') ? [action] : []))
    .flatMap((action) => elements(member(action, 'causes')))
    .flatMap((cause) => textOf(member(cause, 'shortDescription')) ?? [])
    .join(', ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 200);
}
