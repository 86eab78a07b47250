import test from 'ava';
import { optionalSourceOf, resolvePhase } from '../src/index.ts';
import { parseConfig } from '../src/load.ts';
import { expectProblems } from './bad-input.ts';

const head = `release: master
distro: centos7
dlrn: { api-url: 'https://trunk.example/api', repos-url: 'https://trunk.example/centos7-master' }
registries:
  rdo: { url: 'https://registry.example/master', ca: certs/rdo.pem }
  docker: { url: 'https://docker.io/tripleomaster', ca: /etc/ssl/docker.pem }
  quay: { url: 'https://quay.io/tripleomaster', create-repositories: true }
`;

/** A file with one phase; the containers of its promotion stand in line 12. */
function withContainers(containers: string): string {
  return `${head}phases:
  upstream:
    pin: { from: consistent, to: a }
    promote: { from: a, to: b, criteria: { all-of: [x] },
      containers: { ${containers} } }
`;
}

test('a registry may have an authority of its own, whose file is below the folder, and make repositories', (t) => {
  const { registries } = parseConfig(withContainers('source: rdo, destinations: [rdo]'), '/c/tagflow.yaml');
  const facts = Object.values(registries).map(({ caFile, createRepositories }) => [caFile, createRepositories]);
  t.deepEqual(facts, [
    ['/c/certs/rdo.pem', false],
    ['/etc/ssl/docker.pem', false],
    [null, true],
  ]);
});

test('what is said of the containers of a promotion, and what holds where nothing is said', (t) => {
  const containersOf = (text: string): unknown =>
    parseConfig(withContainers(text), 't.yaml').phases['upstream']?.promote?.containers;
  t.deepEqual(containersOf('source: rdo, destinations: [rdo]'), {
    ...{ source: 'rdo', destinations: ['rdo'], optional: [], exclude: [], arches: [], signatures: false },
  });
  t.deepEqual(
    containersOf(
      'source: rdo, destinations: [rdo, docker], optional: [docker], arches: [x86_64, ppc64le], signatures: true, ' +
        "exclude: { nova-novncproxy: 'bug 1', 'neutron-*-ovn': 'not built there' }",
    ),
    {
      ...{ source: 'rdo', destinations: ['rdo', 'docker'], optional: ['docker'] },
      ...{ arches: ['x86_64', 'ppc64le'], signatures: true },
      exclude: [
        { pattern: 'nova-novncproxy', reason: 'bug 1' },
        { pattern: 'neutron-*-ovn', reason: 'not built there' },
      ],
    },
  );
  t.like(containersOf('source: rdo, destinations: [rdo], exclude: [ceph]'), {
    exclude: [{ pattern: 'ceph', reason: null }],
  });
});

const at = 'phases.upstream.promote.containers';
const bad: readonly (readonly [containers: string, problem: string | RegExp])[] = [
  [
    'source: rdo, destinations: [rdo], optional: [docker]',
    `12:66 ${at}.optional[0]: "docker" is not one of the destinations; allowed: rdo`,
  ],
  [
    'source: rdo, destinations: [rdo, docker], optional: [docker, rdo]',
    `12:73 ${at}.optional: all destinations are optional; at least one of rdo, docker has to be required`,
  ],
  [
    'source: rdo, destinations: [rdo, docker], optional: [docker, docker]',
    `12:73 ${at}.optional: a destination is named twice`,
  ],
  ['source: rdo, destinations: [rdo], optional: docker', /"docker" is not a list/],
  ['source: rdo, destinations: [rdo], exclude: [ceph, ceph]', /a container is excluded twice/],
  ['source: rdo, destinations: [rdo], exclude: { ceph: "" }', /exclude\.ceph: a reason is not empty/],
  ['source: rdo, destinations: [rdo], exclude: { Ceph: why }', /"Ceph": what is excluded is the bare name/],
  ['source: rdo, destinations: [rdo], exclude: ceph', /"ceph" is not a list or a mapping/],
  ['source: rdo, destinations: [rdo], arches: [x86_64, x86_64]', /an architecture is named twice/],
  ['source: rdo, destinations: [rdo], arches: [x86-64]', /an architecture is such as x86_64 or ppc64le/],
  ['source: rdo, destinations: [rdo], signatures: always', /signatures: "always" is not true or false/],
];
for (const [containers, problem] of bad) {
  test(`bad containers: ${containers}`, (t) => {
    expectProblems(t, withContainers(containers), [problem]);
  });
}

test('an authority is of no use where nobody shows a certificate', (t) => {
  const plain = withContainers('source: rdo, destinations: [rdo]').replace(
    'https://registry.example/master',
    'http://127.0.0.1:5000/master',
  );
  expectProblems(t, plain, ['5:51 registries.rdo.ca: is for an https:// url; over http:// nobody shows a certificate']);
});

const phases = (source: string, optional: string): string => `${head}phases:
  upstream:
    pin: { from: consistent, to: a }
    promote: { from: a, to: b, criteria: { all-of: [x] },
      containers: { source: rdo, destinations: [rdo, quay, docker], optional: [${optional}] } }
  rdo-phase-1:
    promote: { from: b, to: c, criteria: { all-of: [x] }, containers: { source: ${source}, destinations: [rdo] } }
`;

test('a phase reads from a place that may owe when the phase before only has it as an option', (t) => {
  const sourceOf = (source: string, optional: string, phase = 'rdo-phase-1'): unknown => {
    const config = parseConfig(phases(source, optional), 't.yaml');
    return optionalSourceOf(config, resolvePhase(config, phase));
  };
  const found = { registry: 'docker', label: 'b', phase: 'upstream', required: ['rdo', 'quay'] };
  t.deepEqual(sourceOf('docker', 'docker'), found);
  t.deepEqual(sourceOf('docker', 'docker, quay'), { ...found, required: ['rdo'] });
  t.is(sourceOf('docker', 'quay'), null, 'required there');
  t.is(sourceOf('rdo', 'docker'), null, 'not what it reads from');
  t.is(sourceOf('docker', 'docker', 'upstream'), null, 'nobody comes before');
});
