import test from 'ava';
import { diffSets, isSameSet, mergePackages, type PackageEntry, type SetDetails } from '../src/index.ts';
import { digest, empty, hash, heat, layer, nova, promoted, sha, waiver } from './diff-data.ts';

const packageCases: readonly (readonly [string, Partial<PackageEntry>, string | null])[] = [
  ['nothing', {}, null],
  ['a newer source', { sourceSha: sha('3'), nvr: 'openstack-heat-1.0.2-0.1.el9' }, 'up'],
  ['an older source', { sourceSha: sha('3'), nvr: 'openstack-heat-1.0.0-0.1.el9' }, 'down'],
  ['a pre-release of the same version', { sourceSha: sha('3'), nvr: 'openstack-heat-1.0.1~rc1-9.el9' }, 'down'],
  ['an epoch', { sourceSha: sha('3'), nvr: 'openstack-heat-1:0.1-1.el9' }, 'up'],
  ['another packaging', { distSha: sha('3'), nvr: 'openstack-heat-1.0.1-0.20260102000000.aaaaaaa.el9' }, 'rebuilt'],
  ['another build of the same', { nvr: 'openstack-heat-1.0.1-0.20260102000000.aaaaaaa.el9' }, 'rebuilt'],
  ['a source that could not be built', { sourceSha: sha('3'), nvr: null }, 'other'],
  ['a source with the same package', { sourceSha: sha('3') }, 'other'],
  ['the status alone', { status: 'FAILED' }, 'other'],
  ['the component alone', { component: 'common' }, 'other'],
];
for (const [what, change, kind] of packageCases) {
  test(`a package: ${what}`, (t) => {
    const { packages } = diffSets({ ...empty, packages: [heat] }, { ...empty, packages: [{ ...heat, ...change }] });
    t.deepEqual(
      packages?.changed.map((one) => one.kind),
      kind === null ? [] : [kind as 'up'],
    );
    t.is(packages?.same, kind === null ? 1 : 0);
  });
}

test('one added package is one addition, wherever it stands in the list (trap T19)', (t) => {
  const many = ['a', 'b', 'c', 'd'].map((project) => ({ ...heat, project }));
  const [first, ...rest] = many;
  const { packages } = diffSets({ ...empty, packages: rest.reverse() }, { ...empty, packages: many });
  t.deepEqual(packages, { added: [first!], removed: [], changed: [], same: 3 });
});

test('of a package that is listed twice the newer one counts', (t) => {
  const newer = { ...heat, nvr: 'openstack-heat-1.0.10-1.el9' };
  t.deepEqual(mergePackages([nova, newer, heat]), [newer, nova]);
  t.deepEqual(mergePackages([{ ...heat, nvr: null }, heat]), [heat]);
});

test('containers: by name, with the layers of each platform; a layer that many share is counted once', (t) => {
  const platform = (name: string | null, ...layers: readonly ReturnType<typeof layer>[]) => ({
    platform: name,
    layers,
  });
  const base = layer('b', 1000);
  const from: SetDetails = {
    ...empty,
    containers: [
      { name: 'gone', digest: digest('0'), platforms: null },
      { name: 'heat-api', digest: digest('1'), platforms: [platform(null, base, layer('1', 10))] },
      { name: 'heat-engine', digest: digest('2'), platforms: [platform(null, base, layer('1', 10))] },
      { name: 'nova-api', digest: digest('3'), platforms: [platform('linux/amd64', base)] },
      { name: 'nova-scheduler', digest: digest('4'), platforms: null },
      { name: 'same', digest: digest('5'), platforms: null },
    ],
  };
  const to: SetDetails = {
    ...empty,
    containers: [
      { name: 'same', digest: digest('5'), platforms: null },
      { name: 'nova-scheduler', digest: digest('6'), platforms: [platform(null, base)] },
      {
        name: 'nova-api',
        digest: digest('7'),
        platforms: [platform('linux/arm64', layer('7', 70)), platform('linux/amd64', base, layer('8', 80))],
      },
      { name: 'heat-engine', digest: digest('8'), platforms: [platform(null, base, layer('9', 90))] },
      { name: 'heat-api', digest: digest('9'), platforms: [platform(null, base, layer('9', 90))] },
      { name: 'fresh', digest: digest('a'), platforms: null },
    ],
  };
  const { containers } = diffSets(from, to);
  const none = { count: 0, bytes: 0 };
  t.deepEqual(containers?.added, [{ name: 'fresh', digest: digest('a') }]);
  t.deepEqual(containers?.removed, [{ name: 'gone', digest: digest('0') }]);
  t.deepEqual(
    containers?.changed.map(({ name, platforms }) => [name, platforms]),
    [
      ...['heat-api', 'heat-engine'].map((name) => [
        name,
        [
          {
            ...{ platform: null, shared: { count: 1, bytes: 1000 } },
            ...{ added: { count: 1, bytes: 90 }, removed: { count: 1, bytes: 10 } },
          },
        ],
      ]),
      [
        'nova-api',
        [
          { platform: 'linux/amd64', shared: { count: 1, bytes: 1000 }, added: { count: 1, bytes: 80 }, removed: none },
          { platform: 'linux/arm64', shared: none, added: { count: 1, bytes: 70 }, removed: none },
        ],
      ],
      ['nova-scheduler', null],
    ],
  );
  t.deepEqual(containers?.layers, {
    shared: { count: 1, bytes: 1000 },
    added: { count: 3, bytes: 240 },
    removed: { count: 1, bytes: 10 },
  });
});

test('criteria: jobs by name, groups in words, the rule for votes, waivers by id', (t) => {
  const before = promoted({ allOf: ['a', 'b', { anyOf: ['c', 'd'] }], informing: ['x'] }, [waiver]);
  const after = promoted({
    allOf: ['b', { atLeast: 2, of: ['c', 'e', { allOf: ['f', 'g'] }] }, { matching: 'periodic-*', atLeast: 3 }],
    informing: [{ matching: 'x*' }],
    votes: { passes: 2, ofLast: 3 },
    minimumJobs: 4,
  });
  const { criteria } = diffSets({ ...empty, promotion: before }, { ...empty, promotion: after });
  t.deepEqual(criteria, {
    jobs: { added: ['e', 'f', 'g'], removed: ['a', 'd'] },
    rules: {
      added: ['at least 2 of (c, e, all of (f, g))', 'at least 3 of the jobs periodic-*'],
      removed: ['any of (c, d)'],
    },
    informing: { added: ['the jobs x*'], removed: ['x'] },
    votes: { from: 'any-success', to: '2 of the last 3' },
    minimumJobs: { from: 1, to: 4 },
    waivers: { added: [], removed: [waiver], changed: [], same: 0 },
    whole: { from: before.criteria, to: after.criteria },
  });
});

test('another hash is a difference, and so is a waiver', (t) => {
  const plain = { ...empty, promotion: promoted({ allOf: ['a'], informing: [] }) };
  t.true(isSameSet(diffSets(plain, plain)));
  t.false(isSameSet(diffSets(plain, { ...plain, fullHash: hash('b') })));
  t.false(isSameSet(diffSets(plain, { ...plain, promotion: promoted({ allOf: ['a'], informing: [] }, [waiver]) })));
});
