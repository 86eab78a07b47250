import test from 'ava';
import { parse } from 'yaml';
import { convertOldConfig } from '../src/import/convert.ts';
import { type OldFile, phaseOfLabel } from '../src/index.ts';
import { parseConfig } from '../src/load.ts';
import { parsePolicy } from '../src/policy-load.ts';
import { release, releases } from './import-old.ts';

interface Tree {
  readonly [key: string]: Tree | string | undefined;
}
const read = (files: readonly OldFile[], settings = {}) => {
  const imported = convertOldConfig(files, settings);
  return { ...imported, tree: parse(imported.config) as Tree };
};
const ini = (main: string): OldFile => ({
  name: 'x.ini',
  text: `[main]\n${main}\n[promote_from]\ncurrent-tripleo: tripleo-ci-testing\n[current-tripleo]\njob-a-1\n`,
});

const expected: Readonly<Record<string, unknown>> = {
  'CentOS-7/pike.ini': {
    release: 'pike',
    distro: 'centos7',
    dlrn: {
      ...{
        'api-url': 'https://dlrn.example.org/api-centos-pike',
        'repos-url': 'https://dlrn.example.org/centos7-pike',
      },
      username: 'promoter',
    },
    registries: {
      rdo: { url: 'https://trunk.registry.rdoproject.org/tripleopike', names: 'centos-binary-{name}' },
      docker: { url: 'https://docker.io/tripleopike', names: 'centos-binary-{name}' },
    },
    'image-stores': {
      public: {
        ...{ url: 'sftp://uploader@images.rdoproject.org/images', 'read-url': 'https://images.rdoproject.org' },
        layout: 'rdo',
      },
    },
    phases: Object.fromEntries(
      [
        [
          'upstream',
          'tripleo-ci-testing',
          'current-tripleo',
          ['periodic-ovb-3ctlr_1comp-featureset001', 'periodic-multinode-1ctlr-featureset010'],
        ],
        ['rdo-phase-1', 'current-tripleo', 'current-tripleo-rdo', ['weirdo-pike-promote-packstack-scenario001']],
        [
          'rdo-phase-2',
          'current-tripleo-rdo',
          'current-tripleo-rdo-internal',
          ['tripleo-quickstart-pike-baremetal-enve'],
        ],
      ].map(([name, from, to, jobs]) => [
        name,
        {
          promote: {
            ...{ from, to, criteria: { 'all-of': jobs } },
            containers: { source: 'rdo', destinations: ['rdo', 'docker'], arches: ['x86_64', 'ppc64le'] },
            images: { destinations: ['public'] },
          },
        },
      ]),
    ),
  },
  'rdo/CentOS-9/master.yaml': {
    release: 'master',
    distro: 'centos9',
    dlrn: {
      'api-url': 'https://dlrn.example.org/api-centos9-master-uc',
      'repos-url': 'https://dlrn.example.org/centos9-master',
      ...{ mode: 'component', username: 'promoter' },
    },
    registries: {
      rdo: { url: 'https://quay.rdoproject.org/mastercentos9', names: 'openstack-{name}' },
      quay: { url: 'https://quay.io/mastercentos9', names: 'openstack-{name}', 'create-repositories': true },
    },
    'image-stores': {
      web: {
        url: 'sftp://uploader@images.example.org/images',
        'read-url': 'https://images.example.org',
        layout: 'rdo',
      },
    },
    phases: {
      upstream: {
        promote: {
          ...{ from: 'tripleo-ci-testing', to: 'current-tripleo' },
          criteria: {
            'all-of': [
              'periodic-centos-9-buildimage-overcloud-full-master',
              'periodic-centos-9-ovb-3ctlr_1comp-featureset001-master',
              'periodic-centos-9-standalone-master',
            ],
            alternatives: {
              'periodic-centos-9-ovb-3ctlr_1comp-featureset001-master': [
                'periodic-centos-9-ovb-3ctlr_1comp-featureset001-internal-master',
              ],
            },
          },
          containers: { source: 'rdo', destinations: ['rdo', 'quay'], exclude: ['neutron-mlnx-agent'] },
          images: { destinations: ['web'] },
        },
      },
      'rdo-phase-1': {
        promote: {
          ...{ from: 'current-tripleo', to: 'current-tripleo-rdo' },
          criteria: { 'all-of': ['weirdo-master-promote-packstack-scenario001'] },
          containers: { source: 'rdo', destinations: ['rdo', 'quay'], exclude: ['neutron-mlnx-agent'] },
          images: { destinations: ['web'] },
        },
      },
    },
  },
  'CentOS-9/component/master.yaml': {
    release: 'master',
    distro: 'centos9',
    dlrn: {
      'api-url': 'https://dlrn.example.org/api-centos9-master-uc',
      'repos-url': 'https://dlrn.example.org/centos9-master',
      ...{ mode: 'component', username: 'promoter' },
    },
    phases: Object.fromEntries(
      ['compute', 'network'].map((component) => [
        `component-${component}`,
        {
          ...{ template: 'component', component },
          promote: {
            ...{ from: 'component-ci-testing', to: 'promoted-components' },
            criteria: { 'all-of': [`periodic-centos-9-standalone-${component}-master`] },
          },
        },
      ]),
    ),
  },
  'criteria/centos9/antelope.yaml': {
    release: 'antelope',
    distro: 'centos9',
    dlrn: {
      'api-url': 'https://trunk.rdoproject.org/api-centos9-antelope',
      'repos-url': 'https://trunk.rdoproject.org/centos9-antelope',
      mode: 'component',
    },
    registries: {
      rdo: { url: 'https://quay.rdoproject.org/podified-antelope-centos9', names: 'openstack-{name}' },
      quay: {
        ...{ url: 'https://quay.io/podified-antelope-centos9', names: 'openstack-{name}' },
        'create-repositories': true,
      },
    },
    phases: {
      'current-podified': {
        template: 'upstream',
        promote: {
          ...{ from: 'podified-ci-testing', to: 'current-podified' },
          criteria: { 'all-of': ['periodic-podified-edpm-baremetal-antelope'] },
          containers: { source: 'rdo', destinations: ['rdo', 'quay'] },
        },
      },
    },
  },
};
for (const [name, files] of Object.entries(releases)) {
  test(`${name}: all that it says`, (t) => {
    t.deepEqual(read(files).tree, expected[name] as Tree);
  });
}

/** Lines above a release file, and what one place of tagflow.yaml is then. */
const cases: readonly (readonly [lines: string, path: string, value: unknown])[] = [
  [
    'dlrn_api_host: d.example\ndlrn_api_port: 80\ndlrn_api_scheme: http',
    'dlrn.api-url',
    'http://d.example:80/api-centos-master-uc',
  ],
  ['dlrn_api_host: d.example\ndlrn_api_port: 80\ndlrn_api_scheme: http', 'dlrn.plain-http', true],
  [
    'dlrn_api_host: d.example\ndlrn_api_port: 443\ndlrn_api_scheme: https',
    'dlrn.api-url',
    'https://d.example/api-centos-master-uc',
  ],
  ['dlrn_api_host: d.example\ndlrn_api_endpoint: api-x', 'dlrn.api-url', 'https://d.example/api-x'],
  [
    'dlrn_api_host: localhost\ndlrn_api_port: 58080\ndlrn_api_scheme: http\ndlrn_api_endpoint: ""',
    'dlrn.api-url',
    'http://localhost:58080',
  ],
  ['dlrnauth_auth_method: kerberosAuth\ndlrnauth_server_principal: HTTP/d.example', 'dlrn.auth-method', 'kerberos'],
  [
    'dlrnauth_auth_method: kerberosAuth\ndlrnauth_server_principal: HTTP/d.example',
    'dlrn.server-principal',
    'HTTP/d.example',
  ],
  ['dlrnauth_force_auth: true', 'dlrn.protected-reads', true],
  [
    'base_url: "https://{{ host }}/{{ distro_name }}{{ distro_version }}/"\nhost: r.example',
    'dlrn.repos-url',
    'https://r.example/centos9',
  ],
  ['repo_url: file:///srv/repos\napi_url: https://d.example/api', 'dlrn.repos-url', 'https://d.example/centos9-master'],
  ['allowed_clients: dlrn_client', 'registries', undefined],
  ['allowed_clients: registries_client,dlrn_client', 'image-stores', undefined],
  ['target_registries_push: "false"', 'phases.upstream.promote.containers.destinations', ['rdo']],
  ['manifest_push: true\nppc_manifests: false', 'phases.upstream.promote.containers.arches', ['x86_64']],
  ['container_preffix: kolla-', 'registries.rdo.names', 'kolla-{name}'],
  ['source_namespace: from\ntarget_namespace: to', 'registries.quay.url', 'https://quay.io/to'],
  [
    'registries:\n  - { type: source, name: Local_Source, port: 6000, secure: false }\n  - { type: target, name: t1, host: r.example }',
    'registries.local-source.url',
    'http://localhost:6000/tripleomaster',
  ],
  [
    'registries:\n  - { type: source, name: Local_Source, port: 6000, secure: false }\n  - { type: target, name: t1, host: r.example }',
    'phases.upstream.promote.containers.destinations',
    ['local-source', 't1'],
  ],
  [
    'overcloud_images: { qcow_servers: { here: { client: local, root: /srv/images } } }',
    'image-stores.here.url',
    'file:///srv/images',
  ],
  ['exclude_containers: { master: [sahara-api] }', 'phases.upstream.promote.containers.exclude', ['sahara-api']],
];
for (const [lines, path, value] of cases) {
  test(`${lines.replaceAll('\n', ', ')}: ${path}`, (t) => {
    const { tree } = read([release(lines)]);
    const found = path.split('.').reduce<unknown>((at, key) => (at as Tree | undefined)?.[key], tree);
    t.deepEqual(found, value);
  });
}

test('what is set wins over files, which win over defaults, whatever their number', (t) => {
  const low = { name: 'low.yaml', text: 'username: low\nbase_url: https://low.example/r', isDefaults: true };
  const mid = { name: 'mid.yaml', text: 'username: mid', isDefaults: true };
  const { tree, findings } = read([low, mid, release()], { distro_version: '8' });
  t.like(tree['dlrn'], { username: 'mid', 'repos-url': 'https://low.example/r' });
  t.is(tree['distro'], 'centos8');
  t.deepEqual(
    findings.filter(({ kind }) => kind === 'overridden').map(({ file, key }) => `${file} ${key}`),
    ['CentOS-9/master.yaml distro_version', 'low.yaml username'],
  );
});

test('a label that nobody knows gets the nearest template, and the release may be known by its URL', (t) => {
  const labels = '[promote_from]\nmine: tripleo-ci-testing\nnext: mine\n[mine]\njob-a-1\n[next]\njob-b-1\n';
  const { config } = read([{ name: 'x.ini', text: `[main]\napi_url: https://d.example/api-centos-ocata\n${labels}` }]);
  const loaded = parseConfig(config, 'tagflow.yaml');
  t.is(loaded.release, 'ocata');
  t.is(phaseOfLabel(loaded, 'mine')?.template, 'upstream');
  t.is(phaseOfLabel(loaded, 'next')?.template, 'rdo-phase-1');
  t.regex(config, /# LOOK: no old file says it; the URL of the DLRN API does\nrelease: ocata/);
});

test('a commented job is a proposal that holds when a person has filled it in', (t) => {
  const { policy, findings, config } = read(releases['rdo/CentOS-9/master.yaml'] ?? []);
  t.deepEqual(parsePolicy([{ name: 'p.yaml', text: policy ?? '' }], 'policy').entries, []);
  const filled = (policy ?? '')
    .replaceAll(/^# (?=(?:- | {2})\w)/gm, '')
    .replace(/owner: #.*/, 'owner: me')
    .replace(/expires: #.*/, 'expires: 2030-01-01');
  const [waiver] = parsePolicy([{ name: 'p.yaml', text: filled }], 'policy').entries;
  t.like(waiver, {
    ...{ kind: 'waiver', job: 'periodic-centos-9-ovb-1ctlr_2comp-featureset020-master', label: 'current-tripleo' },
    ...{ release: 'master', bug: 'https://bugs.example.org/4711' },
  });
  const [found] = findings.filter(({ kind }) => kind === 'waiver');
  t.like(found, {
    file: 'rdo/CentOS-9/master.yaml',
    line: 13,
    value: 'periodic-centos-9-ovb-1ctlr_2comp-featureset020-master',
  });
  t.true(config.includes('# - periodic-centos-9-ovb-1ctlr_2comp-featureset020-master   rdo/CentOS-9/master.yaml:13'));
});

const broken: readonly (readonly [name: string, files: readonly OldFile[], says: RegExp])[] = [
  ['bad YAML', [{ name: 'a.yaml', text: 'release: [x' }], /a\.yaml:1:\d+: not valid YAML/],
  ['YAML that is no mapping', [{ name: 'a.yaml', text: '- x' }], /a\.yaml:1:1: is no mapping/],
  ['an empty file', [{ name: 'a.yaml', text: '' }], /a\.yaml:1:1: is no mapping/],
  [
    'an INI file with a value before its sections',
    [ini('release: x\n[main]')],
    /x\.ini:3:1: .*section \[main\] is there already/,
  ],
  [
    'two broken files',
    [
      { name: 'a.yaml', text: '- x' },
      { name: 'b.yaml', text: 'a: [' },
    ],
    /a\.yaml:1:1[^]*b\.yaml:/,
  ],
  ['defaults alone', [{ name: 'd.yaml', text: 'release: x' }], /d\.yaml names no label and no job/],
  ['no release', [{ ...ini(''), name: 'x' }], /x and the files below it do not say which release/],
  [
    'a name that is no job',
    [{ ...release(), text: release().text.replace('job-a-1', '"job a"') }],
    /CentOS-9\/master\.yaml:8:\d+: promotions\.current-tripleo\.criteria\[0\]: "job a" is not/,
  ],
  [
    'no job at all',
    [{ ...release(), text: release().text.replace('job-a-1', '') }],
    /no label with a job in its criteria/,
  ],
  [
    'more of Jinja',
    [release('base_url: "{% if x %}y{% endif %}"')],
    /CentOS-9\/master\.yaml:1:1: base_url: "\{% … %\}" is more of Jinja/,
  ],
  ['a template in a circle', [release('base_url: "{{ a }}"\na: "{{ base_url }}"')], /refers to itself: base_url, a/],
  ['a login that is unknown', [release('dlrnauth_auth_method: x')], /"x" is no way to log in/],
  [
    'a value that tagflow.yaml refuses',
    [release('dlrnauth_server_principal: x y')],
    /CentOS-9\/master\.yaml:1:1: dlrnauth_server_principal: a server's principal/,
  ],
  [
    'a server that is not there',
    [release('default_qcow_server: b\novercloud_images: { qcow_servers: { a: { root: x } } }')],
    /"b" is no server of .*there are: a/,
  ],
];
for (const [name, files, says] of broken) {
  test(`${name} is told with its place`, (t) => {
    const error = t.throws(() => convertOldConfig(files));
    t.like(error, { name: 'ConfigError', outcome: 'invalid' });
    t.regex(error.message, says);
  });
}
