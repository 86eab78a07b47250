import { defineAction } from '@tagflow/action-kit';
import { inputs, outputs } from './inputs.ts';

export const action = defineAction({
  name: 'run-featureset-tests',
  description: 'Run the featureset tests of a hash and write down how each job ended.',
  inputs,
  outputs,
  // Loaded when the inputs are good: who gave a wrong one is told at once.
  run: async (given, context) => (await import('./run.ts')).run(given, context),
});
