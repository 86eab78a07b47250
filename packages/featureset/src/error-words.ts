import type { ErrorWords } from '@tagflow/model';
import type { FeaturesetErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const featuresetErrorWords: Readonly<Record<FeaturesetErrorCode, ErrorWords>> = {
  'bad-job': {
    outcomes: ['invalid'],
    means: "A part of a job's name is not what it should be.",
    todo: 'Correct the featureset, nodes, release or distro that the message names.',
  },
  'bad-command': {
    outcomes: ['invalid'],
    means: 'A job has no command.',
    todo: 'Give command, or one in tagflow.yaml.',
  },
  'no-jobs': {
    outcomes: ['invalid'],
    means: 'There is no job to run.',
    todo: 'Give config and phase, or featureset, or job.',
  },
  'duplicate-job': {
    outcomes: ['invalid'],
    means: 'A job is there twice, so that its votes could not be told apart.',
    todo: 'Take one of them out.',
  },
  'unknown-job': {
    outcomes: ['invalid'],
    means: 'No job of this name is in the list.',
    todo: 'Take one of those that the message lists.',
  },
  'bad-results': {
    outcomes: ['invalid'],
    means: 'The file of results cannot be read, or is of another hash.',
    todo: 'Give the results.json that run-featureset-tests wrote for this hash.',
  },
  'bad-set': {
    outcomes: ['invalid'],
    means: 'The set is of another hash.',
    todo: 'Give the set of this hash, or none.',
  },
  'bad-patterns': {
    outcomes: ['invalid'],
    means: 'A file with patterns of failures is wrong.',
    todo: 'Correct it; tagflow reasons --list prints one that is right.',
  },
  'bad-source': {
    outcomes: ['invalid', 'waiting'],
    means: 'The files of tripleo-quickstart cannot be read where they should be.',
    todo: 'Check folder, URL and commit.',
  },
  'no-file': {
    outcomes: ['invalid'],
    means: 'A featureset, release, nodes or environment has no file there.',
    todo: 'Give one that has.',
  },
  'bad-file': {
    outcomes: ['invalid'],
    means: 'One of these files is not what it should be; the message has its line.',
    todo: 'Correct the file.',
  },
  'bad-expression': {
    outcomes: ['invalid'],
    means: 'A template in one of these files is not understood, or never ends.',
    todo: 'Correct it, or give the value with --override.',
  },
  'not-overridable': {
    outcomes: ['invalid'],
    means: 'A job may not override this variable.',
    todo: 'Take one of those that the message lists.',
  },
  'too-many-jobs': {
    outcomes: ['invalid'],
    means: 'More jobs than GitHub takes of one matrix.',
    todo: 'Make a matrix for each release.',
  },
};
