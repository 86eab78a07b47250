import { defineAction } from '@tagflow/action-kit';
import { inputs, outputs } from './inputs.ts';

export const action = defineAction({
  name: 'sync-images',
  description: 'Fetch, publish, mirror, verify and prune the disk images of a hash, with every byte checked.',
  inputs,
  outputs,
  // Loaded when the inputs are good: who gave a wrong one is told at once.
  run: async (given, context) => (await import('./run.ts')).run(given, context),
});
