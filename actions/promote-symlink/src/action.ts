import { defineAction } from '@tagflow/action-kit';
import { inputs, outputs } from './inputs.ts';

export const action = defineAction({
  name: 'promote-symlink',
  description: 'Moves one label in one transaction, for packages, containers and disk images alike.',
  inputs,
  outputs,
  // Loaded when the inputs are good: who gave a wrong one is told at once.
  run: async (given, context) => (await import('./run.ts')).run(given, context),
});
