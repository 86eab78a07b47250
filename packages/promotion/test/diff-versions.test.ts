import test from 'ava';
import * as fc from 'fast-check';
import { compareNvr, compareRpmVersions, parseNvr } from '../src/diff/rpm-version.ts';

/** Each is below the next one of its line, or the same where the sign says so. */
const ordered: readonly (readonly [one: string, sign: '<' | '=', other: string])[] = [
  ['1.0', '=', '1.0'],
  ['1.0', '<', '2.0'],
  ['1.9', '<', '1.10'],
  ['2.0', '<', '2.0.1'],
  ['2.0.1', '<', '2.0.1a'],
  ['5.5p1', '<', '5.5p2'],
  ['5.5p1', '<', '5.5p10'],
  ['10xyz', '<', '10.1xyz'],
  ['xyz10', '<', 'xyz10.1'],
  ['xyz.4', '<', '8'],
  ['xyz.4', '<', '2'],
  ['5.5p2', '<', '5.6p1'],
  ['5.6p1', '<', '6.5p1'],
  ['6.0', '<', '6.0.rc1'],
  ['10a2', '<', '10b2'],
  ['1.0a', '<', '1.0aa'],
  ['Z', '<', 'a'],
  ['10.0001', '=', '10.1'],
  ['10.0001', '<', '10.0039'],
  ['4.999.9', '<', '5.0'],
  ['20101121', '<', '20101122'],
  ['99999999999999999998', '<', '99999999999999999999'],
  ['2_0', '=', '2.0'],
  ['2.0', '=', '2_0'],
  ['a', '=', 'a+'],
  ['+a', '=', 'a_'],
  ['1.', '=', '1'],
  ['', '<', '1'],
  ['1.0~rc1', '<', '1.0'],
  ['1.0~rc1', '<', '1.0~rc2'],
  ['1.0~rc1~git123', '<', '1.0~rc1'],
  ['1.0~rc1', '<', '1.0arc1'],
  ['~~', '<', '~'],
  ['1.0', '<', '1.0^'],
  ['1.0', '<', '1.0^git1'],
  ['1.0^git1', '<', '1.0^git2'],
  ['1.0^git1', '<', '1.01'],
  ['1.0^20160101', '<', '1.0.1'],
  ['1.0^20160101', '<', '1.0^20160101^git1'],
  ['1.0^20160101^git1', '<', '1.0^20160102'],
  ['1.0~rc1', '<', '1.0~rc1^git1'],
  ['1.0~rc1^git1', '<', '1.0'],
  ['1.0^git1~pre', '<', '1.0^git1'],
  ['1.0', '<', '1.0^git1~pre'],
];

test('versions are ordered as rpm orders them, both ways round', (t) => {
  for (const [one, sign, other] of ordered) {
    const expected = sign === '=' ? 0 : -1;
    t.is(compareRpmVersions(one, other), expected, `${one} ${sign} ${other}`);
    t.is(compareRpmVersions(other, one), expected === 0 ? 0 : 1, `${other} after ${one}`);
  }
});

test('the order is one: a version is not below itself, and what is below a lower one is lower', (t) => {
  const version = fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'Z', '.', '~', '^', '_'), maxLength: 7 });
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      t.is(compareRpmVersions(a, a), 0);
      t.is(compareRpmVersions(a, b) + compareRpmVersions(b, a), 0);
      if (compareRpmVersions(a, b) <= 0 && compareRpmVersions(b, c) <= 0) t.true(compareRpmVersions(a, c) <= 0);
    }),
  );
});

const nvrs: readonly (readonly [string, ReturnType<typeof parseNvr>])[] = [
  ['openstack-heat-21.0-0.1.el9', { name: 'openstack-heat', epoch: 0, version: '21.0', release: '0.1.el9' }],
  ['openstack-heat-1:21.0-1', { name: 'openstack-heat', epoch: 1, version: '21.0', release: '1' }],
  ['2:openstack-heat-21.0-1', { name: 'openstack-heat', epoch: 2, version: '21.0', release: '1' }],
  ['heat-1.0', null],
  ['heat', null],
  ['', null],
];
for (const [text, expected] of nvrs)
  test(`name, version and release of "${text}"`, (t) => t.deepEqual(parseNvr(text), expected));

test('an epoch weighs more than a version, and a version more than a release', (t) => {
  const order = (one: string, other: string) => Math.sign(compareNvr(parseNvr(one)!, parseNvr(other)!));
  t.is(order('a-1:1.0-1', 'a-2.0-1'), 1);
  t.is(order('a-1.1-1', 'a-1.0-9'), 1);
  t.is(order('a-1.0-0.20260101.aaa', 'a-1.0-0.20260102.000'), -1);
  t.is(order('a-1.0-1', 'b-1.0-1'), 0);
});
