import { rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startLabImageServer } from '@tagflow/lab';
import test, { type ExecutionContext } from 'ava';
import { StoreError } from '../src/error.ts';
import { openStore } from '../src/open-store.ts';
import { readRangeResuming } from '../src/read-range-resuming.ts';
import type { Store } from '../src/store.ts';
import { temporaryFolder, testEffects } from './world.ts';

type Faults = NonNullable<Parameters<typeof startLabImageServer>[0]['fault']>;

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31 + (index >> 8)) % 251));

async function start(t: ExecutionContext, fault: Faults = () => undefined) {
  const root = await temporaryFolder();
  await writeFile(join(root, 'a'), bytes);
  const server = await startLabImageServer({ root, fault });
  const effects = testEffects();
  const store = openStore(server.url, { effects });
  t.teardown(async () => {
    await store.close();
    await server.close();
  });
  return { root, server, store, effects };
}

/** A server that says anything. */
async function startAnything(
  t: ExecutionContext,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = openStore(url, { effects: testEffects() });
  t.teardown(async () => {
    await store.close();
    server.closeAllConnections();
    server.close();
  });
  return { url, store };
}

function sinkOf() {
  const parts: Buffer[] = [];
  return { taken: () => Buffer.concat(parts), sink: (piece: Uint8Array): void => void parts.push(Buffer.from(piece)) };
}

async function versionOf(store: Store): Promise<string> {
  return (await store.stat('a'))?.version ?? '';
}

test('gives parts of a file, each with If-Range, and the version of HEAD is that of GET', async (t) => {
  const { server, store } = await start(t);
  const content = await store.read('a');
  for await (const _piece of content.body) break;
  const version = await versionOf(store);
  t.is(version, content.version ?? '');
  const { taken, sink } = sinkOf();
  for (const [offset, length] of [
    [0, 1],
    [1, 99_999],
    [100_000, 200_000],
  ] as const) {
    await store.readRange('a', { offset, length, version }, sink);
  }
  t.true(taken().equals(bytes));
  t.deepEqual(
    server
      .requests()
      .slice(2)
      .map(({ range, ifRange }) => [range, ifRange]),
    [
      ['bytes=0-0', version],
      ['bytes=1-99999', version],
      ['bytes=100000-299999', version],
    ],
  );
  t.is(server.requests()[1]?.method, 'HEAD');
});

for (const cut of [0, 1, 65_535, 65_536, 65_537, 149_999]) {
  test(`a part that is cut at byte ${cut} goes on there`, async (t) => {
    const faults = [{ cutAfterBytes: cut }, { status: 503 }, { cutAfterBytes: 0 }];
    const { server, store, effects } = await start(t, ({ method }) => (method === 'GET' ? faults.shift() : undefined));
    const { taken, sink } = sinkOf();
    const range = { offset: 50_000, length: 150_000, version: await versionOf(store) };
    await readRangeResuming(store, 'a', range, sink, { effects });
    t.true(taken().equals(bytes.subarray(50_000, 200_000)));
    t.is(server.bytesSent(), 150_000);
    t.deepEqual(
      server
        .requests()
        .slice(1)
        .map((request) => request.range),
      ['bytes=50000-199999', ...Array<string>(3).fill(`bytes=${50_000 + cut}-199999`)],
    );
    t.deepEqual(effects.waits, [1000, 2000, 4000]);
  });
}

test('gives up when no byte more comes, and what the sink throws is not taken up again', async (t) => {
  const { server, store, effects } = await start(t, () => ({ cutAfterBytes: 0 }));
  const range = { offset: 0, length: 10 };
  const reading = readRangeResuming(store, 'a', range, () => undefined, { attempts: 2, effects });
  t.like(await t.throwsAsync(reading, { code: 'unreachable' }), { outcome: 'waiting', name: 'StoreError' });
  t.is(server.requests().length, 3);
  const good = await start(t);
  const full = new StoreError('unreachable', 'the other end is gone');
  for (const sink of [
    () => Promise.reject(full),
    () => {
      throw full;
    },
  ]) {
    t.is(await t.throwsAsync(readRangeResuming(good.store, 'a', range, sink, { effects })), full);
  }
  t.is(good.server.requests().length, 2);
});

test('a file that changed between two parts, or after a break, gives no byte of the other one', async (t) => {
  const { root, store, effects } = await start(t, ({ range }) =>
    range === 'bytes=0-99' ? { cutAfterBytes: 10 } : undefined,
  );
  const other = Buffer.alloc(bytes.length, 'y');
  await writeFile(join(root, 'b'), other);
  const version = await versionOf(store);
  effects.clock.sleep = () => rename(join(root, 'b'), join(root, 'a'));
  const { taken, sink } = sinkOf();
  const error = await t.throwsAsync(
    readRangeResuming(store, 'a', { offset: 0, length: 100, version }, sink, { effects }),
    {
      code: 'changed',
    },
  );
  t.like(error, { outcome: 'waiting' });
  t.true(taken().equals(bytes.subarray(0, 10)));
  await t.throwsAsync(store.readRange('a', { offset: 200, length: 100, version }, sink), { code: 'changed' });
  t.is(taken().length, 10);
});

const changes: readonly (readonly [what: string, offset: number, length: number])[] = [
  ['is shorter than the part begins', 400_000, 10],
  ['ends within the part', 299_990, 11],
];

for (const [what, offset, length] of changes) {
  test(`a file that ${what} has changed`, async (t) => {
    const { store } = await start(t);
    await t.throwsAsync(
      store.readRange('a', { offset, length }, () => t.fail()),
      { code: 'changed' },
    );
    const version = await versionOf(store);
    await t.throwsAsync(
      store.readRange('a', { offset, length, version }, () => t.fail()),
      { code: 'changed' },
    );
  });
}

test('a broken cache that gives a part of an old file is found out by its headers', async (t) => {
  const { root, store } = await start(t, () => ({ ignoreIfRange: true }));
  const version = await versionOf(store);
  await writeFile(join(root, 'b'), Buffer.alloc(bytes.length));
  await rename(join(root, 'b'), join(root, 'a'));
  await t.throwsAsync(
    store.readRange('a', { offset: 5, length: 5, version }, () => t.fail()),
    { code: 'changed' },
  );
});

test('a server without ranges is not supported, and costs no bytes', async (t) => {
  const { server, store } = await start(t, () => ({ ignoreRange: true }));
  const version = await versionOf(store);
  for (const wanted of [{}, { version }]) {
    const reading = store.readRange('a', { offset: 0, length: 10, ...wanted }, () => t.fail());
    t.like(await t.throwsAsync(reading, { code: 'not-supported', message: /gives no parts of files/ }), {
      outcome: 'failed',
    });
  }
  t.is(server.requests().filter(({ method }) => method === 'GET').length, 2);
});

test('a server that gives parts, but none of this version, has another file, though it does not say which', async (t) => {
  const { store } = await start(t, () => ({ headers: { etag: null, 'last-modified': null } }));
  const reading = store.readRange('a', { offset: 0, length: 10, version: '"v1"' }, () => t.fail());
  await t.throwsAsync(reading, { code: 'changed' });
});

const weak: readonly (readonly [what: string, headers: Readonly<Record<string, string | null>>, hasTime: boolean])[] = [
  ['a weak ETag and a time', { etag: 'W/"weak"' }, true],
  ['a weak ETag only', { etag: 'W/"weak"', 'last-modified': null }, false],
  ['no ETag', { etag: null }, true],
];

for (const [what, headers, hasTime] of weak) {
  test(`with ${what} parts are compared by what the answer says`, async (t) => {
    let now = headers;
    const { server, store } = await start(t, () => ({ headers: now }));
    const version = await versionOf(store);
    const content = await store.read('a');
    for await (const _piece of content.body) break;
    t.is(content.version, version);
    const { taken, sink } = sinkOf();
    await store.readRange('a', { offset: 7, length: 70, version }, sink);
    t.true(taken().equals(bytes.subarray(7, 77)));
    const rest = await store.read('a', { offset: 299_000, ifVersion: version });
    t.deepEqual([rest.offset, rest.version], [299_000, version]);
    for await (const _piece of rest.body) break;
    t.notRegex(
      server
        .requests()
        .map(({ ifRange }) => ifRange ?? '')
        .join(),
      /W\//,
    );
    t.is(
      server.requests().some(({ ifRange }) => ifRange !== null),
      hasTime,
    );
    now = { ...headers, ...(hasTime ? { 'last-modified': new Date(0).toUTCString() } : { etag: 'W/"other"' }) };
    await t.throwsAsync(
      store.readRange('a', { offset: 7, length: 70, version }, () => t.fail()),
      { code: 'changed' },
    );
    const whole = await store.read('a', { offset: 299_000, ifVersion: version });
    t.is(whole.offset, 0);
    for await (const _piece of whole.body) break;
  });
}

test('a part that nothing proves to be of the version is not taken', async (t) => {
  let isFirst = true;
  const { store } = await start(t, () => {
    const etag = isFirst ? 'W/"weak"' : null;
    isFirst = false;
    return { headers: { etag, 'last-modified': null } };
  });
  const version = await versionOf(store);
  await t.throwsAsync(
    store.readRange('a', { offset: 7, length: 70, version }, () => t.fail()),
    { code: 'not-supported' },
  );
});

test('each part may be redirected to another origin', async (t) => {
  const mirrors = [await start(t), await start(t)];
  let next = 0;
  const { store } = await start(t, ({ path }) => ({ redirectTo: `${mirrors[next++ % 2]?.server.url}${path}` }));
  const { taken, sink } = sinkOf();
  await store.readRange('a', { offset: 0, length: 1000 }, sink);
  await store.readRange('a', { offset: 1000, length: 1000 }, sink);
  t.true(taken().equals(bytes.subarray(0, 2000)));
  t.deepEqual(
    mirrors.map(({ server }) => server.requests().map(({ range }) => range)),
    [['bytes=0-999'], ['bytes=1000-1999']],
  );
  const version = await versionOf(store);
  const reading = store.readRange('a', { offset: 0, length: 9, version }, () => t.fail());
  t.like(await t.throwsAsync(reading, { code: 'changed' }), {
    next: 'Run the same again. Should it go on, the mirrors behind that address disagree: name one of them.',
  });
});

const answers: readonly (readonly [what: string, headers: Record<string, string>, body: string, code: string])[] = [
  ['begins elsewhere', { 'content-range': 'bytes 6-9/20' }, 'ghij', 'failed'],
  ['ends later', { 'content-range': 'bytes 5-9/20' }, 'fghij', 'failed'],
  ['is none', { 'content-range': 'bytes */20' }, 'fghi', 'failed'],
  ['ends before it begins', { 'content-range': 'bytes 5-3/20' }, '', 'failed'],
  ['goes beyond its file', { 'content-range': 'bytes 5-8/6' }, 'fghi', 'failed'],
  ['goes beyond all numbers', { 'content-range': 'bytes 5-8/9007199254740993' }, 'fghi', 'failed'],
  ['has another length', { 'content-range': 'bytes 5-8/20', 'content-length': '5' }, 'fghij', 'failed'],
  ['is several', { 'content-type': 'multipart/byteranges; boundary=x' }, '--x', 'failed'],
  ['is compressed', { 'content-range': 'bytes 5-8/20', 'content-encoding': 'gzip' }, 'fghi', 'failed'],
  ['is longer than it says', { 'content-range': 'bytes 5-8/20' }, 'fghijklmnop', 'failed'],
  ['is shorter than it says', { 'content-range': 'bytes 5-8/20' }, 'fg', 'unreachable'],
];

for (const [what, headers, body, code] of answers) {
  test(`a part that ${what} is an error`, async (t) => {
    const { store, url } = await startAnything(t, (_request, response) => response.writeHead(206, headers).end(body));
    const { taken, sink } = sinkOf();
    const error = await t.throwsAsync(store.readRange('x', { offset: 5, length: 4 }, sink), { code });
    t.is(error?.name, 'StoreError');
    t.true(error?.message.startsWith(`GET ${url}/x: `), error?.message);
    t.true('fghi'.startsWith(taken().toString()));
  });
}

test('a server may give a part piece by piece, and need not say how long the file is', async (t) => {
  const text = 'abcdefghij';
  const { store } = await startAnything(t, (request, response) => {
    const [, from = '0', to = '0'] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const piece = text.slice(Number(from), Math.min(Number(from) + 3, Number(to) + 1));
    const range = `bytes ${from}-${Number(from) + piece.length - 1}/*`;
    response.writeHead(206, { 'content-range': range, 'content-length': `${piece.length}` }).end(piece);
  });
  const { taken, sink } = sinkOf();
  await store.readRange('x', { offset: 1, length: 8 }, sink);
  t.is(taken().toString(), 'bcdefghi');
});

for (const [status, code, outcome] of [
  [403, 'denied', 'failed'],
  [404, 'not-found', 'failed'],
  [410, 'not-found', 'failed'],
  [416, 'changed', 'waiting'],
  [429, 'unreachable', 'waiting'],
  [503, 'unreachable', 'waiting'],
  [418, 'failed', 'failed'],
] as const) {
  test(`a part that is answered ${status} fails as ${code}`, async (t) => {
    const { store } = await start(t, () => ({ status }));
    const reading = store.readRange('a', { offset: 0, length: 10 }, () => t.fail());
    t.like(await t.throwsAsync(reading, { code }), { name: 'StoreError', outcome });
  });
}

test('Retry-After holds for the next part', async (t) => {
  const faults = [{ status: 503, retryAfter: 30 }];
  const { store, effects } = await start(t, () => faults.shift());
  const { taken, sink } = sinkOf();
  await readRangeResuming(store, 'a', { offset: 0, length: 10 }, sink, { effects });
  t.is(taken().length, 10);
  t.deepEqual(effects.waits, [1000, 29_000]);
});

test('a folder has no parts, and a server that is not there says so', async (t) => {
  const { store, server } = await start(t);
  await t.throwsAsync(
    store.readRange('', { offset: 0, length: 1 }, () => t.fail()),
    { code: 'wrong-kind' },
  );
  await server.close();
  const gone = await t.throwsAsync(store.readRange('a', { offset: 0, length: 1 }, () => t.fail()));
  t.like(gone, { name: 'StoreError', code: 'unreachable', outcome: 'waiting' });
});
