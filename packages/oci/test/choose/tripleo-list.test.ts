import test from 'ava';
import { parseTripleoList } from '../../src/choose/tripleo-list.ts';
import { OciError } from '../../src/error.ts';

const where = 'tripleo_containers.yaml at 3f2a91c0';
const entry = (imagename: string, source?: string) =>
  `- imagename: "${imagename}"\n${source === undefined ? '' : `  image_source: ${source}\n`}`;
const file = (...entries: readonly string[]) => `# made by a script\ncontainer_images:\n${entries.join('')}`;
const names = (text: string, prefix?: string) => parseTripleoList(text, where, prefix).wanted.map(({ name }) => name);

test('what TripleO and kolla build is wanted, each name once', (t) => {
  const text = file(
    entry('docker.io/tripleomaster/openstack-heat-api:current-tripleo', 'tripleo'),
    entry('docker.io/tripleomaster/openstack-base:current-tripleo', 'kolla'),
    entry('quay.io:443/tripleomaster/openstack-heat-api@sha256:00', 'tripleo'),
    entry('docker.io/ceph/daemon:v4.0', 'ceph'),
    entry('quay.io/prometheus/alertmanager:v0.16', 'prometheus'),
    entry('quay.io/tripleomaster/other:current-tripleo', 'tripleo'),
  );
  t.deepEqual(parseTripleoList(text, where), {
    wanted: [
      { name: 'base', why: where },
      { name: 'heat-api', why: where },
    ],
    excluded: [
      { name: 'alertmanager', why: `${where}: image_source prometheus` },
      { name: 'daemon', why: `${where}: image_source ceph` },
      { name: 'other', why: `${where}: no name after openstack-` },
    ],
  });
});

const prefixes = [
  ['train', file(entry('docker.io/tripleotrain/centos-binary-nova-api:x', 'kolla')), undefined, ['nova-api']],
  [
    'a name with the other prefix inside',
    file(entry('q/t/centos-binary-openstack-base:x', 'kolla'), entry('q/t/centos-binary-os:x', 'kolla')),
    undefined,
    ['openstack-base', 'os'],
  ],
  ['queens, which names no source', file(entry('docker.io/t/centos-binary-aodh-api:current')), undefined, ['aodh-api']],
  ['a prefix inside', file(entry('q/t/rhosp17-openstack-nova-api:x', 'tripleo')), undefined, ['nova-api']],
  ['a prefix twice', file(entry('q/t/openstack-x-openstack-y:x', 'tripleo')), undefined, ['x-openstack-y']],
  ['a given prefix', file(entry('q/t/rhel-binary-os', 'kolla'), entry('q/t/openstack-os')), 'rhel-binary-', ['os']],
  ['no prefix at all', file(entry('q/t/os', 'kolla')), '', ['os']],
  ['a number as a name', file('- imagename: 12e45\n'), '', ['12e45']],
] as const;

for (const [what, text, prefix, expected] of prefixes) {
  test(`reads ${what}`, (t) => {
    t.deepEqual(names(text, prefix), expected);
  });
}

const billion = [
  'container_images: &a [x,x,x,x,x,x,x,x,x]',
  ...[...'bcdefghij'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[at]}`).join(',')}]`),
].join('\n');

const bad = [
  ['a text', 'hello', 'bad-list', /no list "container_images"/],
  ['nothing', '', 'bad-list', /no list/],
  ['no list', 'container_images: {a: b}', 'bad-list', /no list/],
  ['an inherited name', 'toString: []', 'bad-list', /no list/],
  ['an empty list', 'container_images: []', 'empty-list', /container_images names no container/],
  ['no name that is ours', file(entry('q/ceph/daemon:v4', 'ceph')), 'empty-list', /names no container/],
  [
    'no prefix',
    file(entry('q/t/os', 'tripleo')),
    'empty-list',
    /none of 1 containers has openstack- or centos-binary- .*such as os/,
  ],
  [
    'entries without names',
    'container_images:\n- image_source: kolla\n- x\n',
    'bad-list',
    /number 1 has nothing, number 2 has nothing/,
  ],
  ['upper case', file(entry('q/t/openstack-API', 'kolla')), 'bad-list', /number 1 has "q\/t\/openstack-API"/],
  ['names that are no texts', 'container_images:\n- imagename: [a]\n', 'bad-list', /number 1 has \["a"\]/],
  [
    'a template',
    'container_images_template:\n- imagename: "{{namespace}}/{{name_prefix}}os{{name_suffix}}:{{tag}}"\n',
    'bad-list',
    /is the template/,
  ],
  ['broken YAML', 'container_images: [', 'bad-list', /not YAML/],
  ['several documents', 'a: 1\n---\nb: 1\n', 'bad-list', /not YAML/],
  ['aliases that multiply', billion, 'bad-list', /not YAML: .*alias/],
  ['an alias of itself', 'container_images: &a [*a]', 'bad-list', /./],
  ['depth', `container_images: ${'['.repeat(100_000)}`, 'bad-list', /not YAML/],
  ['50 MB', ' '.repeat(50_000_000), 'bad-list', /it has 50000000 bytes; a list of containers has at most 131072/],
  ['length in bytes', 'é'.repeat(70_000), 'bad-list', /it has 140000 bytes/],
] as const;

for (const [what, text, code, message] of bad) {
  test(`refuses ${what}`, (t) => {
    const error = t.throws(() => parseTripleoList(text, where), { instanceOf: OciError, code, message });
    t.is(error.outcome, 'invalid');
    t.true(error.message.startsWith(where));
    t.true(error.message.length < 600);
  });
}
