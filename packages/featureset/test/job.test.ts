import test from 'ava';
import fc from 'fast-check';
import {
  FeaturesetError,
  formatJobName,
  type Job,
  parseDistro,
  parseFeatureset,
  parseJobName,
  phase1JobTypes,
  type PlainJob,
} from '../src/index.ts';

const known: Readonly<Record<string, readonly (string | null)[]>> = {
  'periodic-tripleo-ci-centos-9-ovb-3ctlr_1comp-featureset001-master': [
    'centos',
    '9',
    'ovb',
    '3ctlr_1comp',
    '001',
    'master',
    null,
  ],
  'periodic-tripleo-ci-centos-8-standalone-featureset052-wallaby': [
    'centos',
    '8',
    'standalone',
    null,
    '052',
    'wallaby',
    null,
  ],
  'periodic-tripleo-ci-centos-7-ovb-3ctlr_1comp_1supp-featureset039-stein-upload': [
    'centos',
    '7',
    'ovb',
    '3ctlr_1comp_1supp',
    '039',
    'stein',
    'upload',
  ],
  'periodic-tripleo-ci-rhel-8-multinode-1ctlr-featureset010-rhos17.1-internal': [
    'rhel',
    '8',
    'multinode',
    '1ctlr',
    '010',
    'rhos17.1',
    'internal',
  ],
  'periodic-tripleo-ci-centos-9-ovb-baremetal_abc-featureset064-wallaby': [
    'centos',
    '9',
    'ovb',
    'baremetal_abc',
    '064',
    'wallaby',
    null,
  ],
};
for (const [name, [distro, version, environment, nodes, featureset, release, suffix]] of Object.entries(known)) {
  test(name, (t) => {
    const job = parseJobName(name);
    t.deepEqual(job as unknown, {
      kind: 'featureset',
      distro,
      version,
      environment,
      nodes,
      featureset,
      release,
      suffix,
    });
    t.is(formatJobName(job), name);
  });
}

const others: Readonly<Record<string, object>> = {
  'periodic-multinode-1ctlr-featureset010': {
    ...{ kind: 'old-featureset', environment: 'multinode', nodes: '1ctlr', featureset: '010' },
  },
  'periodic-singlenode-featureset027': {
    ...{ kind: 'old-featureset', environment: 'singlenode', nodes: null, featureset: '027' },
  },
  'tripleo-quickstart-promote-master-current-tripleo-delorean-minimal': {
    ...{ kind: 'phase-1', jobType: 'promote', release: 'master', location: 'current-tripleo' },
    ...{ buildSystem: 'delorean', config: 'minimal' },
  },
  'tripleo-quickstart-dlrn-gate-check-queens-delorean-full-minimal_pacemaker': {
    ...{ kind: 'phase-1', jobType: 'dlrn-gate-check', release: 'queens', location: null },
    ...{ buildSystem: 'delorean', config: 'full-minimal_pacemaker' },
  },
};
for (const [name, expected] of Object.entries(others)) {
  test(name, (t) => {
    t.deepEqual(parseJobName(name) as object, expected);
    t.is(formatJobName(parseJobName(name)), name);
  });
}

const nodesNames = [
  ...['1ctlr', '1ctlr_1comp', '1ctlr_2comp', '3ctlr_1comp', '1ctlr_1comp_1supp', '3ctlr_1comp_1supp', '3ctlr_3comp'],
  ...['3ctlr_2comp_3ceph', '1ctlr_1cellctrl_1comp', '3ctlr_1comp_64gb', '3ctlr_1comp_192gb', '1minion', '2ctlr'],
  ...['baremetal_1ctlr_1comp', 'baremetal_3ctlr_1comp', '1ctlr_1comp_mixed_os'],
];
test('every nodes name that there was is read in every form', (t) => {
  for (const nodes of nodesNames) {
    const job = parseJobName(`periodic-tripleo-ci-centos-9-ovb-${nodes}-featureset001-master-internal`);
    t.is('nodes' in job && job.nodes, nodes);
    const old = parseJobName(`periodic-ovb-${nodes}-featureset001`);
    t.is('nodes' in old && old.nodes, nodes);
  }
});

const word = (first: string, rest: string, maxLength = 8) =>
  fc
    .tuple(fc.constantFrom(...first), fc.string({ unit: fc.constantFrom(...rest), maxLength }))
    .map(([head, tail]) => head + tail);
const letters = 'abcdefghijklmnopqrstuvwxyz';
const generated: fc.Arbitrary<Exclude<Job, PlainJob>> = fc.oneof(
  fc.record({
    kind: fc.constant('featureset' as const),
    distro: word(letters, letters),
    version: word('0123456789', '0123456789', 2),
    environment: fc.constantFrom('multinode', 'singlenode', 'standalone', 'ovb', 'standalone-upgrade', 'featureset'),
    nodes: fc.option(fc.constantFrom(...nodesNames)),
    featureset: fc.nat(999).map((number) => String(number).padStart(3, '0')),
    release: word(letters, `${letters}0123456789.`),
    suffix: fc.constantFrom('upload', 'internal', null),
  }),
  fc.record({
    kind: fc.constant('old-featureset' as const),
    environment: fc.constantFrom('multinode', 'singlenode', 'standalone', 'ovb'),
    nodes: fc.option(fc.constantFrom(...nodesNames)),
    featureset: fc.nat(999).map((number) => String(number).padStart(3, '0')),
  }),
  fc.record({
    kind: fc.constant('phase-1' as const),
    jobType: fc.constantFrom(...phase1JobTypes),
    release: word(letters, `${letters}0123456789.`),
    location: fc.constantFrom('current-tripleo', 'current', 'tripleo-ci-testing', null),
    buildSystem: fc.constant('delorean'),
    config: word(letters, `${letters}_0123456789`),
  }),
);
test('a name says what it was made of', (t) => {
  fc.assert(
    fc.property(generated, (job) => {
      t.deepEqual(parseJobName(formatJobName(job)) as object, job);
    }),
    { seed: 7, numRuns: 300 },
  );
});
test('any text is read, and written again as it was', (t) => {
  const pieces = fc.constantFrom(
    ...['periodic', '-', 'tripleo-ci', 'centos', '9', 'ovb', '1ctlr', 'featureset', '001', 'master', 'upload', '\n'],
    ...['tripleo-quickstart', 'promote', 'delorean', 'minimal', '', '\u0000', '💥'],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 12 }).map((all) => all.join('-')),
  );
  fc.assert(
    fc.property(text, (name) => {
      t.is(formatJobName(parseJobName(name)), name);
    }),
    { seed: 7, numRuns: 500 },
  );
});
test('parts that would be read differently are refused', (t) => {
  const job = {
    kind: 'phase-1',
    jobType: 'dlrn-gate',
    release: 'check',
    location: 'a',
    buildSystem: 'delorean',
  } as const;
  t.throws(() => formatJobName({ ...job, config: 'minimal' }), {
    code: 'bad-job',
    message: /would be read differently/,
  });
});

const plain = [
  'periodic-tripleo-ci-build-containers-ubi-9-push-master',
  'periodic-tripleo-centos-9-master-promote-promoted-components-to-tripleo-ci-testing',
  'periodic-tripleo-ci-centos-9-standalone-full-tempest-api-master',
  'periodic-tripleo-ci-centos-9-ovb-3ctlr_1comp-featureset01-master',
  'periodic-tripleo-ci-centos-9-ovb-3ctlr_1comp-featureset001-master-vexxhost',
  'periodic-multinode-1ctlr-featureset10',
  'tripleo-quickstart-tempest-master-delorean-minimal',
  'tripleo-quickstart-promote',
  '',
];
for (const name of plain) {
  test(`"${name}" is a plain name`, (t) => {
    t.deepEqual(parseJobName(name), { kind: 'plain', name });
    t.is(formatJobName(parseJobName(name)), name);
  });
}

test('a part that the grammar does not know is named', (t) => {
  const job = parseJobName('periodic-tripleo-ci-centos-9-multinode-1ctlr-featureset010-master');
  t.is(job.kind, 'featureset');
  if (job.kind !== 'featureset') return;
  t.throws(() => formatJobName({ ...job, nodes: 'three' }), { instanceOf: FeaturesetError, message: /nodes "three"/ });
  t.throws(() => formatJobName({ ...job, release: 'a-b' }), { code: 'bad-job', message: /release "a-b"/ });
});

for (const text of ['1', '001', 'fs001', 'featureset001']) {
  test(`featureset ${text} is 001`, (t) => {
    t.is(parseFeatureset(text), '001');
  });
}
for (const text of ['', 'one', '0001', '-1', '1.5']) {
  test(`featureset "${text}" is refused`, (t) => {
    t.throws(() => parseFeatureset(text), { instanceOf: FeaturesetError, code: 'bad-job' });
  });
}

test('a distro is a name and a number', (t) => {
  t.deepEqual(parseDistro('centos9'), { distro: 'centos', version: '9' });
  t.deepEqual(parseDistro('rhel-8'), { distro: 'rhel', version: '8' });
  t.throws(() => parseDistro('centos'), { code: 'bad-job' });
});
