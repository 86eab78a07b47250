import test from 'ava';
import type { Criteria } from '@tagflow/model';
import { parseConfig } from '../src/load.ts';
import { minimal } from './minimal.ts';

const rows: readonly (readonly [name: string, written: string, criteria: Exclude<Criteria, 'none'>])[] = [
  [
    'a pattern asks for one job, or for as many as it says',
    '[{ matching: "*-fs001" }, { any-of: [a, { matching: b-*, at-least: 3 }] }]',
    {
      allOf: [{ matching: '*-fs001', atLeast: 1 }, { anyOf: ['a', { matching: 'b-*', atLeast: 3 }] }],
      informing: [],
    },
  ],
  [
    'an alternative stands in wherever its job is named',
    '[a, { at-least: 1, of: [b, { any-of: [c, d] }] }], alternatives: { a: [a-2, a-3], c: [c-2] }',
    {
      allOf: [{ anyOf: ['a', 'a-2', 'a-3'] }, { atLeast: 1, of: ['b', { anyOf: [{ anyOf: ['c', 'c-2'] }, 'd'] }] }],
      informing: [],
    },
  ],
  [
    'a job named like a member of every object has no alternatives by itself',
    '[constructor, toString], alternatives: { toString: [x] }',
    { allOf: ['constructor', { anyOf: ['toString', 'x'] }], informing: [] },
  ],
  [
    'informing jobs may be patterns',
    '[a], informing: [b, { matching: c-* }]',
    { allOf: ['a'], informing: ['b', { matching: 'c-*' }] },
  ],
  ['evidence', '[a], minimum-jobs: 5', { allOf: ['a'], informing: [], minimumJobs: 5 }],
  ['one success is enough', '[a], votes: any-success', { allOf: ['a'], informing: [], votes: 'any-success' }],
  ['the last vote', '[a], votes: latest', { allOf: ['a'], informing: [], votes: 'latest' }],
  [
    'so many of the last votes',
    '[a], votes: { passes: 2, of-last: 3 }',
    { allOf: ['a'], informing: [], votes: { passes: 2, ofLast: 3 } },
  ],
  [
    'every one of the last votes',
    '[a], votes: { passes: 2, of-last: 2 }',
    { allOf: ['a'], informing: [], votes: { passes: 2, ofLast: 2 } },
  ],
];

for (const [name, written, criteria] of rows) {
  test(`criteria: ${name}`, (t) => {
    const config = parseConfig(minimal.replace('[job-a]', written), 't.yaml');
    t.deepEqual(config.phases['rdo-phase-1']?.promote?.criteria, criteria);
  });
}
