import type { FullHash, Hold, Label, PolicyEntry, Waiver } from '@tagflow/model';
import test from 'ava';
import { entriesFor } from '../src/policy/entries.ts';

const hash = (digit: string): FullHash => `${digit.repeat(40)}_${digit.repeat(8)}` as FullHash;
const label = 'current-tripleo' as Label;
const other = 'current-tripleo-rdo' as Label;
const facts = { id: 'x', release: null, owner: 'o', bug: 'LP#1', reason: 'r', expires: 0, where: 'x.yaml:1' };
const hold = (more: Partial<Hold>): Hold => ({
  ...facts,
  ...{ kind: 'hold', hashes: { from: hash('5'), to: hash('5') }, label: null, ...more },
});
const waiver = (more: Partial<Waiver>): Waiver => ({
  ...facts,
  ...{ kind: 'waiver', job: 'j', hashes: null, label: null, ...more },
});

// The question is about hash 5, of master, for current-tripleo; the caller says that 3 to 7 is a range with it.
const rows: readonly (readonly [name: string, entry: PolicyEntry, speaks: boolean])[] = [
  ['a hold of this hash', hold({}), true],
  ['a hold of another hash', hold({ hashes: { from: hash('4'), to: hash('4') } }), false],
  ['a range with the hash', hold({ hashes: { from: hash('3'), to: hash('7') } }), true],
  ['a range that begins with it', hold({ hashes: { from: hash('5'), to: hash('9') } }), true],
  ['a range that ends with it', hold({ hashes: { from: hash('1'), to: hash('5') } }), true],
  ['a range without it', hold({ hashes: { from: hash('6'), to: hash('7') } }), false],
  ['a range without an end', hold({ hashes: { from: hash('3'), to: null } }), true],
  ['a range without an end that begins later', hold({ hashes: { from: hash('6'), to: null } }), false],
  ['of this release', hold({ release: 'master' }), true],
  ['of another release', hold({ release: 'pike' }), false],
  ['of this label', hold({ label }), true],
  ['of another label', hold({ label: other }), false],
  ['a waiver of every hash', waiver({}), true],
  ['a waiver of every hash, for another label', waiver({ label: other }), false],
  ['a waiver of another hash', waiver({ hashes: { from: hash('4'), to: hash('4') } }), false],
  ['a freeze of this label', { ...facts, kind: 'freeze', label }, true],
  ['a freeze of another label', { ...facts, kind: 'freeze', label: other }, false],
  ['a freeze of this label in another release', { ...facts, kind: 'freeze', label, release: 'pike' }, false],
];

for (const [name, entry, speaks] of rows) {
  test(`an entry ${speaks ? 'speaks' : 'does not speak'} of the hash: ${name}`, (t) => {
    const found = entriesFor([entry], {
      ...{ fullHash: hash('5'), release: 'master', label },
      isInRange: ({ from, to }) => from === hash('3') && (to === null || to === hash('7')),
    });
    t.deepEqual(found, speaks ? [entry] : []);
  });
}
