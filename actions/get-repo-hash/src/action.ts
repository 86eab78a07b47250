import { defineAction } from '@tagflow/action-kit';
import { inputs, outputs } from './inputs.ts';

export const action = defineAction({
  name: 'get-repo-hash',
  description:
    'Find out which build of the repository a label names, once, so that every later step works on that build.',
  inputs,
  outputs,
  // Loaded when the inputs are good: who gave a wrong one is told at once.
  run: async (given, context) => (await import('./run.ts')).run(given, context),
});
