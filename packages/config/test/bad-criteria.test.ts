import { testRows } from './bad-input.ts';

testRows([
  ['empty criteria', '[job-a]', '[]', '12:27 phases.rdo-phase-1.promote.criteria.all-of: empty criteria never promote'],
  [
    'criteria none',
    '{ all-of: [job-a] }',
    'none',
    '12:17 phases.rdo-phase-1.promote.criteria: "none" is for pins: a promotion needs at least one job',
  ],
  [
    'criteria missing',
    'criteria: { all-of: [job-a] }',
    '',
    /^9:5 phases\.rdo-phase-1\.promote\.criteria: is missing: a mapping/,
  ],
  ['criteria a list', '{ all-of: [job-a] }', '[job-a]', /^12:17 .*criteria: a list is not a mapping/],
  [
    'empty group',
    '[job-a]',
    '[job-a, { any-of: [] }]',
    '12:45 phases.rdo-phase-1.promote.criteria.all-of[1].any-of: an empty list is never met',
  ],
  [
    'group of nothing',
    '[job-a]',
    '[{}]',
    '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: a group is one of all-of',
  ],
  [
    'group of two',
    '[job-a]',
    '[{ any-of: [a], all-of: [b] }]',
    '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: a group is one of all-of',
  ],
  [
    'at-least alone',
    '[job-a]',
    '[{ at-least: 1 }]',
    '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: a group is one of all-of',
  ],
  [
    'at-least too many',
    '[job-a]',
    '[{ at-least: 3, of: [a, b] }]',
    '12:40 phases.rdo-phase-1.promote.criteria.all-of[0].at-least: 3 of 2 can never succeed; allowed: 1 to 2',
  ],
  [
    'unknown key in a group',
    '[job-a]',
    '[{ any-of: [a], any: 1 }]',
    '12:43 phases.rdo-phase-1.promote.criteria.all-of[0]: unknown key "any"; allowed here: all-of, any-of, at-least, of',
  ],
  [
    'number for a job',
    '[job-a]',
    '[7]',
    '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: 7 is not a text or a mapping',
  ],
  ['blank in a job', '[job-a]', '["a b"]', '12:28 phases.rdo-phase-1.promote.criteria.all-of[0]: a job name is'],
  [
    'job twice',
    '[job-a]',
    '[job-a, { any-of: [b, job-a] }]',
    '12:49 phases.rdo-phase-1.promote.criteria.all-of[1].any-of[1]: job "job-a" is there already, as phases.rdo-phase-1.promote.criteria.all-of[0]',
  ],
  ['required and informing', '[job-a]', '[job-a], informing: [job-a]', /informing\[0\]: job "job-a" is there already/],
]);
