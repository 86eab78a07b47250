import { defineAction } from '@tagflow/action-kit';
import { inputs, outputs } from './inputs.ts';

export const action = defineAction({
  name: 'report-result',
  description: 'Report to DLRN how jobs ended on a hash: one vote for each, read back.',
  inputs,
  outputs,
  // Loaded when the inputs are good: who gave a wrong one is told at once.
  run: async (given, context) => (await import('./run.ts')).run(given, context),
});
