import type { ErrorWords } from '@tagflow/model';

/** Codes that no package has in a closed set: what actions and commands raise themselves. A test finds all of them. */
export const looseCodes: Readonly<Record<string, ErrorWords>> = {
  blocked: {
    outcomes: ['blocked'],
    means: 'The verdict is no; the message has the reasons.',
    todo: 'tagflow explain LABEL.',
  },
  failed: {
    outcomes: ['failed'],
    means: 'The promotion did not happen, and no label moved; the message says what stood in its way.',
    todo: 'Do what the message asks for, then run the same again.',
  },
  'half-done': {
    outcomes: ['half-done'],
    means: 'A promotion broke off in the middle, and could not be taken back; the message says what stood in its way.',
    todo: 'Mend that, then tagflow resume LABEL.',
  },
  waiting: {
    outcomes: ['waiting'],
    means: 'Results are missing; the message says which.',
    todo: 'Run the same later; tagflow explain LABEL.',
  },
  'bad-input': { outcomes: ['invalid'], means: 'An input does not fit the others.', todo: 'Correct it.' },
  'bad-inputs': {
    outcomes: ['invalid'],
    means: 'Inputs do not fit together.',
    todo: 'Correct what the message names.',
  },
  'bad-request': { outcomes: ['invalid'], means: 'A mode lacks an input.', todo: 'Give the input.' },
  'changed-meanwhile': {
    outcomes: ['failed'],
    means: 'The repository of the hash was changed while it was built.',
    todo: 'Build again.',
  },
  'containers-failed': {
    outcomes: ['failed'],
    means: 'Not all containers were built.',
    todo: 'Look at the log of the builder.',
  },
  'containers-missing': {
    outcomes: ['failed'],
    means: 'The builder ended well, and the registry lacks containers.',
    todo: 'See in its log whether it pushed them.',
  },
  'disk-full': { outcomes: ['failed'], means: 'The build ran out of room.', todo: 'Free room, and build again.' },
  'internal-to-public': {
    outcomes: ['invalid'],
    means: 'What is built for insiders was about to go to a public place.',
    todo: 'Give a place with visibility: internal.',
  },
  'invalid-flag': { outcomes: ['invalid'], means: 'A flag of tagflow lab is wrong.', todo: 'See tagflow lab --help.' },
  'no-base-image': {
    outcomes: ['failed'],
    means: 'The base image is missing, or not that of the set.',
    todo: 'Fetch it again: sync-images --mode fetch.',
  },
  'no-evidence': {
    outcomes: ['failed'],
    means: 'Nothing tells which hash the builder has built.',
    todo: 'Have it leave delorean.repo or a file full-hash; or say evidence: none.',
  },
  'no-ledger': {
    outcomes: ['invalid'],
    means: 'There is no ledger to ask.',
    todo: 'tagflow show LABEL@DATE asks DLRN.',
  },
  'no-repository': {
    outcomes: ['failed'],
    means: 'The delorean.repo of the hash is not there.',
    todo: 'DLRN may have purged it: take a newer hash.',
  },
  'no-runner': {
    outcomes: ['failed'],
    means: 'A job runs on no runner.',
    todo: 'Name its runner in tagflow.yaml.',
  },
  'not-started': {
    outcomes: ['invalid'],
    means: 'The command after tagflow lab up -- could not be started.',
    todo: 'Check its name.',
  },
  'other-hash': {
    outcomes: ['failed'],
    means: 'What was built, or is to be built from, is of another hash.',
    todo: 'Have the builder take TAGFLOW_REPO_FILE, not a label.',
  },
  stale: {
    outcomes: ['invalid'],
    means: 'The output folder of a builder is not empty before it starts.',
    todo: 'Remove the files, or give another out-dir.',
  },
  unexpected: {
    outcomes: ['failed'],
    means: 'An error that nobody raised on purpose.',
    todo: 'Run it again with --log-level debug, and report it.',
  },
  'unknown-action': { outcomes: ['invalid'], means: 'A phase names an action that is not there.', todo: 'Report it.' },
  'unknown-command': {
    outcomes: ['invalid'],
    means: 'tagflow lab has no such command.',
    todo: 'See tagflow lab --help.',
  },
  'unknown-phase': {
    outcomes: ['invalid'],
    means: 'tagflow.yaml has no phase of that name.',
    todo: 'Take one that the message lists.',
  },
};
