import test from 'ava';
import fc from 'fast-check';
import { globFits, selectContainers } from '../../src/choose/select-containers.ts';
import { OciError } from '../../src/error.ts';
import { parseNamePattern } from '../../src/reference.ts';

const pattern = parseNamePattern('openstack-{name}');
const named = (...names: string[]) => names.map((name) => ({ name, why: 'list' }));
const select = (names: readonly string[], include: readonly string[], exclude: readonly string[]) =>
  selectContainers(named(...names), { include, exclude }, pattern);

const globs = [
  ['heat-api', 'heat-api', true],
  ['heat-api', 'heat-api-cfn', false],
  ['*', 'heat-api', true],
  ['heat-*', 'heat-api', true],
  ['heat-*', 'heat-', true],
  ['heat-*', 'xheat-api', false],
  ['*-base', 'nova-base', true],
  ['*-base', 'nova-bases', false],
  ['*nova*', 'nova', true],
  ['n*a*i', 'nova-api', true],
  ['n*a*i', 'nova-apis', false],
  ['a*a', 'a', false],
  ['ab*bc', 'abc', false],
  ['a**b', 'ab', true],
  ['*b*b', 'b', false],
] as const;

for (const [glob, name, fits] of globs) {
  test(`${glob} ${fits ? 'fits' : 'does not fit'} ${name}`, (t) => {
    t.is(globFits(glob, name), fits);
  });
}

test('a glob says what the regular expression of the same meaning says', (t) => {
  const letters = (max: number, ...chars: readonly string[]) =>
    fc.array(fc.constantFrom(...chars), { maxLength: max }).map((list) => list.join(''));
  fc.assert(
    fc.property(letters(8, 'a', 'b', '*'), letters(10, 'a', 'b'), (glob, name) => {
      t.is(globFits(glob, name), new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(name));
    }),
  );
});

test('a glob of many stars takes no time to speak of', (t) => {
  t.false(globFits(`${'*a'.repeat(5000)}*b`, 'a'.repeat(50_000)));
});

test('without rules everything is wanted, once, sorted, for its first reason', (t) => {
  const all = [
    { name: 'nova-api', why: 'line 1' },
    { name: 'base', why: 'line 2' },
    { name: 'nova-api', why: 'line 3' },
  ];
  t.deepEqual(selectContainers(all, { include: [], exclude: [] }, pattern), {
    wanted: [
      { name: 'base', why: 'line 2' },
      { name: 'nova-api', why: 'line 1' },
    ],
    excluded: [],
    warnings: [],
  });
});

test('what is left out has a reason', (t) => {
  const { wanted, excluded, warnings } = select(
    ['base', 'heat-api', 'neutron-mlnx-agent', 'nova-api', 'nova-base'],
    ['nova-*', 'neutron-mlnx-agent', 'base'],
    ['openstack-neutron-mlnx-agent:  not built\nfor centos9', '*-base'],
  );
  t.deepEqual(wanted, named('base', 'nova-api'));
  t.deepEqual(excluded, [
    { name: 'heat-api', why: 'not in include' },
    { name: 'neutron-mlnx-agent', why: 'not built for centos9' },
    { name: 'nova-base', why: 'exclude *-base' },
  ]);
  t.deepEqual(warnings, []);
});

test('repository names stand for bare ones only where their whole prefix is there', (t) => {
  // A glob on repository names would take all of them with "o*".
  t.deepEqual(select(['octavia-api', 'base'], [], ['o*']).wanted, named('base'));
  t.deepEqual(select(['octavia-api', 'base'], ['openstack-oct*'], []).wanted, named('octavia-api'));
});

test('a rule that fits nothing is told by name', (t) => {
  t.deepEqual(select(['base', 'os'], ['base', 'basis'], ['neutron-mlx-agent: late']).warnings, [
    'include: "basis" fits none of the 2 containers',
    'exclude: "neutron-mlx-agent" fits none of the 2 containers',
  ]);
});

test('nothing left is an error, with the rules that fit nothing', (t) => {
  const error = t.throws(() => select(['base'], ['basis'], []), {
    instanceOf: OciError,
    code: 'empty-list',
    message: /none of the 1 named containers is left \(include: "basis" fits none/,
  });
  t.is(error.outcome, 'invalid');
  t.throws(() => select(['base'], [], ['*']), { instanceOf: OciError, code: 'empty-list' });
  t.throws(() => select([], [], []), { instanceOf: OciError, code: 'empty-list', message: /no container is named/ });
});

for (const bad of ['', ':', 'Heat', 'a b', 'quay.io/ns/base', '-x', '../x', 'a\u0000', '[a-z]', '?']) {
  test(`${JSON.stringify(bad)} is no rule`, (t) => {
    t.throws(() => select(['base'], [], [bad]), { instanceOf: OciError, code: 'bad-list', message: /^exclude: / });
    t.throws(() => select(['base'], [bad], []), { instanceOf: OciError, code: 'bad-list', message: /^include: / });
  });
}

const names = fc.uniqueArray(fc.stringMatching(/^[a-c]{1,3}$/), { minLength: 1, maxLength: 12 });
const entries = fc.array(fc.stringMatching(/^[a-c*][a-c*]{0,2}$/), { maxLength: 4 });

test('wanted and excluded are the whole list, each name in one of them', (t) => {
  fc.assert(
    fc.property(names, entries, entries, (all, include, exclude) => {
      let result;
      try {
        result = select(all, include, exclude);
      } catch (error) {
        t.is((error as OciError).code, 'empty-list');
        return;
      }
      const both = [...result.wanted, ...result.excluded].map(({ name }) => name);
      t.deepEqual(both.sort(), [...all].sort());
      // Exclude wins; the order of the entries does not count; a second pass takes nothing away.
      for (const { name } of result.wanted) t.false(exclude.some((glob) => globFits(glob, name)));
      const turned = select([...all].reverse(), [...include].reverse(), [...exclude].reverse());
      t.deepEqual(turned.wanted, result.wanted);
      const left = result.wanted.map(({ name }) => name);
      t.deepEqual(select(left, include, exclude).wanted, result.wanted);
    }),
  );
});

test('one more exclude never adds, one more include to some never takes away', (t) => {
  fc.assert(
    fc.property(names, entries, entries, fc.stringMatching(/^[a-c*]{1,3}$/), (all, include, exclude, more) => {
      // "zz" keeps the selections from being empty.
      const left = (ins: readonly string[], outs: readonly string[]) =>
        new Set(select([...all, 'zz'], ['zz', ...ins], outs).wanted.map(({ name }) => name));
      const keeps = (outs: readonly string[]) => outs.filter((glob) => !globFits(glob, 'zz'));
      const before = left(include, keeps(exclude));
      t.true(left(include, keeps([...exclude, more])).isSubsetOf(before));
      t.true(before.isSubsetOf(left([...include, more], keeps(exclude))));
    }),
  );
});
