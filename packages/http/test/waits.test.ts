import type http from 'node:http';
import test from 'ava';
import { createApi, createPacer, createTransfer, HttpError, type Requester } from '../src/index.ts';
import { serve, testWorld, type TestWorld } from './world.ts';

const makers: readonly (readonly [string, (world: TestWorld) => Requester])[] = [
  ['an Api', (world) => createApi(world, { pacer: createPacer(4, world) })],
  ['a Transfer', (world) => createTransfer(world, { pacer: createPacer(4, world) })],
];

for (const [what, make] of makers) {
  for (const status of [429, 503]) {
    test(`${what} returns ${status} at once to who does not wait, and lets the others wait`, async (t) => {
      await using server = await serve((_request, response, count) => {
        response.writeHead(count === 1 ? status : 200, count === 1 ? { 'retry-after': '7' } : {}).end();
      });
      const world = testWorld();
      const requester = make(world);
      const put = { method: 'PUT', url: server.url, body: Buffer.from('x') } as const;
      const refused = await requester.request({ ...put, waits: false });
      t.deepEqual([refused.status, refused.headers['retry-after']], [status, '7']);
      t.deepEqual([server.seen.length, world.clock.sleeps], [1, []]);
      t.is((await requester.request(put)).status, 200);
      t.deepEqual(world.clock.sleeps, [7000]);
    });
  }

  test(`${what} does not repeat for them what may have arrived`, async (t) => {
    const reset = (response: http.ServerResponse): void => void response.socket?.destroy();
    await using server = await serve((_request, response, count) =>
      count < 3 ? reset(response) : response.end('third'),
    );
    const world = testWorld();
    const requester = make(world);
    const put = { method: 'PUT', url: server.url, body: Buffer.from('x') } as const;
    const error = await t.throwsAsync(requester.request({ ...put, waits: false }), { instanceOf: HttpError });
    t.deepEqual([error.code, error.mayHaveArrived, server.seen.length], ['unreachable', true, 1]);
    t.is((await requester.request({ ...put, waits: true })).text, 'third');
    t.deepEqual([server.seen.length, world.clock.sleeps], [3, [500]]);
  });
}

test('what a Transfer tells of an answer that is cut off names the code of Node', async (t) => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('only this', () => response.socket?.end());
  });
  const transfer = createTransfer(testWorld(), { attempts: 1 });
  t.teardown(() => transfer.close());
  const put = { method: 'PUT', url: server.url, body: Buffer.from('x') } as const;
  const error = await t.throwsAsync(transfer.request(put), { instanceOf: HttpError });
  t.regex(error.message, /the connection was closed before the answer was whole \(ECONNRESET\)$/);
});
