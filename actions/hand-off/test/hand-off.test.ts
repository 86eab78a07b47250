import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { executeAction, systemClock } from '@tagflow/action-kit';
import { type ArtifactSet, formatSet, parseDigest, parseFullHash } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { action } from '../src/action.ts';
import { schemaProblems } from './schema-check.ts';

const fullHash = 'a'.repeat(32);
const containers = [{ name: 'heat-api', digest: parseDigest(`sha256:${'1'.repeat(64)}`) }];
const images = [{ name: 'x.tar', size: 1, sha256: '2'.repeat(64), md5: null, visibility: 'public' }] as const;

function setOf(more: Partial<ArtifactSet>): string {
  return formatSet({
    fullHash: parseFullHash(fullHash),
    release: 'master',
    repository: { url: null, builds: [] },
    containers: [],
    images: [],
    ...more,
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function bench(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-hand-off-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const destination = pathToFileURL(join(folder, 'osp', 'incoming')).href;
  await writeFile(join(folder, 'containers.json'), setOf({ containers }));
  await writeFile(join(folder, 'images.json'), setOf({ images }));
  const warnings: string[] = [];
  const warning = (words: string) => void warnings.push(words);
  const run = (inputs: Readonly<Record<string, string>>) =>
    executeAction(action, new Map(Object.entries({ 'full-hash': fullHash, ...inputs })), {
      clock: systemClock,
      log: { debug: () => undefined, info: () => undefined, warning },
      progress: () => undefined,
      signal: new AbortController().signal,
      outDir: folder,
      cwd: folder,
      actor: 'test',
      random: () => 0.5,
      env: {},
    });
  const set = ['containers.json', 'images.json'].map((name) => join(folder, name)).join(',');
  return { folder, destination, set, run, warnings, delivered: join(folder, 'osp', 'incoming', fullHash) };
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
    schema: 'tagflow/hand-off/v2',
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
  t.regex(other.message ?? '', /set\.json of a{32} was delivered before, with other content/);
  t.is(await readFile(join(delivered, 'set.json'), 'utf8'), before);
});

test('a dry run delivers nothing', async (t) => {
  const { folder, destination, set, run } = await bench(t);
  const { outcome, outputs } = await run({ destination, set, 'dry-run': 'true' });
  t.is(outcome, 'planned');
  t.regex(await readFile(outputs['manifest'] ?? '', 'utf8'), /tagflow\/hand-off\/v2/);
  await t.throwsAsync(readdir(join(folder, 'osp')));
});

test('a delivery that fails half-way leaves nothing that looks delivered', async (t) => {
  const { folder, destination, set, run } = await bench(t);
  await writeFile(join(folder, 'osp'), 'a file where the folder should be');
  const { outcome } = await run({ destination, set });
  t.is(outcome, 'failed');
});

test('the manifest says what is known, and null for the rest', async (t) => {
  const { folder, destination, set, delivered, run } = await bench(t);
  const vote = { job: 'job-a', result: 'success', timestamp: 7, url: 'https://ci.example/a', notes: null, user: 'ci' };
  const waiver = { kind: 'waiver', id: 'w1' };
  const predicate = {
    ...{ label: 'current-tripleo', toHash: fullHash, promotionId: 'p1', mode: 'promote', version: 5, actor: 'alice' },
    ...{ reason: null, planDigest: 'sha256:5', finishedAt: '2026-01-02T03:04:05.000Z', criteria: 'none' },
    verdict: { answer: 'yes', reasons: [], criteriaDigest: 'sha256:6', votes: [vote] },
    waivers: [waiver],
  };
  const subject = [{ name: 'heat-api', digest: { sha256: '1'.repeat(64) } }];
  const statement = JSON.stringify({ subject, predicate });
  await writeFile(join(folder, 'statement.json'), statement);
  const label = 'current-tripleo';
  const given = { destination, set, label, distro: 'centos9', statement: 'statement.json' };
  const { outcome, outputs, message } = await run(given);
  t.is(outcome, 'done', message);
  const text = await readFile(join(delivered, 'manifest.json'), 'utf8');
  const manifest: unknown = JSON.parse(text);
  t.deepEqual(manifest, {
    schema: 'tagflow/hand-off/v2',
    ...{ release: 'master', distro: 'centos9', label, component: null, fullHash, visibility: 'public' },
    repository: { url: null, builds: [], deloreanRepo: null, versions: [] },
    containers: containers.map((container) => ({ ...container, references: [] })),
    images: images.map((image) => ({ ...image, urls: [] })),
    promotion: {
      ...{ source: 'statement', id: 'p1', mode: 'promote', version: 5, actor: 'alice', reason: null },
      ...{ promotedAt: '2026-01-02T03:04:05.000Z', planDigest: 'sha256:5' },
      statementDigest: `sha256:${sha256(statement)}`,
    },
    verdict: { answer: 'yes', reasons: [], criteriaDigest: 'sha256:6' },
    ...{ criteria: 'none', votes: [vote], waivers: [waiver] },
    sha256: { 'set.json': sha256(setOf({ containers, images })), 'statement.json': sha256(statement) },
  });
  t.deepEqual(schemaProblems(manifest), []);
  t.is(outputs['digest'], `sha256:${sha256(text)}`);
});

test('the schema of the manifest refuses what is none', (t) => {
  t.deepEqual(
    schemaProblems({ schema: 'tagflow/hand-off/v1', more: 1 }).filter((problem) => !problem.endsWith('missing')),
    ['manifest.schema is not tagflow/hand-off/v2', 'manifest.more is unknown'],
  );
});

test('what is internal goes only to who may have it', async (t) => {
  const { folder, destination, delivered, run } = await bench(t);
  const rhel = { ...images[0], name: 'rhel.tar', visibility: 'internal' } as const;
  const set = join(folder, 'all.json');
  await writeFile(set, setOf({ images: [rhel, ...images] }));
  t.is((await run({ destination, set })).outcome, 'done');
  for (const file of ['set.json', 'manifest.json']) t.notRegex(await readFile(join(delivered, file), 'utf8'), /rhel/);
  const inside = { destination: `${destination}-inside`, set, visibility: 'internal' };
  t.is((await run(inside)).outcome, 'done');
  const all = await readFile(join(folder, 'osp', 'incoming-inside', fullHash, 'manifest.json'), 'utf8');
  t.like(JSON.parse(all), { visibility: 'internal', images: [{ name: 'rhel.tar' }, { name: 'x.tar' }] });
  await writeFile(set, setOf({ images: [rhel] }));
  const nothing = await run({ destination, set });
  t.is(nothing.outcome, 'invalid');
  t.regex(nothing.message ?? '', /neither containers nor images that may be public/);
});

test('what is known only later is not sent by itself, and beside the first where it is asked for', async (t) => {
  const { folder, destination, set, delivered, run, warnings } = await bench(t);
  t.is((await run({ destination, set })).outcome, 'done');
  const first = await readFile(join(delivered, 'manifest.json'), 'utf8');
  const later = { destination, set, distro: 'centos9' };
  const same = await run(later);
  t.is(same.outcome, 'nothing-to-do');
  t.regex(same.message ?? '', /what is known of it by now is not in it: distro$/);
  const told = () => warnings.filter((words) => words.includes('again: true')).length;
  t.is(told(), 1);
  t.is(same.outputs['digest'], `sha256:${sha256(first)}`, 'of what is there');
  t.is(await readFile(same.outputs['manifest'] ?? '', 'utf8'), first);

  const again = await run({ ...later, again: 'true' });
  t.is(again.outcome, 'done', again.message);
  const beside = `${fullHash}-${(again.outputs['digest'] ?? '').slice(7, 19)}`;
  t.deepEqual(await readdir(join(folder, 'osp', 'incoming')), [fullHash, beside]);
  t.is(await readFile(join(delivered, 'manifest.json'), 'utf8'), first);
  t.is(again.outputs['acknowledgement'], `${destination}/${beside}/manifest.json`);
  for (const inputs of [later, { ...later, again: 'true' }, { destination, set }])
    t.is((await run(inputs)).outcome, 'nothing-to-do');
  t.is(told(), 1, 'each is there, as it is');
});

test('the ledger remembers what the receiver took away, and what it said', async (t) => {
  const { folder, destination, set, delivered, run } = await bench(t);
  const ledger = `sqlite:${join(folder, 'ledger.db')}`;
  const inputs = { destination, set, ledger };
  t.is((await run({ ...inputs, 'dry-run': 'true' })).outcome, 'planned');
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('ledger')),
    [],
    'a dry run makes none',
  );
  t.is((await run(inputs)).outputs['receipt'], undefined);
  await writeFile(join(delivered, 'acknowledgement.json'), '{"build":17}');
  const said = await run(inputs);
  t.is(said.outcome, 'nothing-to-do');
  t.like(JSON.parse(await readFile(said.outputs['receipt'] ?? '', 'utf8')), { said: { build: 17 } });

  await rm(delivered, { recursive: true });
  const gone = await run(inputs);
  t.is(gone.outcome, 'nothing-to-do', gone.message);
  t.like(JSON.parse(await readFile(gone.outputs['receipt'] ?? '', 'utf8')), { said: { build: 17 } });
  const other = await run({ ...inputs, set: join(folder, 'images.json') });
  t.is(other.outcome, 'failed');
  t.regex(other.message ?? '', /delivered before, with other content/);
  await t.throwsAsync(readdir(delivered));
  t.is((await run({ ...inputs, again: 'true' })).outcome, 'done');
  t.deepEqual((await readdir(delivered)).sort(), ['manifest.json', 'set.json']);
});

test('a delivery counts where the ledger cannot be told, and the next run learns it from the receiver', async (t) => {
  const { folder, destination, set, run, warnings } = await bench(t);
  const ledger = `sqlite:${join(folder, 'containers.json', 'ledger.db')}`;
  const { outcome, message } = await run({ destination, set, ledger });
  t.is(outcome, 'done', message);
  t.regex(warnings.join(), /delivered, and the ledger could not be told/);
  t.is((await run({ destination, set, ledger })).outcome, 'nothing-to-do');
});

/** A tagflow.yaml whose phase rdo-phase-1 hands nothing off; nobody is asked for anything. */
async function configured(folder: string): Promise<void> {
  await writeFile(
    join(folder, 'tagflow.yaml'),
    `
release: master
distro: centos9
dlrn: { api-url: 'http://127.0.0.1:1/api', repos-url: 'http://127.0.0.1:1/repos', mode: component }
phases:
  osp-phase-0:
    hand-off: { label: current-tripleo, destination: 'file:osp/incoming' }
  rdo-phase-1:
    test: { command: [run], jobs: [two] }
    promote: { from: current-tripleo, to: current-tripleo-rdo, criteria: { all-of: [two] } }
`,
  );
}

test('a phase without a section hands nothing off', async (t) => {
  const { folder, run } = await bench(t);
  await configured(folder);
  t.is((await run({ config: 'tagflow.yaml', phase: 'rdo-phase-1' })).outcome, 'nothing-to-do');
});

test('with config and without a phase, the missing input is named', async (t) => {
  const { folder, run } = await bench(t);
  await configured(folder);
  const { outcome, message } = await run({ config: 'tagflow.yaml' });
  t.is(outcome, 'invalid');
  t.regex(message ?? '', /input "phase" is missing; .*tagflow\.yaml has: osp-phase-0, rdo-phase-1/);
});

const statements: readonly (readonly [string, string, RegExp])[] = [
  ['no JSON', 'promoted a', /the statement is not JSON/],
  ['no predicate', `"${fullHash}"`, /not about a{32}: its predicate\.toHash has to be that, and it does not say/],
  ['another hash', '{"predicate":{"toHash":"bbb","label":"current"}}', /predicate\.toHash .*, and it says bbb/],
  [
    'other content',
    `{"predicate":{"toHash":"${fullHash}","label":"current"},"subject":[{"name":"heat-api","digest":{"sha256":"3"}}]}`,
    /other content: heat-api is 3 there, and 1{64} in the set/,
  ],
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
  ['a web hook without a key', { destination: 'https://osp.example/hook' }, /"auth" is missing/],
  ['a web hook in clear text', { destination: 'http://osp.example/hook', auth: 'key' }, /it has to be https/],
  ['neither a hash nor config', { 'full-hash': '' }, /"full-hash" is missing/],
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
