import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { action as handOff } from '@tagflow/hand-off';
import { exportLedger } from '@tagflow/ledger';
import { formatSet, type FullHash, type HandOffManifest, type Outcome, parseSet } from '@tagflow/model';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { schemaProblems } from '../../actions/hand-off/test/schema-check.ts';
import {
  containerPattern,
  imageFiles,
  type LabWorld,
  namespace,
  stageBuild,
  startLabWorld,
} from '../pipelines/lab-world.ts';
import { dockerOf, pullContainer, rdoOf, readStoreSet } from '../pipelines/reader.ts';
import { imageFolder } from '../pipelines/truth.ts';
import { hasty, label, promote } from './scenario.ts';

const secret = 'what both sides know';

/** The next owner's web hook: checks every signature, and answers what it is told to, else as a good receiver does. */
interface Hook {
  readonly url: string;
  /** The answers that come first. */
  readonly answers: ((response: ServerResponse) => void)[];
  /** Every call that came, and whether its signature was right. */
  readonly calls: { readonly headers: IncomingHttpHeaders; readonly body: string; readonly isSigned: boolean }[];
  /** The deliveries that were taken, by their keys. */
  readonly taken: Map<string, string>;
  close(): Promise<void>;
}

async function startHook(): Promise<Hook> {
  const answers: Hook['answers'] = [];
  const calls: Hook['calls'] = [];
  const taken: Hook['taken'] = new Map();
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((chunks) => {
      const { headers } = request;
      const body = Buffer.concat(chunks).toString();
      const signed = `${String(headers['x-tagflow-timestamp'])}.${body}`;
      const isSigned =
        headers['x-tagflow-signature-256'] === `sha256=${createHmac('sha256', secret).update(signed).digest('hex')}`;
      calls.push({ headers, body, isSigned });
      const answer = answers.shift();
      if (answer !== undefined) return answer(response);
      const key = String(headers['idempotency-key']);
      const status = taken.has(key) ? 409 : 201;
      taken.set(key, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(`{"build":17,"status":${status}}`);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hand-off`;
  return {
    ...{ url, answers, calls, taken },
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

const test = anyTest as TestFn<{ readonly world: LabWorld; readonly hash: FullHash; readonly hook: Hook }>;

test.before(async (t) => {
  const world = await startLabWorld();
  const hash = await stageBuild(world);
  await promote(world);
  t.context = { world, hash, hook: await startHook() };
});
test.after.always(async (t) => {
  await t.context.hook?.close();
  await t.context.world?.close();
});
test.beforeEach((t) => {
  const { hook } = t.context;
  hook.calls.length = 0;
  hook.answers.length = 0;
  hook.taken.clear();
});

type Context = ExecutionContext<{ readonly world: LabWorld; readonly hash: FullHash; readonly hook: Hook }>;

function run(t: Context, inputs: Readonly<Record<string, string>> = {}) {
  const { world, hook } = t.context;
  const given = { phase: 'osp-phase-0', label, destination: hook.url, auth: secret, ...inputs };
  return world.act(handOff, given, { clock: hasty });
}

/** An empty ledger of its own, as after the machine of the old one died. */
async function lostLedger({ context }: Context): Promise<string> {
  return `sqlite:${join(await context.world.folder(), 'ledger.db')}`;
}

async function rowsOf(ledger: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const lines = (await Array.fromAsync(exportLedger(ledger))).map(
    (line) => JSON.parse(line) as Record<string, unknown>,
  );
  return lines.filter(({ table }) => table === 'hand_offs').map(({ row }) => row as Record<string, unknown>);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function filesOf(body: string): Readonly<Record<string, string>> {
  return (JSON.parse(body) as { readonly files: Readonly<Record<string, string>> }).files;
}

test.serial('a web hook gets everything pinned, signed, and once', async (t) => {
  const { world, hash, hook } = t.context;
  const { lab } = world;
  hook.answers.push((response) => response.writeHead(503, { 'retry-after': '2' }).end());
  const done = await run(t);
  t.is(done.outcome, 'done', done.message);
  t.deepEqual(
    hook.calls.map(({ isSigned, headers }) => [isSigned, headers['idempotency-key']]),
    [1, 2].map(() => [true, done.outputs['digest']]),
  );
  const body = hook.calls[1]?.body ?? '';
  t.like(JSON.parse(body), { schema: 'tagflow/hand-off-delivery/v1', release: 'master', label, fullHash: hash });
  const files = filesOf(body);
  const text = files['manifest.json'] ?? '';
  t.is(`sha256:${sha256(text)}`, done.outputs['digest'] ?? '');
  const manifest = JSON.parse(text) as HandOffManifest;
  t.deepEqual(schemaProblems(manifest), []);
  t.deepEqual(Object.keys(files).sort(), ['manifest.json', 'set.json', 'versions.csv']);
  for (const [name, sum] of Object.entries(manifest.sha256)) t.is(sha256(files[name] ?? ''), sum, name);

  const set = parseSet(files['set.json'] ?? '', 'delivered set');
  t.deepEqual(set, await readStoreSet(lab.images.url, label));
  const { repository, containers, images, promotion, verdict, votes } = manifest;
  t.deepEqual(repository.builds, set.repository.builds);
  t.is(repository.url, set.repository.url);
  for (const file of [repository.deloreanRepo, ...repository.versions]) {
    const bytes = await (await fetch(file?.url ?? '')).bytes();
    t.is(file?.sha256, sha256(bytes));
  }
  t.is(repository.versions[0]?.rows, (files['versions.csv'] ?? '').trim().split('\n').length - 1);
  const registries = [rdoOf(lab), dockerOf(lab)];
  for (const { name, digest, references } of containers) {
    const repository = `${namespace}/${containerPattern.replace('{name}', name)}`;
    const expected = registries.map(({ url }) => `${new URL(url).host}/${repository}@${digest}`);
    t.deepEqual([...references].sort(), expected.sort());
    for (const registry of registries) t.is(await pullContainer(registry, name, digest), digest);
  }
  t.deepEqual(
    images.map(({ name }) => name),
    [...imageFiles],
  );
  for (const image of images) {
    const [url = ''] = image.urls;
    t.true(url.includes(hash), url);
    t.is(sha256(await (await fetch(url)).bytes()), image.sha256);
  }
  t.like(promotion, { source: 'ledger', mode: 'promote', statementDigest: null });
  t.regex(promotion?.id ?? '', /^\d{8}T\d{6}Z-/);
  t.is(verdict?.answer, 'yes');
  t.true((votes ?? []).length > 0 && (votes ?? []).every(({ result }) => result === 'success'));
  t.deepEqual(manifest.waivers, []);

  const again = await run(t);
  t.is(again.outcome, 'nothing-to-do', again.message);
  t.is(hook.calls.length, 2, 'the ledger knows it, and nobody is called');
  t.deepEqual(again.outputs['digest'], done.outputs['digest']);
  const [row] = await rowsOf(`sqlite:${join(lab.root, 'ledger.db')}`);
  t.like(row, { full_hash: hash, destination: hook.url, promotion: promotion?.id, manifest: text });
  t.is(row?.['acknowledgement'], '{"build":17,"status":201}');
});

test.serial('without the ledger DLRN tells of the promotion, and the receiver that it had it', async (t) => {
  const ledger = await lostLedger(t);
  t.is((await run(t, { ledger })).outcome, 'done');
  const manifest = JSON.parse(filesOf(t.context.hook.calls[0]?.body ?? '')['manifest.json'] ?? '') as HandOffManifest;
  t.deepEqual(schemaProblems(manifest), []);
  t.like(manifest, { verdict: null, criteria: null, waivers: null });
  t.like(manifest.promotion, { source: 'dlrn', id: null, planDigest: null });
  t.true(Date.parse(manifest.promotion?.promotedAt ?? '') > 0);
  t.true((manifest.votes ?? []).length > 0);

  const another = await lostLedger(t);
  const had = await run(t, { ledger: another });
  t.is(had.outcome, 'nothing-to-do', had.message);
  t.is(t.context.hook.calls.length, 2);
  t.is((await rowsOf(another))[0]?.['acknowledgement'], '{"build":17,"status":409}');
});

test.serial('killed between the delivery and the ledger: the next run learns from the receiver', async (t) => {
  const { world, hook } = t.context;
  const ledger = await lostLedger(t);
  const auth = join(await world.folder(), 'key');
  await writeFile(auth, secret);
  const where = ['--config', world.config, '--phase', 'osp-phase-0', '--label', label, '--ledger', ledger];
  const { child, ended } = world.start(['hand-off', ...where, '--destination', hook.url, '--auth-file', auth]);
  hook.answers.push((response) => {
    const { headers, body } = hook.calls[0]!;
    hook.taken.set(String(headers['idempotency-key']), body);
    child.kill('SIGKILL');
    response.destroy();
  });
  const { signal, stderr } = await ended;
  t.is(signal, 'SIGKILL', stderr);
  t.is(hook.calls.length, 1);
  const next = await run(t, { ledger });
  t.is(next.outcome, 'nothing-to-do', next.message);
  t.is(hook.taken.size, 1, 'the key is the same');
  t.is((await rowsOf(ledger))[0]?.['acknowledgement'], '{"build":17,"status":409}');
});

const page = { 'content-type': 'text/html' };
const refusals: readonly (readonly [string, (response: ServerResponse) => void, number, Outcome, RegExp])[] = [
  ['is busy', (r) => r.writeHead(503).end('<html>'), 4, 'waiting', /answered 503: an HTML page/],
  ['breaks off', (r) => r.destroy(), 4, 'waiting', /closed before the answer was whole|ECONNRESET/],
  ['knows another key', (r) => r.writeHead(401).end('wrong\n key'), 1, 'failed', /answered 401: wrong key/],
  ['moved', (r) => r.writeHead(307, { location: '/elsewhere' }).end(), 1, 'failed', /answered 307/],
  ['is a login page', (r) => r.writeHead(200, page).end('<html>'), 1, 'failed', /200 with an HTML page: nobody took/],
  ['talks without end', (r) => r.writeHead(200).end('x'.repeat(70_000)), 1, 'failed', /longer than 65536 bytes/],
];
for (const [what, answer, calls, outcome, says] of refusals) {
  test.serial(`a receiver that ${what}: ${outcome}, and nothing is remembered`, async (t) => {
    const { hook } = t.context;
    const ledger = await lostLedger(t);
    hook.answers.push(...Array.from({ length: calls }, () => answer));
    const result = await run(t, { ledger });
    t.is(result.outcome, outcome, result.message);
    t.regex(result.message ?? '', says);
    t.is(hook.calls.length, calls);
    t.false(JSON.stringify(result).includes(secret));
    await t.throwsAsync(rowsOf(ledger), { message: /no ledger/ });
    const later = await run(t, { ledger });
    t.is(later.outcome, 'done', later.message);
  });
}

test.serial('a set that is not what was promoted, or not where it should be, is never delivered', async (t) => {
  const { world, hook, hash } = t.context;
  const { lab } = world;
  t.teardown(lab.snapshot());
  const ledger = await lostLedger(t);
  const set = await readStoreSet(lab.images.url, label);
  const file = join(await world.folder(), 'set.json');
  const [container] = set.containers;
  const images = set.images.slice(0, 1).map((image) => ({ ...image, sha256: '0'.repeat(64) }));
  await writeFile(file, formatSet({ ...set, images, containers: container === undefined ? [] : [container] }));
  const doctored = await run(t, { ledger, set: file });
  t.is(doctored.outcome, 'invalid', doctored.message);
  t.regex(
    doctored.message ?? '',
    /"set": it is not the set .* container \S+ is missing in it; .* image \S+ is sha256:0{64}/,
  );
  await writeFile(file, formatSet(set));
  t.is((await run(t, { ledger, set: file, 'dry-run': 'true' })).outcome, 'planned');
  // The registries say what belongs to the hash, and the store has nothing of it.
  await rm(join(lab.root, 'images', imageFolder, hash, 'set.json'));
  for (const given of [{}, { set: file }]) {
    const gone = await run(t, { ledger, ...given });
    t.is(gone.outcome, 'failed', gone.message);
    t.regex(gone.message ?? '', /image \S+\.tar \(sha256:[0-9a-f]{64}\) is in none of: public/);
  }
  t.is(hook.calls.length, 0);
});

test.serial('the hash may be left out; a label that names another one by now blocks', async (t) => {
  const { world, hash, hook } = t.context;
  const planned = await run(t, { ledger: await lostLedger(t), 'dry-run': 'true' });
  t.is(planned.outcome, 'planned', planned.message);
  const newer = await stageBuild(world);
  const moved = await run(t, { 'full-hash': newer });
  t.is(moved.outcome, 'blocked', moved.message);
  t.regex(moved.message ?? '', new RegExp(`label ${label} names ${hash} at http.*, and full-hash is ${newer}`));
  const gone = await run(t, { 'full-hash': hash, label: 'current-tripleo-rdo' });
  t.is(gone.outcome, 'blocked', gone.message);
  t.regex(gone.message ?? '', /label current-tripleo-rdo names nothing/);
  t.is(hook.calls.length, 0);
});
