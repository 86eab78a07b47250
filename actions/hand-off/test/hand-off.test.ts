import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { executeAction, systemClock } from '@tagflow/action-kit';
import { startLabImageServer } from '@tagflow/lab';
import { type ArtifactSet, formatSet, parseDigest, parseFullHash } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { action } from '../src/action.ts';

const fullHash = 'a'.repeat(32);
const containers = [{ name: 'heat-api', digest: parseDigest(`sha256:${'1'.repeat(64)}`) }];
const images = [{ name: 'x.tar', size: 1, sha256: '2'.repeat(64), md5: null, visibility: 'public' }] as const;

function setOf(more: Partial<ArtifactSet>): string {
  return formatSet({
    fullHash: parseFullHash(fullHash),
    release: 'master',
    repository: { url: `http://127.0.0.1:1/${fullHash}`, builds: [] },
    containers: [],
    images: [],
    ...more,
  });
}

async function bench(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-hand-off-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const destination = pathToFileURL(join(folder, 'osp', 'incoming')).href;
  await writeFile(join(folder, 'containers.json'), setOf({ containers }));
  await writeFile(join(folder, 'images.json'), setOf({ images }));
  const run = (inputs: Readonly<Record<string, string>>) =>
    executeAction(action, new Map(Object.entries({ 'full-hash': fullHash, ...inputs })), {
      clock: systemClock,
      log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
      progress: () => undefined,
      signal: new AbortController().signal,
      outDir: folder,
      cwd: folder,
      actor: 'test',
      random: () => 0.5,
      env: {},
    });
  const set = ['containers.json', 'images.json'].map((name) => join(folder, name)).join(',');
  return { folder, destination, set, run, delivered: join(folder, 'osp', 'incoming', fullHash) };
}

test('the set is delivered whole, with its manifest, and read back', async (t) => {
  const { folder, destination, set, delivered, run } = await bench(t);
  const statement = `${JSON.stringify({ predicate: { label: 'current-tripleo', toHash: fullHash } })}\n`;
  await writeFile(join(folder, 'statement.json'), statement);
  const inputs = { destination, set, label: 'current-tripleo', statement: 'statement.json' };
  const { outcome, outputs, message } = await run(inputs);
  t.is(outcome, 'done', message);
  t.deepEqual(await readdir(join(delivered, '..')), [fullHash], 'nothing but the folder of the hash');
  t.deepEqual((await readdir(delivered)).sort(), ['manifest.json', 'set.json', 'statement.json']);
  t.is(await readFile(join(delivered, 'set.json'), 'utf8'), setOf({ containers, images }));
  t.is(await readFile(join(delivered, 'statement.json'), 'utf8'), statement);
  const manifest = await readFile(join(delivered, 'manifest.json'), 'utf8');
  t.like(JSON.parse(manifest), {
    schema: 'tagflow/hand-off/v1',
    fullHash,
    release: 'master',
    label: 'current-tripleo',
  });
  t.is(await readFile(outputs['manifest'] ?? '', 'utf8'), manifest);
  t.is(outputs['acknowledgement'], `${destination}/${fullHash}/manifest.json`);

  const again = await run(inputs);
  t.is(again.outcome, 'nothing-to-do');
  t.deepEqual(again.outputs, outputs);
});

test('what was delivered is never changed', async (t) => {
  const { folder, destination, delivered, set, run } = await bench(t);
  t.is((await run({ destination, set })).outcome, 'done');
  const before = await readFile(join(delivered, 'set.json'), 'utf8');
  const other = await run({ destination, set: join(folder, 'images.json') });
  t.is(other.outcome, 'failed');
  t.regex(other.message ?? '', /set\.json was delivered before, with other content/);
  t.is(await readFile(join(delivered, 'set.json'), 'utf8'), before);
});

test('a dry run delivers nothing', async (t) => {
  const { folder, destination, set, run } = await bench(t);
  const { outcome, outputs } = await run({ destination, set, 'dry-run': 'true' });
  t.is(outcome, 'planned');
  t.regex(await readFile(outputs['manifest'] ?? '', 'utf8'), /tagflow\/hand-off\/v1/);
  await t.throwsAsync(readdir(join(folder, 'osp')));
});

test('a delivery that fails half-way leaves nothing that looks delivered', async (t) => {
  const { folder, destination, set, run } = await bench(t);
  await writeFile(join(folder, 'osp'), 'a file where the folder should be');
  const { outcome } = await run({ destination, set });
  t.is(outcome, 'failed');
});

/** Serves a repository tree whose label current-tripleo names a hash, and writes a tagflow.yaml that knows it. */
async function configured(t: ExecutionContext, folder: string, sections: string, labelled = fullHash): Promise<void> {
  const url = pathToFileURL(join(folder, 'store')).href;
  await mkdir(join(folder, 'repos', 'current-tripleo'), { recursive: true });
  await writeFile(join(folder, 'repos', 'current-tripleo', 'delorean.repo.md5'), labelled);
  const repos = await startLabImageServer({ root: join(folder, 'repos') });
  t.teardown(() => repos.close());
  await writeFile(
    join(folder, 'tagflow.yaml'),
    `
release: master
distro: centos9
dlrn: { api-url: 'http://127.0.0.1:1/api', repos-url: '${repos.url}', mode: component }
image-stores:
  small: { url: '${url}/small' }
  web: { url: '${url}/web', path: '{distro}/{release}/{hash}'${sections} }
phases:
  osp-phase-0:
    hand-off: { label: current-tripleo, destination: 'file:osp/incoming' }
  rdo-phase-1:
    test: { command: [run], jobs: [two] }
    promote: { from: current-tripleo, to: current-tripleo-rdo, criteria: { all-of: [two] } }
`,
  );
}

test('with config: the fullest published set, over HTTP too, to where the phase says', async (t) => {
  const { folder, delivered, run } = await bench(t);
  await mkdir(join(folder, 'store', 'small', 'master', fullHash), { recursive: true });
  await mkdir(join(folder, 'store', 'web', 'centos9', 'master', fullHash), { recursive: true });
  await writeFile(join(folder, 'store', 'small', 'master', fullHash, 'set.json'), setOf({ containers }));
  await writeFile(
    join(folder, 'store', 'web', 'centos9', 'master', fullHash, 'set.json'),
    setOf({ containers, images }),
  );
  const server = await startLabImageServer({ root: join(folder, 'store') });
  t.teardown(() => server.close());
  await configured(t, folder, `, read-url: '${server.url}/web'`);
  const { outcome, message } = await run({ config: 'tagflow.yaml', phase: 'osp-phase-0' });
  t.is(outcome, 'done', message);
  t.is(await readFile(join(delivered, 'set.json'), 'utf8'), setOf({ containers, images }));
  t.like(JSON.parse(await readFile(join(delivered, 'manifest.json'), 'utf8')), { label: 'current-tripleo' });
  t.is((await run({ config: 'tagflow.yaml', phase: 'rdo-phase-1' })).outcome, 'nothing-to-do');
});

test('with config: a hash that no store holds', async (t) => {
  const { folder, run } = await bench(t);
  await mkdir(join(folder, 'store', 'small'), { recursive: true });
  await mkdir(join(folder, 'store', 'web'), { recursive: true });
  await configured(t, folder, '');
  const { outcome, message } = await run({ config: 'tagflow.yaml', phase: 'osp-phase-0' });
  t.is(outcome, 'failed');
  t.regex(message ?? '', /no image store of config holds one of a{32}/);
});

test('with config: a label that names another hash by now, or nothing, blocks the delivery', async (t) => {
  const { folder, set, run } = await bench(t);
  await configured(t, folder, '', 'b'.repeat(32));
  const inputs = { config: 'tagflow.yaml', phase: 'osp-phase-0', set };
  const moved = await run(inputs);
  t.is(moved.outcome, 'blocked');
  t.regex(moved.message ?? '', /label current-tripleo names b{32} at http.*, and full-hash is a{32}/);
  const gone = await run({ ...inputs, label: 'current-tripleo-rdo' });
  t.is(gone.outcome, 'blocked');
  t.regex(gone.message ?? '', /label current-tripleo-rdo names nothing/);
  await t.throwsAsync(readdir(join(folder, 'osp')), undefined, 'nothing was delivered');
});

test('with config and without a phase, the missing input is named', async (t) => {
  const { folder, run } = await bench(t);
  await configured(t, folder, '');
  const { outcome, message } = await run({ config: 'tagflow.yaml' });
  t.is(outcome, 'invalid');
  t.regex(message ?? '', /input "phase" is missing; .*tagflow\.yaml has: osp-phase-0, rdo-phase-1/);
});

const statements: readonly (readonly [string, string, RegExp])[] = [
  ['no JSON', 'promoted a', /the statement is not JSON/],
  ['no predicate', `"${fullHash}"`, /not about a{32}: its predicate\.toHash has to be that, and it does not say/],
  ['another hash', '{"predicate":{"toHash":"bbb","label":"current"}}', /predicate\.toHash .*, and it says bbb/],
  [
    'another label',
    `{"predicate":{"toHash":"${fullHash}","label":"current-tripleo"}}`,
    /not about current: its predicate\.label .* it says current-tripleo/,
  ],
];
for (const [name, text, message] of statements) {
  test(`invalid statement: ${name}`, async (t) => {
    const { folder, destination, set, run } = await bench(t);
    await writeFile(join(folder, 'statement.json'), text);
    const result = await run({ destination, set, label: 'current', statement: 'statement.json' });
    t.is(result.outcome, 'invalid', result.message);
    t.regex(result.message ?? '', message);
  });
}

const wrong: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['no destination', { destination: '' }, /"destination" is missing/],
  ['a set of another hash', { 'full-hash': 'b'.repeat(32) }, /the set is of a{32}, but full-hash is b{32}/],
  ['another release', { release: 'wallaby' }, /of release master, not of wallaby/],
  ['a set that is not there', { set: '/nowhere/set.json' }, /nowhere\/set\.json cannot be read/],
  ['a web destination', { destination: 'https://osp.example/incoming' }, /file: or sftp:/],
  ['a statement of something else', { statement: 'other.json' }, /statement is not about a{32}/],
  ['an sftp destination without a key', { destination: 'sftp://osp@127.0.0.1/x' }, /no SSH key/],
  ['a label that is none', { label: 'a b' }, /label "a b"/],
];
for (const [name, inputs, message] of wrong) {
  test(`invalid: ${name}`, async (t) => {
    const { folder, destination, set, run } = await bench(t);
    await writeFile(join(folder, 'other.json'), '{}');
    const result = await run({ destination, set, ...inputs });
    t.is(result.outcome, 'invalid', result.message);
    t.regex(result.message ?? '', message);
  });
}

test('a set of nothing is not handed off', async (t) => {
  const { folder, destination, run } = await bench(t);
  await writeFile(join(folder, 'empty.json'), setOf({}));
  const { outcome, message } = await run({ destination, set: join(folder, 'empty.json') });
  t.is(outcome, 'invalid');
  t.regex(message ?? '', /neither containers nor images/);
});
