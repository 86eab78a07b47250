import test from 'ava';
import { FeaturesetError, formatJobName, parseDistro, parseFeatureset, parseJobName } from '../src/index.ts';

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

const plain = [
  'periodic-tripleo-ci-build-containers-ubi-9-push-master',
  'periodic-tripleo-centos-9-master-promote-promoted-components-to-tripleo-ci-testing',
  'periodic-tripleo-ci-centos-9-standalone-full-tempest-api-master',
  'periodic-tripleo-ci-centos-9-ovb-3ctlr_1comp-featureset01-master',
  'periodic-tripleo-ci-centos-9-ovb-3ctlr_1comp-featureset001-master-vexxhost',
  'periodic-multinode-1ctlr-featureset010',
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
