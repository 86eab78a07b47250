import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { executeAction, systemClock } from '@tagflow/action-kit';
import { startLabRegistry } from '@tagflow/lab';
import { formatSet, parseFullHash, parseSet } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { action } from '../src/action.ts';

const fullHash = 'a'.repeat(32);
const repoUrl = `http://127.0.0.1:1/aa/aa/${fullHash}`;
const builder = fileURLToPath(new URL('builder.ts', import.meta.url));

function config(images: string, containers: string, registry: string): string {
  const command = (args: string) =>
    `[${[execPath, builder, ...args.split(' ').filter(Boolean)].map((arg) => JSON.stringify(arg)).join(', ')}]`;
  return `
release: master
distro: centos9
dlrn: { api-url: 'http://127.0.0.1:1/api', repos-url: 'http://127.0.0.1:1/repos' }
registries: { rdo: { url: '${registry}/tripleomaster', names: 'openstack-{name}' } }
image-stores: { public: { url: 'file:images' } }
phases:
  upstream:
    pin: { from: consistent, to: tripleo-ci-testing }
    build:
      images: { command: ${command(images)}, store: public, files: [a.tar, b.tar], base-image: centos.qcow2 }
      containers: { command: ${command(containers)}, registry: rdo, env: { OWN: mine } }
    test: { command: [run], jobs: [one] }
    promote: { from: tripleo-ci-testing, to: current-tripleo, criteria: { all-of: [one] } }
  rdo-phase-1:
    test: { command: [run], jobs: [two] }
    promote: { from: current-tripleo, to: current-tripleo-rdo, criteria: { all-of: [two] } }
`;
}

async function bench(t: ExecutionContext, images = '', containers = '') {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-build-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const registry = await startLabRegistry();
  t.teardown(() => registry.close());
  await writeFile(join(folder, 'tagflow.yaml'), config(images, containers, registry.url));
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const run = (inputs: Readonly<Record<string, string>>) =>
    executeAction(action, new Map(Object.entries({ 'full-hash': fullHash, 'repo-url': repoUrl, ...inputs })), {
      clock: systemClock,
      log: { debug: say, info: say, warning: say },
      progress: () => undefined,
      signal: new AbortController().signal,
      outDir: folder,
      cwd: folder,
      actor: 'test',
      random: () => 0,
      env: { PATH: env['PATH'] },
    });
  const phase = { config: 'tagflow.yaml', phase: 'upstream' };
  return {
    folder,
    registry,
    said,
    run,
    images: { ...phase, kind: 'images' },
    containers: { ...phase, kind: 'containers' },
  };
}

test('images: the files are described in a set', async (t) => {
  const { folder, said, run, images } = await bench(
    t,
    'a.tar=first b.tar=second left.over=x log=TAGFLOW_BASE_IMAGE log=TAGFLOW_FILES',
  );
  const { outcome, outputs, message } = await run(images);
  t.is(outcome, 'done', message);
  t.deepEqual(Object.keys(outputs).sort(), ['files', 'log-url', 'set']);
  t.is(outputs['files'], pathToFileURL(join(folder, 'images')).href);
  const set = parseSet(await readFile(outputs['set'] ?? '', 'utf8'), 'set');
  const entry = (name: string, text: string) => ({
    name,
    size: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
    md5: createHash('md5').update(text).digest('hex'),
    visibility: 'public',
  });
  t.deepEqual(set as unknown, {
    fullHash,
    release: 'master',
    repository: { url: repoUrl, builds: [] },
    containers: [],
    images: [entry('a.tar', 'first'), entry('b.tar', 'second')],
  });
  t.true(said.includes('TAGFLOW_BASE_IMAGE: centos.qcow2'));
  t.true(said.includes('TAGFLOW_FILES: a.tar,b.tar'));
});

test('images: what is built on RHEL is marked internal', async (t) => {
  const { run, images } = await bench(t, 'a.tar=first b.tar=second');
  const { outputs } = await run({ ...images, visibility: 'internal' });
  const set = parseSet(await readFile(outputs['set'] ?? '', 'utf8'), 'set');
  t.deepEqual(
    set.images.map(({ visibility }) => visibility),
    ['internal', 'internal'],
  );
});

test('containers: the list of what was pushed', async (t) => {
  const { folder, registry, said, run, containers } = await bench(
    t,
    '',
    `containers-built.log=heat-api\u00a0${fullHash}/nova-api\u00a0${fullHash}/ log=TAGFLOW_REGISTRY_URL log=TAGFLOW_REGISTRY_NAMES log=OWN`,
  );
  const { outcome, outputs, message } = await run(containers);
  t.is(outcome, 'done', message);
  t.is(outputs['containers'], join(folder, 'containers', 'containers-built.log'));
  t.is(outputs['set'], undefined);
  t.is(message, 'built 2 containers');
  for (const line of [
    `TAGFLOW_REGISTRY_URL: ${registry.url}/tripleomaster`,
    'TAGFLOW_REGISTRY_NAMES: openstack-{name}',
    'OWN: mine',
  ]) {
    t.true(said.includes(line), line);
  }
});

test('without config: a command, a release and files', async (t) => {
  const { run } = await bench(t);
  const { outcome, outputs } = await run({
    command: `${execPath} ${builder} x.tar=bytes`,
    release: 'master',
    files: 'x.tar',
  });
  t.is(outcome, 'done');
  t.truthy(outputs['set']);
});

test('a dry run says the command and starts nothing', async (t) => {
  const { folder, said, run, images } = await bench(t, 'a.tar=first');
  t.is((await run({ ...images, 'dry-run': 'true' })).outcome, 'planned');
  t.true(said.includes(`${execPath} ${builder} a.tar=first`));
  await t.throwsAsync(readFile(join(folder, 'images', 'a.tar')));
});

test('a phase that builds nothing has nothing to do', async (t) => {
  const { run, images, containers } = await bench(t);
  t.is((await run({ ...images, phase: 'rdo-phase-1' })).outcome, 'nothing-to-do');
  t.is((await run({ ...containers, phase: 'rdo-phase-1' })).outcome, 'nothing-to-do');
});

const failures: readonly (readonly [string, 'images' | 'containers', string, RegExp])[] = [
  [
    'a builder that fails',
    'images',
    'a.tar=x exit=4',
    /builder of images did not succeed: it ended with exit code 4; log: file:/,
  ],
  ['a missing file', 'images', 'a.tar=first', /b\.tar is missing/],
  ['an empty file', 'images', 'a.tar= b.tar=x', /a\.tar is empty/],
  ['a wrong checksum beside a file', 'images', `a.tar=x a.tar.md5=${'0'.repeat(32)} b.tar=x`, /a\.tar has md5/],
  ['no list of containers', 'containers', 'other=x', /did not leave .*containers-built\.log/],
  ['an empty list of containers', 'containers', 'containers-built.log=/', /no line "name tag"/],
  ['a list of something else', 'containers', 'containers-built.log=heat-api', /the line "heat-api", not "name tag"/],
];
for (const [name, kind, args, message] of failures) {
  test(`failed: ${name}`, async (t) => {
    const world = await bench(t, args, args);
    const result = await world.run(world[kind]);
    t.is(result.outcome, 'failed');
    t.regex(result.message ?? '', message);
    t.is(result.outputs['set'], undefined);
  });
}

const wrong: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['no command', { release: 'master', files: 'a' }, /"command" is missing/],
  ['no release', { command: 'x', files: 'a' }, /"release" is missing/],
  ['no files', { command: 'x', release: 'master' }, /"files" is missing/],
  ['a malformed hash', { 'full-hash': '1', command: 'x', release: 'master', files: 'a' }, /full-hash "1"/],
];
for (const [name, inputs, message] of wrong) {
  test(`invalid: ${name}`, async (t) => {
    const { run } = await bench(t);
    const result = await run(inputs);
    t.is(result.outcome, 'invalid');
    t.regex(result.message ?? '', message);
  });
}

test('what is published for the hash is not built again, unless somebody asks for it', async (t) => {
  const { folder, said, run, images } = await bench(t, 'a.tar=new b.tar=new');
  const place = join(folder, 'images', 'master', fullHash);
  await mkdir(place, { recursive: true });
  const image = (name: string) => ({ name, size: 3, sha256: 'c'.repeat(64), md5: null, visibility: 'public' as const });
  const set = { release: 'master', repository: { url: null, builds: [] }, containers: [] };
  const publish = (names: readonly string[]) =>
    writeFile(
      join(place, 'set.json'),
      formatSet({ ...set, fullHash: parseFullHash(fullHash), images: names.map(image) }),
    );

  await publish(['a.tar']);
  t.is((await run(images)).outcome, 'done', 'one of the two files is missing');
  await publish(['a.tar', 'b.tar']);
  said.length = 0;
  const again = await run(images);
  t.is(again.outcome, 'nothing-to-do', again.message);
  t.deepEqual(said, [], 'nothing was run');
  const kept = parseSet(await readFile(again.outputs['set'] ?? '', 'utf8'), 'set');
  t.deepEqual(
    kept.images.map(({ sha256 }) => sha256),
    ['c'.repeat(64), 'c'.repeat(64)],
  );
  t.is((await run({ ...images, rebuild: 'true' })).outcome, 'done');
});
