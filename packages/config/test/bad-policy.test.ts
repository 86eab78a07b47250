import test from 'ava';
import { ConfigError } from '../src/index.ts';
import { parsePolicy, type PolicyFile } from '../src/policy-load.ts';
import { aggregate, one, two } from './policy-entries.ts';

function messageOf(files: readonly PolicyFile[]): readonly string[] {
  try {
    parsePolicy(files, 'policy');
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'invalid-policy') return error.message.split('\n');
    throw error;
  }
  return [];
}

const facts = `owner: o
    bug: LP#1
    reason: r
    expires: 2026-12-01`;
const waiver = `waivers:
  - id: w
    job: job-a
    hash: ${one}
    label: current-tripleo
    ${facts}
`;
const hold = `holds:
  - id: h
    hash: ${one}
    ${facts}
`;
const freeze = `freezes:
  - id: f
    label: current-tripleo
    ${facts}
`;

const forms = 'a hash is <40 hex>_<8 hex> (with one or two further _<8 hex>), or the 32 hex digits of an aggregate';
const dates = 'allowed: a date such as 2026-12-01, or a time with its zone such as 2026-12-01T12:00:00Z';
const asked = {
  owner: 'Who has to act: a person or a team.',
  bug: 'Where the reason is worked on: a URL, or a ticket such as rhbz#123, LP#123 or PROJ-123.',
  reason: 'Why, in a sentence for whoever finds this later.',
  expires:
    'When it ends by itself: a date such as 2026-12-01 (until the end of that day in UTC), or a time with its zone such as 2026-12-01T12:00:00Z.',
};

/** What is put in place of `what` in a good file, and the lines that tell what is wrong then. */
type Row = readonly [name: string, file: string, what: string, by: string, ...problems: readonly string[]];

const rows: readonly Row[] = [
  [
    'a list',
    waiver,
    waiver,
    '- id: w',
    '1:1: a list is not a mapping (What people decided beside the criteria. All of it ends by itself.)',
  ],
  [
    'no YAML',
    waiver,
    waiver,
    'waivers: [',
    '1:11: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    'a list that is none',
    waiver,
    'waivers:',
    'waiver:',
    '1:1: unknown key "waiver"; allowed here: waivers, holds, freezes',
  ],
  [
    'a key that is none',
    waiver,
    'job: job-a',
    'job: job-a\n    user: me',
    '4:5: waivers[0]: unknown key "user"; allowed here: id, job, hash, from, to, label, release, component, owner, bug, reason, expires',
  ],
  ['an entry that is none', waiver, waiver, 'waivers: [job-a]', '1:11: waivers[0]: "job-a" is not a mapping'],
  [
    'one entry for a list',
    hold,
    '  - id: h',
    '    id: h',
    '1:1: holds: a mapping is not a list (Hashes that must not be promoted, whatever the votes say.)',
  ],
  [
    'no id',
    freeze,
    '- id: f\n    label',
    '- label',
    '2:5: freezes[0].id: is missing: a text (Its own name, by which reports speak of it: unique over all files of the folder.)',
  ],
  [
    'an id of two words',
    freeze,
    'id: f',
    'id: a b',
    '2:9: freezes[0].id: an id is 1 to 128 letters, digits, ".", "_" or "-", starting with a letter or digit',
  ],
  [
    'an id twice in a file',
    `${hold}${freeze}`,
    'id: f',
    'id: h',
    '9:9: freezes[0].id: id "h" is there already, in p.yaml:2',
  ],
  ['no owner', hold, 'owner: o\n    ', '', `2:5: holds[0].owner: is missing: a text (${asked.owner})`],
  ['a blank owner', hold, 'owner: o', 'owner: " "', '4:12: holds[0].owner: an owner is not empty'],
  ['no bug for a waiver', waiver, 'bug: LP#1\n    ', '', `2:5: waivers[0].bug: is missing: a text (${asked.bug})`],
  [
    'no bug for a waiver that is called a rollback’s',
    waiver.replace('id: w', 'id: rollback-w'),
    'bug: LP#1\n    ',
    '',
    `2:5: waivers[0].bug: is missing: a text (${asked.bug})`,
  ],
  [
    'no bug for a hold',
    hold,
    'bug: LP#1\n    ',
    '',
    '2:5: holds[0].bug: is missing: a URL, or a ticket such as rhbz#123; only what a rollback left (its id begins with rollback-) may lack it',
  ],
  [
    'no bug for a freeze',
    freeze,
    'bug: LP#1\n    ',
    '',
    '2:5: freezes[0].bug: is missing: a URL, or a ticket such as rhbz#123; only what a rollback left (its id begins with rollback-) may lack it',
  ],
  [
    'a bug in words',
    hold,
    'LP#1',
    'see chat',
    '5:10: holds[0].bug: "see chat" is no bug; allowed: its URL, or a ticket such as rhbz#123, LP#123 or PROJ-123',
  ],
  [
    'a bug that YAML takes for a comment',
    hold,
    'LP#1',
    '#12',
    `5:10: holds[0].bug: is empty: a text is expected (${asked.bug})`,
  ],
  [
    'a bug that is a script',
    hold,
    'LP#1',
    'javascript:alert(1)',
    '5:10: holds[0].bug: "javascript:alert(1)" is no bug; allowed: its URL, or a ticket such as rhbz#123, LP#123 or PROJ-123',
  ],
  [
    'a bug with a password',
    hold,
    'LP#1',
    'https://me:hunter2@bugs.example/1',
    '5:10: holds[0].bug: the URL of a bug may not hold a user name or password',
  ],
  ['no reason', hold, 'reason: r\n    ', '', `2:5: holds[0].reason: is missing: a text (${asked.reason})`],
  ['a blank reason', hold, 'reason: r', "reason: ''", '6:13: holds[0].reason: a reason is not empty'],
  ['no end', hold, '\n    expires: 2026-12-01', '', `2:5: holds[0].expires: is missing: a text (${asked.expires})`],
  ['an end never', hold, '2026-12-01', 'never', `7:14: holds[0].expires: "never" is no date; ${dates}`],
  [
    'an end that is a number',
    hold,
    '2026-12-01',
    '20261201',
    `7:14: holds[0].expires: 20261201 is not a text, write it in quotes (${asked.expires})`,
  ],
  [
    'an end in another order',
    hold,
    '2026-12-01',
    '01.12.2026',
    `7:14: holds[0].expires: "01.12.2026" is no date; ${dates}`,
  ],
  [
    'an end with a blank',
    hold,
    '2026-12-01',
    '2026-12-01 12:00:00Z',
    `7:14: holds[0].expires: "2026-12-01 12:00:00Z" is no date; ${dates}`,
  ],
  [
    'an end of no calendar',
    hold,
    '2026-12-01',
    '2026-02-30',
    '7:14: holds[0].expires: "2026-02-30" is not in the calendar',
  ],
  [
    'an end in month 13',
    hold,
    '2026-12-01',
    '2026-13-01',
    '7:14: holds[0].expires: "2026-13-01" is not in the calendar',
  ],
  [
    'an end at 24 h',
    hold,
    '2026-12-01',
    '2026-12-01T24:00Z',
    `7:14: holds[0].expires: "2026-12-01T24:00Z" is no date; ${dates}`,
  ],
  [
    'an end without a zone',
    hold,
    '2026-12-01',
    '2026-12-01T12:00',
    '7:14: holds[0].expires: "2026-12-01T12:00" says no zone, and machines have different ones; add Z for UTC, or an offset such as +01:00',
  ],
  [
    'a release that is none',
    hold,
    'id: h',
    'id: h\n    release: Master',
    '3:14: holds[0].release: a release is lower-case letters, digits, ".", "_" and "-", such as master',
  ],
  [
    'a component that is none',
    hold,
    'id: h',
    'id: h\n    component: Net',
    '3:16: holds[0].component: a component is lower-case letters, digits and "-", such as network',
  ],
  [
    'a label that is DLRN’s',
    freeze,
    'label: current-tripleo',
    'label: consistent',
    '3:12: freezes[0].label: label "consistent" belongs to DLRN itself and cannot be a target: promoting to it would overwrite DLRN\'s own files',
  ],
  [
    'a label that tagflow moves',
    waiver,
    'label: current-tripleo',
    'label: previous-current-tripleo',
    '5:12: waivers[0].label: label "previous-current-tripleo" is moved by tagflow itself, whenever the label that it is the previous one of is moved',
  ],
  [
    'a freeze without a label',
    freeze,
    'label: current-tripleo\n    ',
    '',
    '2:5: freezes[0].label: is missing: a text (The label that moves by hand only: when somebody gives a reason.)',
  ],
  [
    'a freeze of a hash',
    freeze,
    'id: f',
    `id: f\n    hash: ${one}`,
    '3:5: freezes[0]: unknown key "hash"; allowed here: id, label, release, component, owner, bug, reason, expires',
  ],
  [
    'a hold of a job',
    hold,
    'id: h',
    'id: h\n    job: job-a',
    '3:5: holds[0]: unknown key "job"; allowed here: id, hash, from, to, label, release, component, owner, bug, reason, expires',
  ],
  [
    'a waiver without a job',
    waiver,
    'job: job-a\n    ',
    '',
    '2:5: waivers[0].job: is missing: a text (The one job that need not have succeeded, by its exact name.)',
  ],
  [
    'a waiver of a pattern',
    waiver,
    'job-a',
    'job-*',
    '3:10: waivers[0].job: a waiver is for one job, and "job-*" means many; write a waiver for each, by its exact name',
  ],
  [
    'a waiver of a list',
    waiver,
    'job-a',
    '[job-a]',
    '3:10: waivers[0].job: a list is not a text (The one job that need not have succeeded, by its exact name.)',
  ],
  [
    'a short hash',
    waiver,
    one,
    '1234567',
    `4:11: waivers[0].hash: 1234567 is not a text, write it in quotes (The full hash that is meant, or any. A range has from and to in its place.)`,
  ],
  [
    'a short hash in quotes',
    waiver,
    one,
    '"1234567"',
    `4:11: waivers[0].hash: "1234567" is not a hash; ${forms}; or any, for every hash`,
  ],
  ['a short hash of a hold', hold, one, 'abcdef0', `3:11: holds[0].hash: "abcdef0" is not a hash; ${forms}`],
  [
    'a hold of any hash',
    hold,
    one,
    'any',
    '3:11: holds[0].hash: a hold is about hashes that somebody looked at; to stop a label altogether write a freeze',
  ],
  [
    'a waiver of no hash',
    waiver,
    `hash: ${one}\n    `,
    '',
    '2:5: waivers[0]: does not say which hashes are meant; allowed: hash: FULLHASH, hash: any, or from: FULLHASH and, where it has an end, to: FULLHASH',
  ],
  [
    'a hold of no hash',
    hold,
    `hash: ${one}\n    `,
    '',
    '2:5: holds[0]: does not say which hashes are meant; allowed: hash: FULLHASH, or from: FULLHASH and, where it has an end, to: FULLHASH',
  ],
  [
    'a range from any',
    hold,
    `hash: ${one}`,
    'from: any',
    `3:11: holds[0].from: a range has ends that are hashes; ${forms}`,
  ],
  [
    'a range without a beginning',
    hold,
    `hash: ${one}`,
    `to: ${one}`,
    '3:9: holds[0].to: is the end of a range that begins nowhere; add from: FULLHASH',
  ],
  [
    'a range of two kinds',
    hold,
    `hash: ${one}`,
    `from: ${one}\n    to: ${aggregate}`,
    '4:9: holds[0].to: is an aggregate, and from is a build: no label names both, so nothing lies between them',
  ],
  [
    'a hash and a range',
    hold,
    `hash: ${one}`,
    `hash: ${one}\n    from: ${two}\n    to: ${two}`,
    '4:11: holds[0].from: stands beside hash, and only one of them can be meant; allowed: hash: FULLHASH, or from: FULLHASH and, where it has an end, to: FULLHASH',
    '5:9: holds[0].to: stands beside hash, and only one of them can be meant; allowed: hash: FULLHASH, or from: FULLHASH and, where it has an end, to: FULLHASH',
  ],
];

for (const [name, file, what, by, ...problems] of rows) {
  test(`bad policy: ${name}`, (t) => {
    t.true(file.includes(what));
    const [head, ...lines] = messageOf([{ name: 'p.yaml', text: file.replace(what, () => by) }]);
    t.deepEqual(
      lines,
      problems.map((problem) => `policy/p.yaml:${problem}`),
    );
    t.is(head, `${problems.length === 1 ? 'one thing is' : `${problems.length} things are`} wrong in policy policy`);
  });
}

test('the files of which the table is made are right', (t) => {
  t.deepEqual(messageOf([{ name: 'p.yaml', text: `${waiver}${hold}${freeze}` }]), []);
});

test('everything that is wrong in all files is told at once, and what to do', (t) => {
  const files = [
    { name: 'b.yaml', text: hold.replace('reason: r', 'reason: ""').replace('2026-12-01', 'soon') },
    { name: 'a.yaml', text: waiver.replace('job-a', '"*"') },
    { name: 'c.yaml', text: 'holds: [' },
    { name: 'd.yaml', text: hold },
  ];
  t.deepEqual(messageOf(files), [
    '5 things are wrong in policy policy',
    'policy/a.yaml:3:10: waivers[0].job: a waiver is for one job, and "*" means many; write a waiver for each, by its exact name',
    'policy/b.yaml:6:13: holds[0].reason: a reason is not empty',
    `policy/b.yaml:7:14: holds[0].expires: "soon" is no date; ${dates}`,
    'policy/c.yaml:1:9: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    'policy/d.yaml:2:9: holds[0].id: id "h" is there already, in b.yaml:2',
  ]);
  const error = t.throws(() => parsePolicy(files, 'policy'), { instanceOf: ConfigError });
  t.is(error.outcome, 'invalid');
  t.is(error.next, 'Correct the files: while a waiver, hold or freeze cannot be read, nothing is promoted.');
});
