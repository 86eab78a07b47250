import type { Outcome } from '@tagflow/model';

/** What each outcome means, for people. */
export const outcomeMeanings: Readonly<Record<Outcome, string>> = {
  done: 'what was asked for holds, and was read back',
  'nothing-to-do': 'it held already',
  planned: 'a dry run: this is what would be done',
  failed: 'every label is where it was; or a test failed, and its results are written',
  invalid: 'an input, the configuration or a login is wrong: nothing was written',
  waiting: 'votes are missing, jobs run, a lease is held or a remote is not ready: the same command later',
  'half-done': 'kinds differ or could not be read back: tagflow resume LABEL',
  blocked: 'the verdict is no: tagflow explain LABEL',
};

/** The description of the output that every action has. */
export const outcomeDescription = `How it ended, set always: ${Object.keys(outcomeMeanings).join(', ')}.`;
