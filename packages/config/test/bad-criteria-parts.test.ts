import { testRows } from './bad-input.ts';

// What stands inside of `criteria: { all-of: [...], … }`: patterns, alternatives, informing jobs, evidence, votes.

const at = 'phases.rdo-phase-1.promote.criteria';

testRows([
  [
    'a star in the name of a job',
    '[job-a]',
    '[job-*]',
    `12:28 ${at}.all-of[0]: "job-*" holds "*", and job names are compared exactly; for a pattern write { matching: "job-*" }`,
  ],
  [
    'a pattern without a star',
    '[job-a]',
    '[{ matching: job-a }]',
    `12:40 ${at}.all-of[0].matching: "job-a" holds no "*"; for one job write its name alone: job-a`,
  ],
  [
    'a pattern that is none',
    '[job-a]',
    '[{ matching: "a b*" }]',
    `12:40 ${at}.all-of[0].matching: a pattern of job names is 1 to 255 letters, digits, ".", "_", "-" or "*", such as`,
  ],
  [
    'a pattern twice',
    '[job-a]',
    '[{ matching: job-* }, { any-of: [x, { matching: job-*, at-least: 2 }] }]',
    `12:75 ${at}.all-of[1].any-of[1].matching: pattern "job-*" is there already, as ${at}.all-of[0].matching`,
  ],
  [
    'a pattern and a list',
    '[job-a]',
    '[{ matching: job-*, of: [a], at-least: 1 }]',
    `12:28 ${at}.all-of[0]: a group is one of all-of: [...], any-of: [...], at-least: N with of: [...], or matching: PATTERN (with at-least: N)`,
  ],
  [
    'a pattern and any-of',
    '[job-a]',
    '[{ matching: job-*, any-of: [a] }]',
    `12:28 ${at}.all-of[0]: a group is one of all-of`,
  ],
  [
    'at-least and any-of',
    '[job-a]',
    '[{ any-of: [a], at-least: 1 }]',
    `12:28 ${at}.all-of[0]: a group is one of all-of`,
  ],
  [
    'none of a pattern',
    '[job-a]',
    '[{ matching: job-*, at-least: 0 }]',
    `12:57 ${at}.all-of[0].at-least: at least one has to succeed`,
  ],
  [
    'alternatives of a job that is not named',
    '[job-a]',
    '[job-a], alternatives: { job-b: [job-c] }',
    `12:52 ${at}.alternatives: all-of does not name job "job-b", so nothing can stand in for it; name it there, or take it out here`,
  ],
  [
    'alternatives of an informing job',
    '[job-a]',
    '[job-a], informing: [job-b], alternatives: { job-b: [job-c] }',
    `12:72 ${at}.alternatives: all-of does not name job "job-b"`,
  ],
  [
    'alternatives of an alternative',
    '[job-a]',
    '[job-a], alternatives: { job-a: [job-b], job-b: [job-c] }',
    `12:68 ${at}.alternatives: all-of does not name job "job-b"`,
  ],
  [
    'a job as its own alternative',
    '[job-a]',
    '[job-a], alternatives: { job-a: [job-a] }',
    `12:60 ${at}.alternatives.job-a[0]: job "job-a" cannot stand in for itself; name another job`,
  ],
  [
    'an alternative of two',
    '[job-a]',
    '[job-a, { any-of: [job-b] }], alternatives: { job-a: [job-c], job-b: [job-d, job-c] }',
    `12:104 ${at}.alternatives.job-b[1]: job "job-c" stands in already, as ${at}.alternatives.job-a[0]`,
  ],
  [
    'an alternative twice',
    '[job-a]',
    '[job-a], alternatives: { job-a: [job-c, job-c] }',
    `12:67 ${at}.alternatives.job-a[1]: job "job-c" stands in already, as ${at}.alternatives.job-a[0]`,
  ],
  [
    'an alternative that is required as well',
    '[job-a]',
    '[job-a, { any-of: [job-b] }], alternatives: { job-a: [job-b] }',
    `12:81 ${at}.alternatives.job-a[0]: job "job-b" is named by the criteria as well, as ${at}.all-of[1].any-of[0], so it cannot stand in for another`,
  ],
  [
    'an alternative that is informing as well',
    '[job-a]',
    '[job-a], informing: [job-b], alternatives: { job-a: [job-b] }',
    `12:80 ${at}.alternatives.job-a[0]: job "job-b" is named by the criteria as well, as ${at}.informing[0]`,
  ],
  [
    'no alternatives',
    '[job-a]',
    '[job-a], alternatives: { job-a: [] }',
    `12:59 ${at}.alternatives.job-a: an empty list stands in for nothing: name at least one job`,
  ],
  [
    'alternatives of a pattern',
    '[job-a]',
    '[job-a], alternatives: { "job-*": [job-b] }',
    `12:52 ${at}.alternatives: "job-*": "job-*" holds "*", and job names are compared exactly`,
  ],
  [
    'a pattern as an alternative',
    '[job-a]',
    '[job-a], alternatives: { job-a: ["job-*"] }',
    `12:60 ${at}.alternatives.job-a[0]: "job-*" holds "*", and job names are compared exactly`,
  ],
  [
    'alternatives as a list',
    '[job-a]',
    '[job-a], alternatives: [job-b]',
    `12:50 ${at}.alternatives: a list is not a mapping (Jobs that may stand in`,
  ],
  [
    'a star in an informing job',
    '[job-a]',
    '[job-a], informing: ["job-*"]',
    `12:48 ${at}.informing[0]: "job-*" holds "*", and job names are compared exactly`,
  ],
  [
    'an informing pattern without a star',
    '[job-a]',
    '[job-a], informing: [{ matching: job-b }]',
    `12:60 ${at}.informing[0].matching: "job-b" holds no "*"`,
  ],
  [
    'an informing pattern that counts',
    '[job-a]',
    '[job-a], informing: [{ matching: b*, at-least: 1 }]',
    `12:64 ${at}.informing[0]: unknown key "at-least"; allowed here: matching`,
  ],
  [
    'a required pattern that is informing as well',
    '[job-a]',
    '[{ matching: job-* }], informing: [{ matching: job-* }]',
    `12:74 ${at}.informing[0].matching: pattern "job-*" is there already, as ${at}.all-of[0].matching`,
  ],
  [
    'no evidence asked for',
    '[job-a]',
    '[job-a], minimum-jobs: 0',
    `12:50 ${at}.minimum-jobs: at least one job has to have finished`,
  ],
  [
    'evidence that is no number',
    '[job-a]',
    '[job-a], minimum-jobs: many',
    `12:50 ${at}.minimum-jobs: "many" is not a number`,
  ],
  [
    'a rule for votes that is none',
    '[job-a]',
    '[job-a], votes: newest',
    `12:43 ${at}.votes: votes are any-success, latest, or a mapping { passes: K, of-last: N }`,
  ],
  [
    'a number for a rule',
    '[job-a]',
    '[job-a], votes: 2',
    `12:43 ${at}.votes: 2 is not a text or a mapping (What counts when a job has voted`,
  ],
  [
    'half a rule',
    '[job-a]',
    '[job-a], votes: { passes: 2 }',
    `12:36 ${at}.votes.of-last: is missing: a number (How many of its last votes count.)`,
  ],
  [
    'more passes than votes',
    '[job-a]',
    '[job-a], votes: { passes: 3, of-last: 2 }',
    `12:53 ${at}.votes.passes: 3 of the last 2 can never be; allowed: 1 to 2`,
  ],
  [
    'no passes',
    '[job-a]',
    '[job-a], votes: { passes: 0, of-last: 2 }',
    `12:53 ${at}.votes.passes: at least one vote has to be a success`,
  ],
  [
    'of no votes',
    '[job-a]',
    '[job-a], votes: { passes: 1, of-last: 0 }',
    `12:65 ${at}.votes.of-last: at least one vote has to be looked at`,
  ],
]);
