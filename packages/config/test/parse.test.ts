import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ConfigError, loadConfig } from '../src/index.ts';
import { configDigest, parseConfig } from '../src/load.ts';
import { minimal, places } from './minimal.ts';

test('what is not written has a default', (t) => {
  const config = parseConfig(minimal, '/etc/tagflow/tagflow.yaml');
  t.like(config, {
    file: '/etc/tagflow/tagflow.yaml',
    folder: '/etc/tagflow',
    release: 'master',
    dlrn: {
      apiUrl: 'https://trunk.example/api',
      mode: 'classic',
      username: null,
      authMethod: 'basic',
      serverPrincipal: null,
      protectedReads: false,
      plainHttp: false,
    },
    ledger: {
      url: 'sqlite:/etc/tagflow/.tagflow/ledger.db',
      path: '/etc/tagflow/.tagflow/ledger.db',
      lock: 'lease',
      explicit: false,
    },
  });
  t.deepEqual(config.registries, {});
  t.deepEqual(config.owners, []);
  t.deepEqual(config.phases['rdo-phase-1'], {
    name: 'rdo-phase-1',
    template: 'rdo-phase-1',
    component: null,
    pin: null,
    fetch: null,
    build: { containers: null, images: null },
    test: null,
    promote: {
      from: 'current-tripleo',
      to: 'current-tripleo-rdo',
      criteria: { allOf: ['job-a'], informing: [] },
      containers: null,
      images: null,
      redAfterMs: 604_800_000,
    },
    mirror: [],
    after: null,
    handOff: null,
  } as unknown);
});

test('a DLRN may want Kerberos, and for questions, too; Kerberos may know it by another name', (t) => {
  const lines = ['auth-method: kerberos', 'server-principal: HTTP/dlrn.example@EXAMPLE', 'protected-reads: true'];
  const text = minimal.replace('/api\n', `/api\n  ${lines.join('\n  ')}\n`);
  const serverPrincipal = 'HTTP/dlrn.example@EXAMPLE';
  t.like(parseConfig(text, 'tagflow.yaml').dlrn, { authMethod: 'kerberos', serverPrincipal, protectedReads: true });
});

test('places have names and defaults', (t) => {
  const { registries, imageStores } = parseConfig(
    `${places}phases: {osp-phase-0: {hand-off: {label: x, destination: 'file:out'}}}`,
    '/c/t.yaml',
  );
  t.deepEqual(registries['rdo'], {
    name: 'rdo',
    url: 'https://registry.example/master',
    namePattern: '{name}',
    visibility: 'public',
    plainHttp: false,
    caFile: null,
    createRepositories: false,
  });
  t.deepEqual(imageStores['inside'], {
    name: 'inside',
    url: 'file:///srv/images',
    readUrl: 'file:///srv/images',
    pathTemplate: '{release}/{hash}',
    linkTemplates: ['{release}/{label}'],
    innerLinks: [],
    visibility: 'internal',
    hostKey: null,
  });
});

test('relative paths are below the folder of the file', (t) => {
  const text = `
release: master
distro: centos7
dlrn: { api-url: 'https://trunk.example/api', repos-url: 'https://trunk.example/r' }
image-stores:
  near: { url: 'file:images', read-url: 'https://images.example', link: ['{label}', 'links/{label}'], path: '{hash}' }
  above: { url: 'file:../images' }
  far: { url: 'file:///srv/with%20space' }
ledger: { url: 'sqlite:state/l.db' }
phases:
  rdo-phase-2:
    fetch: { from: near, cache: cache }
    promote: { from: a, to: b, criteria: { all-of: [x] } }
  p:
    template: rdo-phase-2
    fetch: { from: near, cache: ~/.cache/tagflow }
    promote: { from: a, to: c, criteria: { all-of: [x] } }
`;
  const config = parseConfig(text, '/etc/tagflow/tagflow.yaml');
  t.is(config.imageStores['near']?.url, 'file:///etc/tagflow/images');
  t.is(config.imageStores['near']?.readUrl, 'https://images.example');
  t.deepEqual(config.imageStores['near']?.linkTemplates, ['{label}', 'links/{label}']);
  t.is(config.imageStores['above']?.url, 'file:///etc/images');
  t.is(config.imageStores['far']?.url, 'file:///srv/with%20space');
  t.is(config.ledger.path, '/etc/tagflow/state/l.db');
  t.false(config.ledger.explicit);
  t.is(config.phases['rdo-phase-2']?.fetch?.cache, '/etc/tagflow/cache');
  t.is(config.phases['p']?.fetch?.cache, '~/.cache/tagflow');
  const absolute = text.replace('sqlite:state/l.db', 'sqlite:///var/l.db');
  t.deepEqual(parseConfig(absolute, '/etc/tagflow/tagflow.yaml').ledger, {
    url: 'sqlite:/var/l.db',
    path: '/var/l.db',
    lock: 'lease',
    explicit: true,
  });
});

const everyJob = { runner: 'command', retries: 0, results: 'optional', arch: null, distro: null };

test('a job inherits from its section and is read from its name', (t) => {
  const config = parseConfig(
    `${places}
phases:
  rdo-phase-2:
    test:
      command: [run, all]
      timeout: 90m
      env: { A: all, B: all }
      jobs:
        - periodic-tripleo-ci-centos-7-ovb-3ctlr_1comp-featureset001-master
        - { job: other, featureset: 020, nodes: 1ctlr, voting: false, command: [mine], timeout: 45s, env: { A: mine } }
    after:
      command: [later]
      jobs: [scale]
    promote: { from: a, to: b, criteria: { all-of: [x] } }
`,
    '/c/t.yaml',
  );
  const phase = config.phases['rdo-phase-2']!;
  t.deepEqual(phase.test?.jobs, [
    {
      job: 'periodic-tripleo-ci-centos-7-ovb-3ctlr_1comp-featureset001-master',
      featureset: '001',
      nodes: '3ctlr_1comp',
      voting: true,
      command: ['run', 'all'],
      env: { A: 'all', B: 'all' },
      timeoutMs: 5_400_000,
      ...everyJob,
    },
    {
      job: 'other',
      featureset: '020',
      nodes: '1ctlr',
      voting: false,
      command: ['mine'],
      env: { A: 'mine', B: 'all' },
      timeoutMs: 45_000,
      ...everyJob,
    },
  ]);
  t.deepEqual(phase.after?.jobs, [
    {
      ...{ job: 'scale', featureset: null, nodes: null, voting: false, command: ['later'], env: {} },
      timeoutMs: 14_400_000,
      ...everyJob,
    },
  ]);
});

test('a label is red after a week, or when the file says', (t) => {
  const text = minimal.replace('criteria:', 'red-after: 36h\n      criteria:');
  t.is(parseConfig(text, 't.yaml').phases['rdo-phase-1']?.promote?.redAfterMs, 129_600_000);
});

test('criteria keep their nesting', (t) => {
  const text = minimal.replace(
    '[job-a]',
    '[a, { any-of: [b, { all-of: [c, d] }] }, { at-least: 2, of: [e, f, g] }], informing: [h]',
  );
  t.deepEqual(parseConfig(text, 't.yaml').phases['rdo-phase-1']?.promote?.criteria, {
    allOf: ['a', { anyOf: ['b', { allOf: ['c', 'd'] }] }, { atLeast: 2, of: ['e', 'f', 'g'] }],
    informing: ['h'],
  });
});

test('anchors and merge keys work as in any YAML', (t) => {
  const text = `${places}
phases:
  rdo-phase-1: &one
    promote: { from: a, to: b, criteria: { all-of: [x] } }
  two:
    <<: *one
    template: rdo-phase-1
    promote: { from: b, to: c, criteria: { all-of: [x] } }
`;
  t.is(parseConfig(text, 't.yaml').phases['two']?.promote?.to as string, 'c');
});

test('the digest is of what the file says', (t) => {
  const one = configDigest(parseConfig(minimal, '/a/t.yaml'));
  t.regex(one, /^sha256:[0-9a-f]{64}$/);
  const swapped = minimal.replace(
    'release: master\ndistro: centos7',
    '# a comment\ndistro: "centos7"\nrelease: master',
  );
  t.not(swapped, minimal);
  t.is(configDigest(parseConfig(swapped, '/elsewhere/u.yaml')), one);
  t.not(configDigest(parseConfig(minimal.replace('job-a', 'job-b'), '/a/t.yaml')), one);
});

test('a file is read, and one that is not there is named', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-config-'));
  const file = join(folder, 'tagflow.yaml');
  await writeFile(file, minimal);
  t.is((await loadConfig(file)).folder, folder);
  await rm(folder, { recursive: true });
  const error = await t.throwsAsync(loadConfig(file), { instanceOf: ConfigError });
  t.is(error.code, 'unreadable');
  t.is(error.outcome, 'invalid');
  t.true(error.message.includes(file));
});
