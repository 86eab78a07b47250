import { text } from 'node:stream/consumers';
import test from 'ava';
import { createPacer, createTransfer, type TransferOptions } from '../src/index.ts';
import { serve, testWorld } from './world.ts';

// What is read comes in chunks, as it does over Node's own client, and as it does through a proxy.
const ways = ['directly', 'by a proxy'] as const;

for (const way of ways) {
  test(`${way}, an upload may wait for what is read from the same server`, async (t) => {
    await using server = await serve((request, response) => response.end(request.method === 'PUT' ? 'stored' : 'blob'));
    const world = testWorld();
    const options: TransferOptions = { connections: 1, pacer: createPacer(1, world) };
    const proxy = way === 'directly' ? {} : { proxyEnv: { http_proxy: server.url } };
    const url = way === 'directly' ? server.url : 'http://registry.example';
    const transfer = createTransfer(world, { ...options, ...proxy });
    t.teardown(() => transfer.close());
    const body = async (write: (piece: Uint8Array) => Promise<void>): Promise<void> => {
      await transfer.receive({ url: `${url}/blob` }, write);
    };
    const response = await transfer.open({ method: 'PUT', url: `${url}/upload`, body });
    t.deepEqual([response.status, await text(response.body)], [200, 'stored']);
    t.is(server.seen.find(({ method }) => method === 'PUT')?.body, 'blob');
  });
}

const asked: readonly (readonly [string, string, readonly number[]])[] = [
  ['is heeded by others', '120', [120_000]],
  ['that is too long is not', '121', []],
];

for (const [what, retryAfter, sleeps] of asked) {
  test(`what an upload is told of the pace ${what}`, async (t) => {
    await using server = await serve((request, response) => {
      if (request.method === 'PUT') response.writeHead(429, { 'retry-after': retryAfter });
      response.end();
    });
    const world = testWorld();
    const transfer = createTransfer(world, { pacer: createPacer(4, world) });
    t.teardown(() => transfer.close());
    const body = async (): Promise<void> => {};
    const { status, body: answer } = await transfer.open({ method: 'PUT', url: server.url, body, contentLength: 0 });
    answer.resume();
    t.is(status, 429);
    await transfer.receive({ url: server.url }, () => undefined);
    t.deepEqual(world.clock.sleeps, sleeps);
  });
}

test('streams and reads of a server that was given up are refused unsent', async (t) => {
  await using server = await serve((_request, response) => response.writeHead(429, { 'retry-after': '9' }).end());
  const world = testWorld();
  const transfer = createTransfer(world, { pacer: createPacer(1, world) });
  t.teardown(() => transfer.close());
  t.is((await transfer.request({ method: 'GET', url: server.url })).status, 429);
  t.is(server.seen.length, 8);
  const read = await transfer.receive({ url: `${server.url}/x` }, () => t.fail());
  t.deepEqual([read.status, read.headers, read.url], [429, { 'retry-after': '9' }, `${server.url}/x`]);
  const upload = await transfer.open({
    method: 'PUT',
    url: server.url,
    body: () => Promise.reject(new Error('begun')),
  });
  t.deepEqual([upload.status, upload.headers, await text(upload.body)], [429, { 'retry-after': '9' }, '']);
  t.is(server.seen.length, 8);
});
