import test from 'ava';
import {
  type ArtifactSet,
  canonicalJson,
  type Digest,
  formatPlan,
  formatSet,
  isSameImage,
  mergeSets,
  ParseError,
  parseCommitBuild,
  parseFullHash,
  parsePlan,
  parseSet,
  parseTargetLabel,
  type Plan,
  visibleIn,
} from '../src/index.ts';

const fullHash = parseFullHash(`${'4d'.repeat(20)}_fe857747`);
const digest = `sha256:${'0'.repeat(64)}` as Digest;
const set: ArtifactSet = {
  fullHash,
  release: 'master',
  repository: {
    url: 'http://127.0.0.1/4d/37/x',
    builds: [parseCommitBuild({ commit_hash: '4d'.repeat(20), distro_hash: 'fe'.repeat(20) })],
  },
  containers: [
    { name: 'heat-api', digest },
    { name: 'nova-compute', digest },
  ],
  images: [
    { name: 'overcloud-full.tar', size: 3, sha256: 'a'.repeat(64), md5: 'b'.repeat(32), visibility: 'public' },
    { name: 'rhel.qcow2', size: 3, sha256: 'a'.repeat(64), md5: null, visibility: 'internal' },
  ],
};

test('a set survives its file, and equal sets are equal bytes', (t) => {
  t.deepEqual(parseSet(formatSet(set), 'set.json'), set);
  const shuffled = { ...set, containers: [...set.containers].reverse() };
  t.is(formatSet(parseSet(formatSet(shuffled), 'set.json')), formatSet(set));
});

const broken: readonly [string, unknown, RegExp][] = [
  ['not JSON', 'x', /set\.json is not JSON/],
  ['a list', [], /is not an object/],
  ['another schema', { schema: 'tagflow/set/v2' }, /this tagflow reads "tagflow\/set\/v1"/],
  ['a bad hash', { ...set, fullHash: 'abc' }, /full-hash "abc"/],
  ['no containers', { ...set, containers: undefined }, /containers is not a list/],
  ['a bad digest', { ...set, containers: [{ name: 'a', digest: 'sha256:1' }] }, /digest "sha256:1"/],
  ['a path for a name', { ...set, images: [{ ...set.images[0], name: '../etc' }] }, /not a plain file name/],
  ['a negative size', { ...set, images: [{ ...set.images[0], size: -1 }] }, /whole number of bytes/],
  ['half a checksum', { ...set, images: [{ ...set.images[0], sha256: 'ab' }] }, /sha256 of image overcloud-full\.tar/],
  ['a builder of two lines', { ...set, images: [{ ...set.images[0], builder: 'a\nb' }] }, /builder of image overcloud/],
  ['an unknown visibility', { ...set, images: [{ ...set.images[0], visibility: 'secret' }] }, /visibility/],
  [
    'one name twice',
    {
      ...set,
      containers: [
        { name: 'a', digest },
        { name: 'a', digest: `sha256:${'1'.repeat(64)}` },
      ],
    },
    /"a" is there twice/,
  ],
];
for (const [name, data, message] of broken) {
  test(`refused: ${name}`, (t) => {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    t.throws(() => parseSet(text, 'set.json'), { instanceOf: ParseError, message });
  });
}

test('who built an image is told, and is no part of what it is', (t) => {
  const [overcloud, ...others] = set.images as [ArtifactSet['images'][number]];
  const told = { ...set, images: [{ ...overcloud, builder: 'https://ci.example/runs/7' }, ...others] };
  t.deepEqual(parseSet(formatSet(told), 'set.json'), told);
  const again = { ...set, images: [{ ...overcloud, builder: 'another job' }, ...others] };
  t.deepEqual(mergeSets([set, told, again]), told);
  t.true(isSameImage(overcloud, { ...overcloud, builder: 'another job' }));
  t.false(isSameImage(overcloud, { ...overcloud, size: 4 }));
});

test('parts that separate jobs learned become one set, and contradictions are refused', (t) => {
  const part = { ...set, repository: { url: null, builds: [] } };
  t.deepEqual(
    mergeSets([
      { ...part, images: [] },
      { ...part, containers: [] },
      { ...set, images: [], containers: [] },
    ]),
    set,
  );
  t.throws(() => mergeSets([]), { message: /empty/ });
  const other = parseFullHash('f'.repeat(32));
  t.throws(() => mergeSets([set, { ...set, fullHash: other }]), { message: /different builds/ });
  const moved = [{ name: 'heat-api', digest: `sha256:${'1'.repeat(64)}` as Digest }];
  t.throws(() => mergeSets([set, { ...set, containers: moved }]), { message: /"heat-api" is there twice/ });
});

test('a public store never sees an internal image', (t) => {
  t.deepEqual(
    visibleIn(set, 'public').images.map((image) => image.name),
    ['overcloud-full.tar'],
  );
  t.is(visibleIn(set, 'internal'), set);
});

test('canonical JSON sorts keys at every depth and keeps lists', (t) => {
  t.is(canonicalJson({ b: [2, { d: 1, c: undefined }], a: 'ü' }), '{"a":"ü","b":[2,{"d":1}]}');
});

test('a plan survives its file; another file is refused', (t) => {
  const plan: Plan = {
    mode: 'promote',
    release: 'master',
    component: null,
    label: parseTargetLabel('current-tripleo'),
    candidateLabel: null,
    fromHash: null,
    toHash: fullHash,
    set,
    fromSet: null,
    ...{ irreversible: [], criteria: 'none' as const, waivers: [], version: 1, policyDigest: 'sha256:p' },
    moves: [
      {
        destination: 'repository',
        kind: 'repository',
        label: parseTargetLabel('current-tripleo'),
        pointer: 'current-tripleo',
        from: null,
        to: fullHash,
      },
    ],
    notes: [],
    verdict: { answer: 'yes', fullHash, reasons: [], waivers: [], votes: [], criteriaDigest: digest },
    configDigest: digest,
    reason: null,
    actor: 'test',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  t.deepEqual(parsePlan(formatPlan(plan), 'plan.json'), plan);
  t.throws(() => parsePlan('{}', 'plan.json'), { message: /not a plan of this tagflow/ });
  t.throws(() => parsePlan(formatPlan({ ...plan, moves: [] }), 'plan.json'), { message: /moves nothing/ });
});
