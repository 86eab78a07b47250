import { formatExpiry, type FullHash, type PolicyEntry } from '@tagflow/model';
import test from 'ava';
import { formatPolicy, policyDigest } from '../src/index.ts';
import { expiryMs } from '../src/policy-expiry.ts';
import { parsePolicy } from '../src/policy-load.ts';
import { freeze, hold, one, two, waiver } from './policy-entries.ts';

const left: readonly PolicyEntry[] = [
  { ...freeze, id: 'rollback-7-freeze', bug: null, where: 'rollback 7' },
  {
    ...hold,
    id: 'rollback-7-hold',
    bug: null,
    where: 'rollback 7',
    hashes: { from: one as FullHash, to: one as FullHash },
  },
];

test('what a rollback left is written for people', (t) => {
  t.is(
    formatPolicy(left),
    `holds:
  # rollback 7
  - id: "rollback-7-hold"
    hash: "${one}"
    owner: "rdo-ci"
    reason: "panics"
    expires: 2026-12-01T12:30:00.000Z
freezes:
  # rollback 7
  - id: "rollback-7-freeze"
    label: "current-tripleo"
    owner: "release-team"
    reason: "the release is cut"
    expires: 2026-12-04
`,
  );
});

const hostile = 'a: b # c\n- d\r\t"e" \u0007\u0085\u2028\ufeff {f} \u{1f600} \\';
const rows: readonly (readonly [name: string, entries: readonly PolicyEntry[]])[] = [
  ['nothing', []],
  ['one of each kind', [waiver, hold, freeze]],
  ['what a rollback left', left],
  ['one component', [{ ...hold, component: 'network' }]],
  ['no component', [{ ...freeze, component: null }]],
  ['every hash', [{ ...waiver, hashes: null }]],
  ['a range with two ends', [{ ...hold, hashes: { from: one as FullHash, to: two as FullHash } }]],
  ['a hash that YAML would take for a number', [{ ...hold, hashes: { from: '1'.repeat(32) as FullHash, to: null } }]],
  [
    'texts that YAML would take for something else',
    [{ ...hold, id: '1e3', owner: 'null', reason: 'yes', release: '1' }],
  ],
  ['texts that try to be more', [{ ...hold, owner: hostile, reason: hostile, where: hostile }]],
  ['a moment to the millisecond', [{ ...hold, expires: 1_800_000_000_001 }]],
];
for (const [name, entries] of rows) {
  test(`what is written is read again: ${name}`, (t) => {
    const read = parsePolicy([{ name: 'f.yaml', text: formatPolicy(entries) }], 'policy');
    const order = ['waiver', 'hold', 'freeze'];
    const said = (list: readonly PolicyEntry[]) =>
      list.map((entry) => ({ ...entry, where: '' })).sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
    t.deepEqual(said(read.entries), said(entries));
    t.is(read.digest, policyDigest(entries));
  });
}

const moments: readonly (readonly [text: string, moment: string, again?: string])[] = [
  ['2026-12-01', '2026-12-02T00:00:00.000Z'],
  ['2024-02-29', '2024-03-01T00:00:00.000Z'],
  ['2026-12-31', '2027-01-01T00:00:00.000Z'],
  ['2001-01-01', '2001-01-02T00:00:00.000Z'],
  ['2026-12-01T12:30Z', '2026-12-01T12:30:00.000Z', '2026-12-01T12:30:00.000Z'],
  ['2026-12-01T12:30:15+05:30', '2026-12-01T07:00:15.000Z', '2026-12-01T07:00:15.000Z'],
  ['2026-12-01T23:00:00.5-02:00', '2026-12-02T01:00:00.500Z', '2026-12-02T01:00:00.500Z'],
  ['2026-12-01T00:00:00Z', '2026-12-01T00:00:00.000Z', '2026-11-30'],
];
for (const [text, moment, again] of moments) {
  test(`expires: ${text} is ${moment}`, (t) => {
    t.is(new Date(expiryMs(text)).toISOString(), moment);
    t.is(formatExpiry(expiryMs(text)), again ?? text);
  });
}
