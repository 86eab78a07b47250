import type { ErrorWords } from '@tagflow/model';
import type { RunnerErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const runnerErrorWords: Readonly<Record<RunnerErrorCode, ErrorWords>> = {
  'log-unwritable': {
    outcomes: ['failed'],
    means: 'The output of a job could not be kept.',
    todo: 'Make room on its disk, and run the job again.',
  },
  'nothing-left': {
    outcomes: ['failed'],
    means: 'The command ended well, but left not what it has to leave.',
    todo: 'Look at its log.',
  },
  'bad-command': {
    outcomes: ['invalid'],
    means: 'A command cannot be used.',
    todo: 'Correct it in tagflow.yaml.',
  },
  'bad-variable': {
    outcomes: ['invalid'],
    means: 'An item of env is not NAME=value.',
    todo: 'Correct it.',
  },
  'run-in-the-way': {
    outcomes: ['waiting'],
    means: 'Another run still writes to this folder of logs.',
    todo: 'Wait for its end, or give another logs-to.',
  },
  'bad-record': {
    outcomes: ['failed'],
    means: 'What was written down of a run cannot be read.',
    todo: 'Make sure that the run has ended, and remove the file.',
  },
  'bad-ci': {
    outcomes: ['invalid'],
    means: 'A runner in tagflow.yaml is written wrongly, or lacks its token.',
    todo: 'Correct it, or give runner-token.',
  },
  'ci-unreachable': {
    outcomes: ['waiting'],
    means: 'The other CI system does not answer now.',
    todo: 'Run the same later: the runs are found again.',
  },
  'ci-refused': {
    outcomes: ['invalid', 'failed'],
    means: 'The other CI system said no.',
    todo: 'Check token, name and parameters of the job.',
  },
  'ci-answer': {
    outcomes: ['failed'],
    means: 'Nobody can tell what the other CI system said.',
    todo: 'Check that the URL is that of the system itself.',
  },
  'reports-refused': {
    outcomes: ['failed'],
    means: 'The report files of a job lead out of their folder, or are too much.',
    todo: 'Let the job keep only its JUnit or subunit files.',
  },
};
