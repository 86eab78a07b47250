import { KitError } from './errors.ts';

const names = ['SIGINT', 'SIGTERM'] as const;
type SignalName = (typeof names)[number];

/** Where signals come from: the process, or a test's own emitter. */
export interface SignalSource {
  on(name: SignalName, listener: (name: SignalName) => void): unknown;
  off(name: SignalName, listener: (name: SignalName) => void): unknown;
}

/**
 * Makes the first SIGINT or SIGTERM abort `controller` with a {@link KitError} `interrupted`. Further ones only get a
 * sentence: the work is stopping already, and what is in the middle of a write must end it.
 * @returns a function that stops listening
 */
export function abortOnSignals(
  source: SignalSource,
  controller: AbortController,
  say: (text: string) => void,
): () => void {
  const listener = (name: SignalName): void => {
    if (controller.signal.aborted) {
      say(`${name} again: ignored, the work is stopping; what is being written is finished first`);
      return;
    }
    say(`${name}: stopping; what is being written is finished first`);
    controller.abort(
      new KitError('interrupted', [`interrupted by ${name}`], {
        next: 'Run the same command again; it goes on safely.',
      }),
    );
  };
  for (const name of names) source.on(name, listener);
  return () => {
    for (const name of names) source.off(name, listener);
  };
}
