import { mkdir, rename, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { startLabImageServer } from '@tagflow/lab';
import test, { type ExecutionContext } from 'ava';
import { openStore } from '../src/open-store.ts';
import { readResuming } from '../src/read-resuming.ts';
import type { Store } from '../src/store.ts';
import { collect, temporaryFolder, testEffects } from './world.ts';

type Faults = NonNullable<Parameters<typeof startLabImageServer>[0]['fault']>;

async function start(t: ExecutionContext, fault: Faults) {
  const root = await temporaryFolder();
  const server = await startLabImageServer({ root, fault });
  const effects = testEffects();
  const store = openStore(`${server.url}/`, { effects });
  t.teardown(async () => {
    await store.close();
    await server.close();
  });
  return { root, server, store, effects };
}

test('takes a broken download up where it broke off', async (t) => {
  const cuts = [{ cutAfterBytes: 100_000 }, { cutAfterBytes: 0 }, { status: 503 }, { cutAfterBytes: 150_000 }];
  const { root, server, store, effects } = await start(t, () => cuts.shift());
  const text = 'abcdefghij'.repeat(40_000);
  await writeFile(join(root, 'a'), text);
  const content = await store.read('a');
  t.is(await collect(readResuming(store, 'a', content, { effects })), text);
  t.deepEqual(
    server.requests().map(({ range }) => range),
    [null, 'bytes=100000-', 'bytes=100000-', 'bytes=100000-', 'bytes=250000-'],
  );
  t.is(server.requests()[1]?.ifRange, content.version);
  t.is(server.bytesSent(), text.length);
  t.deepEqual(effects.waits, [1000, 2000, 4000, 1000]);
});

test('gives up when no byte more comes, and reports the last failure', async (t) => {
  const { root, store, effects } = await start(t, ({ range }) =>
    range === null ? { cutAfterBytes: 10 } : { cutAfterBytes: 0 },
  );
  await writeFile(join(root, 'a'), 'x'.repeat(1000));
  const content = await store.read('a');
  await t.throwsAsync(collect(readResuming(store, 'a', content, { attempts: 3, effects })), { code: 'unreachable' });
  t.is(effects.waits.length, 3);
});

test('never joins two files: one that changed after the break is an error', async (t) => {
  const { root, store, effects } = await start(t, ({ range }) => (range === null ? { cutAfterBytes: 10 } : undefined));
  await writeFile(join(root, 'a'), 'x'.repeat(1000));
  await writeFile(join(root, 'b'), 'y'.repeat(1000));
  effects.clock.sleep = () => rename(join(root, 'b'), join(root, 'a'));
  const content = await store.read('a');
  const error = await t.throwsAsync(collect(readResuming(store, 'a', content, { effects })), { code: 'changed' });
  t.like(error, { outcome: 'waiting' });
});

test('resumes at the right byte on a server without ranges', async (t) => {
  const { root, store, effects } = await start(t, () => faults.shift());
  const faults: ({ cutAfterBytes: number } | { ignoreRange: true })[] = [{ cutAfterBytes: 7 }, { ignoreRange: true }];
  await writeFile(join(root, 'a'), '0123456789');
  const content = await store.read('a');
  t.is(await collect(readResuming(store, 'a', content, { effects })), '0123456789');
});

for (const [status, code] of [
  [403, 'denied'],
  [404, 'not-found'],
  [500, 'unreachable'],
  [418, 'failed'],
] as const) {
  test(`reads status ${status} as ${code}`, async (t) => {
    const { store } = await start(t, () => ({ status }));
    await t.throwsAsync(store.read('a'), { code });
    await t.throwsAsync(store.list('a'), { code });
  });
}

test('asks again for small files after 503', async (t) => {
  const faults = [{ status: 503, retryAfter: 3 }];
  const { root, store, effects } = await start(t, () => faults.shift());
  await writeFile(join(root, 'a.md5'), 'sum');
  t.is(await store.readText('a.md5'), 'sum');
  t.deepEqual(effects.waits, [3000]);
});

test('knows a file without HEAD', async (t) => {
  for (const status of [405, 501]) {
    const { root, server, store } = await start(t, ({ method }) => (method === 'HEAD' ? { status } : undefined));
    await mkdir(join(root, 'folder'));
    await writeFile(join(root, 'a'), 'x'.repeat(100_000));
    await writeFile(join(root, 'empty'), '');
    const content = await store.read('a');
    for await (const _chunk of content.body) break;
    t.like(await store.stat('a'), { kind: 'file', size: 100_000, version: content.version });
    t.is(server.requests().at(-1)?.range, 'bytes=0-0');
    t.like(await store.stat('empty'), { kind: 'file', size: 0 });
    t.like(await store.stat('folder'), { kind: 'directory', size: null, version: null });
    t.is(await store.stat('none'), null);
  }
  const { root, store } = await start(t, ({ method }) => (method === 'HEAD' ? { status: 405 } : { ignoreRange: true }));
  await writeFile(join(root, 'a'), 'x'.repeat(100_000));
  t.like(await store.stat('a'), { kind: 'file', size: 100_000 });
});

const lengths: readonly (readonly [length: string | null, ofStat: number | RegExp | null])[] = [
  [null, null],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', /says that the file is "9007199254740993" bytes long/],
  ['-1', /says that the file is "-1" bytes long/],
  ['1e3', /says that the file is "1e3" bytes long/],
];

for (const [length, ofStat] of lengths) {
  test(`a HEAD with the length ${length}`, async (t) => {
    const store = await startRaw(t, `HTTP/1.1 200 OK\r\n${length === null ? '' : `Content-Length: ${length}\r\n`}\r\n`);
    if (ofStat instanceof RegExp) await t.throwsAsync(store.stat('a'), { code: 'failed', message: ofStat });
    else t.like(await store.stat('a'), { kind: 'file', size: ofStat });
  });
}

test('a file of no length, or of one that is no number, is not read', async (t) => {
  const chunked = await startRaw(t, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
  await t.throwsAsync(chunked.read('a'), { code: 'failed', message: /does not say how long/ });
  const huge = await startRaw(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9007199254740993\r\n\r\n');
  await t.throwsAsync(huge.read('a'), { code: 'failed', message: /"9007199254740993" bytes long/ });
});

test('what is compressed on its way is refused, and not what was compressed before', async (t) => {
  const { root, store } = await start(t, () => ({ headers: { 'content-encoding': 'gzip' } }));
  await writeFile(join(root, 'a'), 'bytes');
  await writeFile(join(root, 'logs.tar.gz'), 'bytes');
  const refused = { code: 'failed', message: /compressed \(gzip\), though it was asked not to/ };
  await t.throwsAsync(store.stat('a'), refused);
  await t.throwsAsync(store.read('a'), refused);
  await t.throwsAsync(store.readText('a'), refused);
  await t.throwsAsync(
    store.readRange('a', { offset: 0, length: 5 }, () => t.fail()),
    refused,
  );
  t.is((await store.stat('logs.tar.gz'))?.size, 5);
  t.is(await store.readText('logs.tar.gz'), 'bytes');
});

test('a folder is no file', async (t) => {
  const { root, store } = await start(t, () => undefined);
  await mkdir(join(root, 'folder'));
  for (const path of ['', 'folder']) {
    await t.throwsAsync(store.read(path), { code: 'wrong-kind' });
    await t.throwsAsync(store.readText(path), { code: 'wrong-kind' });
  }
});

test('small files have a limit, and read as bytes', async (t) => {
  const { root, store } = await start(t, () => undefined);
  await writeFile(join(root, 'a'), Buffer.from([0xff, 0, 0xfe]));
  t.deepEqual(await store.readBytes('a', { maxBytes: 3 }), Buffer.from([0xff, 0, 0xfe]));
  t.is(await store.readBytes('none', { maxBytes: 3 }), null);
  t.like(await t.throwsAsync(store.readBytes('a', { maxBytes: 2 }), { code: 'failed' }), { name: 'StoreError' });
});

test('a hostile listing yields nothing that is no path', async (t) => {
  const listing = { text: '<a href="..%2f..%2fetc">x</a><a href="good">good</a>', type: 'text/html' };
  const { store } = await start(t, () => listing);
  t.deepEqual(
    (await store.list('')).map(({ name }) => name),
    ['good'],
  );
  const torn = await start(t, () => ({ text: '[{"name":', type: 'application/json' }));
  await t.throwsAsync(torn.store.list('x'), {
    code: 'failed',
    message: /GET .*\/x\/: is no listing of a folder: it is not JSON/,
  });
});

test('holds no digest of its own, and opens no part', async (t) => {
  const { store } = await start(t, () => undefined);
  t.is(await store.digest('a'), null);
  t.deepEqual([store.local, store.writable], [false, false]);
  await t.throwsAsync(store.openPart('a'), { code: 'not-supported' });
});

/** A store behind a server that says the same to everybody, letter by letter. */
async function startRaw(t: ExecutionContext, answer: string): Promise<Store> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const store = openStore(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { effects: testEffects() });
  t.teardown(async () => {
    await store.close();
    server.close();
  });
  return store;
}
