import type { ErrorWords } from '@tagflow/model';
import type { PromotionErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const promotionErrorWords: Readonly<Record<PromotionErrorCode, ErrorWords>> = {
  moved: {
    outcomes: ['failed', 'half-done'],
    means: 'The world is not what the plan saw.',
    todo: 'Make a new plan; tagflow doctor LABEL if nobody should have moved it.',
  },
  'not-whole': {
    outcomes: ['failed'],
    means: 'The set is not whole where it should be served.',
    todo: 'Stage again what the message names; tagflow verify HASH reads all of it.',
  },
  'bad-request': {
    outcomes: ['invalid'],
    means: 'What was asked for contradicts itself.',
    todo: 'Correct the input that the message names.',
  },
  'bad-plan': {
    outcomes: ['invalid'],
    means: 'The plan does not fit this configuration, or moves nothing.',
    todo: 'Make a new plan.',
  },
  'half-done': {
    outcomes: ['half-done'],
    means: 'The kinds could not be brought to one set.',
    todo: 'tagflow resume LABEL.',
  },
  destination: {
    outcomes: ['waiting', 'failed'],
    means: 'A place could not be read or written before the first write.',
    todo: 'Do what the cause asks for, then run the same again.',
  },
  'no-set': {
    outcomes: ['invalid', 'failed'],
    means: 'Nobody knows the set of a hash, or it is empty.',
    todo: 'Stage it first, or give its set.json.',
  },
  impossible: {
    outcomes: ['failed'],
    means: 'A place knows, before the first write, that the label cannot become the set.',
    todo: 'Do what the sentences ask for on the server, or choose another hash.',
  },
  owing: {
    outcomes: ['waiting'],
    means: 'A place that is read from lacks what its label names: the phase before has to pay first.',
    todo: 'Run the phase before, as the message says.',
  },
  'lease-over': {
    outcomes: ['half-done'],
    means: 'The lease ended in the middle of a flip, and the ledger does not answer.',
    todo: 'When it answers again: tagflow resume LABEL.',
  },
  'no-candidate': {
    outcomes: ['invalid'],
    means: 'The candidate label never named a hash.',
    todo: 'Check candidate-label and component; pin first.',
  },
};
