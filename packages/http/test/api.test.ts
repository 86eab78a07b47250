import net from 'node:net';
import test from 'ava';
import { createApi, HttpError } from '../src/index.ts';
import { serve, testWorld } from './world.ts';

test('sends headers and body as given, and adds no content type', async (t) => {
  await using server = await serve((_request, response) => response.end('ok'));
  const api = createApi(testWorld());
  const json = { 'content-type': 'application/json' };
  await api.request({ method: 'GET', url: server.url, headers: json });
  await api.request({ method: 'GET', url: server.url });
  await api.request({ method: 'POST', url: server.url, body: 'a=1' });
  await api.request({ method: 'POST', url: server.url, headers: json, body: '{}' });
  await api.request({ method: 'PUT', url: server.url, body: new Uint8Array([104, 105]).subarray(1) });
  t.deepEqual(
    server.seen.map(({ method, headers, body }) => [method, headers['content-type'], body]),
    [
      ['GET', 'application/json', ''],
      ['GET', undefined, ''],
      ['POST', undefined, 'a=1'],
      ['POST', 'application/json', '{}'],
      ['PUT', undefined, 'i'],
    ],
  );
});

test('returns every status, and an HTML error page untouched', async (t) => {
  const page = '<!doctype html>\n<h1>404</h1>\n';
  await using server = await serve((_request, response) => {
    response.writeHead(404, { 'content-type': 'text/html', 'X-Thing': ['a', 'b'] }).end(page);
  });
  const response = await createApi(testWorld()).request({ method: 'GET', url: server.url });
  t.is(response.status, 404);
  t.is(response.text, page);
  t.deepEqual(response.body, Buffer.from(page));
  t.is(response.headers['x-thing'], 'a, b');
});

test('asks again as the server wishes, on the clock', async (t) => {
  await using server = await serve((_request, response, count) => {
    if (count === 1) response.writeHead(503, { 'retry-after': '7' }).end();
    else if (count === 2) response.writeHead(429, { 'retry-after': 'Thu, 01 Jan 2026 00:00:37 GMT' }).end();
    else response.end('at last');
  });
  const world = testWorld();
  const response = await createApi(world).request({ method: 'GET', url: `${server.url}/?token=s3cret` });
  t.is(response.text, 'at last');
  t.deepEqual(world.clock.sleeps, [7000, 30_000]);
  t.true(world.lines.some((line) => line.includes('503; again in 7 s')));
  t.false(world.lines.join().includes('s3cret'));
});

test('gives up after its attempts and returns the last answer', async (t) => {
  await using server = await serve((_request, response) => response.writeHead(502).end('bad gateway'));
  const world = testWorld();
  const response = await createApi(world, { attempts: 3 }).request({ method: 'GET', url: server.url });
  t.is(response.status, 502);
  t.is(response.text, 'bad gateway');
  t.is(server.seen.length, 3);
  t.deepEqual(world.clock.sleeps, [500, 1000]);
});

test('sends a POST once, unless it is marked as safe', async (t) => {
  await using server = await serve((_request, response, count) => response.writeHead(count < 3 ? 503 : 200).end());
  const api = createApi(testWorld());
  t.is((await api.request({ method: 'POST', url: server.url })).status, 503);
  t.is(server.seen.length, 1);
  t.is((await api.request({ method: 'POST', url: server.url, retrySafe: true })).status, 200);
  t.is(server.seen.length, 3);
});

test('asks again after a reset, but never repeats a POST after one', async (t) => {
  await using server = await serve((request, response, count) => {
    if (request.method === 'POST' || count === 1) response.socket?.destroy();
    else response.end('second');
  });
  const api = createApi(testWorld());
  t.is((await api.request({ method: 'GET', url: server.url })).text, 'second');
  t.is(server.seen.length, 2);
  const error = await t.throwsAsync(api.request({ method: 'POST', url: server.url }), { instanceOf: HttpError });
  t.is(error.code, 'unreachable');
  t.is(error.outcome, 'waiting');
  t.true(error.mayHaveArrived);
  t.is(server.seen.length, 3);
});

test('a server that does not listen is waiting, with no credentials in the error or its causes', async (t) => {
  const port = await freePort();
  const world = testWorld();
  const request = createApi(world, { attempts: 2 }).request({
    method: 'POST',
    url: `http://127.0.0.1:${port}/x?token=s3cret`,
    auth: { username: 'ci', password: 'hunter2' },
  });
  const error = await t.throwsAsync(request, { instanceOf: HttpError });
  t.is(error.code, 'unreachable');
  t.is(error.outcome, 'waiting');
  t.false(error.mayHaveArrived);
  t.deepEqual(world.clock.sleeps, [500]);
  const { inspect } = await import('node:util');
  const dump = inspect(error, { depth: 9 }) + world.lines.join();
  for (const secret of ['s3cret', 'hunter2', Buffer.from('ci:hunter2').toString('base64')])
    t.false(dump.includes(secret));
});

test('gives up an answer that takes too long', async (t) => {
  await using server = await serve((_request, response, count) => {
    if (count === 1)
      response.write('half of'); // and nothing more
    else response.end('all of it');
  });
  const deadlines: AbortController[] = [];
  const asked: number[] = [];
  const api = createApi(testWorld(), {
    timeoutMs: 1500,
    attempts: 1,
    deadline: (ms) => {
      asked.push(ms);
      const controller = new AbortController();
      deadlines.push(controller);
      return controller.signal;
    },
  });
  const slow = api.request({ method: 'GET', url: server.url });
  while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  deadlines[0]?.abort();
  const error = await t.throwsAsync(slow, { instanceOf: HttpError });
  t.is(error.code, 'timed-out');
  t.is(error.outcome, 'waiting');
  t.regex(error.message, /within 1\.5 s/);
  t.is((await api.request({ method: 'GET', url: server.url })).text, 'all of it');
  t.deepEqual(asked, [1500, 1500]);
});

test('an abort ends a request and a wait with the reason it gives', async (t) => {
  const cancel = new AbortController();
  await using server = await serve((request, response) => {
    if (request.url === '/wait') response.writeHead(503).end();
  });
  const reason = new Error('cancelled by the test');
  const api = createApi(testWorld(cancel.signal));
  const hanging = api.request({ method: 'GET', url: server.url });
  while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  cancel.abort(reason);
  t.is(await t.throwsAsync(hanging), reason);
  t.is(await t.throwsAsync(api.request({ method: 'GET', url: server.url })), reason);
  t.is(server.seen.length, 1);

  const second = new AbortController();
  const world = testWorld(second.signal);
  const waiting = createApi({
    ...world,
    clock: {
      now: () => 0,
      sleep: (_ms, signal) => {
        second.abort(reason);
        return Promise.reject(signal?.reason as Error);
      },
    },
  }).request({ method: 'GET', url: `${server.url}/wait` });
  t.is(await t.throwsAsync(waiting), reason);
  t.is(server.seen.length, 2);
});

test('follows redirects, without credentials to another origin', async (t) => {
  await using target = await serve((_request, response) => response.end('there'));
  await using server = await serve((request, response) => {
    const location = request.url === '/local' ? '/far' : `${target.url}/x`;
    response.writeHead(302, { location }).end();
  });
  const api = createApi(testWorld());
  const request = { method: 'GET', url: `${server.url}/local`, auth: { username: 'a', password: 'b' } } as const;
  const response = await api.request(request);
  t.is(response.text, 'there');
  t.is(response.url, `${target.url}/x`);
  t.deepEqual(
    server.seen.map((one) => one.headers.authorization),
    ['Basic YTpi', 'Basic YTpi'],
  );
  t.is(target.seen[0]?.headers.authorization, undefined);

  const unfollowed = await api.request({ ...request, followRedirects: false });
  t.is(unfollowed.status, 302);
  t.is(unfollowed.headers['location'], '/far');
});

test('gives up in a circle of redirects', async (t) => {
  await using server = await serve((_request, response) => response.writeHead(307, { location: '/again' }).end());
  const error = await t.throwsAsync(createApi(testWorld()).request({ method: 'GET', url: server.url }), {
    instanceOf: HttpError,
  });
  t.is(error.code, 'redirect-refused');
  t.is(server.seen.length, 6);
});

test('reads no more than maxBytes, announced or not', async (t) => {
  await using server = await serve((request, response) => {
    if (request.url === '/announced') response.end('x'.repeat(1000));
    else {
      response.write('x'.repeat(600));
      response.end('x'.repeat(400));
    }
  });
  const api = createApi(testWorld());
  for (const path of ['/announced', '/chunked']) {
    const url = server.url + path;
    t.is((await api.request({ method: 'GET', url, maxBytes: 1000 })).body.length, 1000);
    const error = await t.throwsAsync(api.request({ method: 'GET', url, maxBytes: 999 }), { instanceOf: HttpError });
    t.is(error.code, 'too-large');
    t.is(error.outcome, 'failed');
  }
  t.is(server.seen.length, 4);
});

test('an answer that is cut off is an error, not a short body', async (t) => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('only this', () => response.socket?.destroy());
  });
  const error = await t.throwsAsync(
    createApi(testWorld(), { attempts: 2 }).request({ method: 'GET', url: server.url }),
    {
      instanceOf: HttpError,
    },
  );
  t.is(error.code, 'unreachable');
  t.is(server.seen.length, 2);
});

test('HEAD has an empty body and keeps the length', async (t) => {
  await using server = await serve((_request, response) => response.writeHead(200, { 'content-length': '1234' }).end());
  const response = await createApi(testWorld()).request({ method: 'HEAD', url: server.url });
  t.is(response.body.length, 0);
  t.is(response.headers['content-length'], '1234');
});

test('reads go over pooled connections, a POST over one of its own', async (t) => {
  await using server = await serve((_request, response) => response.end());
  const api = createApi(testWorld());
  for (let i = 0; i < 5; i++) await api.request({ method: 'GET', url: server.url });
  t.is(server.connections(), 1);
  await api.request({ method: 'POST', url: server.url });
  t.is(server.connections(), 2);
});

test('a proxy is used only when it is given', async (t) => {
  await using proxy = await serve((request, response) => response.end(`proxied ${request.url}`));
  const url = 'http://nowhere.invalid/x';
  const proxied = createApi(testWorld(), { proxyEnv: { HTTP_PROXY: proxy.url } });
  t.is((await proxied.request({ method: 'GET', url })).text, `proxied ${url}`);
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
