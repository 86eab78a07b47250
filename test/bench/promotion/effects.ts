import { systemClock } from '@tagflow/action-kit';

/** Of a program that nobody cancels and that says nothing but its figures. */
export const effects = {
  clock: systemClock,
  log: {
    debug: () => undefined,
    info: () => undefined,
    warning: (text: string) => console.error(`warning: ${text}`),
  },
  signal: new AbortController().signal,
  progress: () => undefined,
  random: Math.random,
};
