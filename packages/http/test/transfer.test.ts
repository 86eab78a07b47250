import { once } from 'node:events';
import net from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import test from 'ava';
import { createTransfer, HttpError } from '../src/index.ts';
import { serve, testWorld } from './world.ts';

async function* pieces(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part));
}

test('streams a body out, with a length or in chunks', async (t) => {
  await using server = await serve((request, response) => response.end(request.body));
  const transfer = createTransfer(testWorld());
  const known = await transfer.open({ method: 'PUT', url: server.url, body: pieces('ab', 'cde'), contentLength: 5 });
  t.is(await text(known.body), 'abcde');
  const unknown = await transfer.open({ method: 'PUT', url: server.url, body: pieces('ab', 'c') });
  t.is(await text(unknown.body), 'abc');
  const whole = await transfer.open({ method: 'PUT', url: server.url, body: Buffer.from('xyz') });
  t.is(await text(whole.body), 'xyz');
  t.deepEqual(
    server.seen.map(({ headers }) => [
      headers['content-length'],
      headers['transfer-encoding'],
      headers['content-type'],
    ]),
    [
      ['5', undefined, undefined],
      [undefined, 'chunked', undefined],
      ['3', undefined, undefined],
    ],
  );
  transfer.close();
});

test('uses one connection again and again, and none after close', async (t) => {
  await using server = await serve((_request, response) => response.end('x'.repeat(100_000)));
  const transfer = createTransfer(testWorld());
  for (let i = 0; i < 5; i++) {
    const { body } = await transfer.open({ method: 'GET', url: server.url });
    t.is((await buffer(body)).length, 100_000);
  }
  t.is(server.connections(), 1);
  transfer.close();
  const { body } = await transfer.open({ method: 'GET', url: server.url });
  await buffer(body);
  t.is(server.connections(), 2);
  transfer.close();
});

test('opens no more connections than it may', async (t) => {
  let open = 0;
  let most = 0;
  await using server = await serve((_request, response) => {
    most = Math.max(most, ++open);
    setImmediate(() => {
      open--;
      response.end('ok');
    });
  });
  const transfer = createTransfer(testWorld(), { connections: 2 });
  const answers = await Promise.all(
    Array.from({ length: 30 }, async () => text((await transfer.open({ method: 'GET', url: server.url })).body)),
  );
  t.is(answers.length, 30);
  t.true(most <= 2);
  t.is(server.connections(), 2);
  transfer.close();
});

test('answers without a body that nobody reads hold no connection', async (t) => {
  await using server = await serve((request, response) => {
    if (request.method === 'HEAD') response.writeHead(200, { 'content-length': '5000000' }).end();
    else response.writeHead(request.url === '/none' ? 204 : 404).end(request.url === '/none' ? '' : 'short');
  });
  const transfer = createTransfer(testWorld(), { connections: 1 });
  for (let i = 0; i < 5; i++) {
    const { headers } = await transfer.open({ method: 'HEAD', url: server.url });
    t.is(headers['content-length'], '5000000');
    t.is((await transfer.open({ method: 'GET', url: `${server.url}/none` })).status, 204);
    t.is((await transfer.open({ method: 'GET', url: server.url })).status, 404);
  }
  t.is(server.connections(), 1);
  transfer.close();
});

test('a destroyed body frees its place in the pool', async (t) => {
  await using server = await serve((_request, response) => response.end('x'.repeat(5_000_000)));
  const transfer = createTransfer(testWorld(), { connections: 1 });
  const { body } = await transfer.open({ method: 'GET', url: server.url });
  body.destroy();
  const again = await transfer.open({ method: 'GET', url: server.url });
  t.is((await buffer(again.body)).length, 5_000_000);
  transfer.close();
});

test('follows a redirect without credentials to another origin', async (t) => {
  await using target = await serve((_request, response) => response.end('blob'));
  await using server = await serve((_request, response) =>
    response.writeHead(307, { location: `${target.url}/b` }).end('moved'),
  );
  const transfer = createTransfer(testWorld());
  const headers = { Authorization: 'Bearer s3cret', Range: 'bytes=0-' };
  const response = await transfer.open({ method: 'GET', url: server.url, headers });
  t.is(await text(response.body), 'blob');
  t.is(response.url, `${target.url}/b`);
  t.is(target.seen[0]?.headers.authorization, undefined);
  t.is(target.seen[0]?.headers.range, 'bytes=0-');
  t.is((await transfer.open({ method: 'GET', url: server.url, followRedirects: false })).status, 307);
  transfer.close();
});

test('a streamed body does not follow a redirect', async (t) => {
  await using server = await serve((_request, response) => response.writeHead(307, { location: '/there' }).end());
  const transfer = createTransfer(testWorld());
  const error = await t.throwsAsync(transfer.open({ method: 'PUT', url: server.url, body: pieces('a') }), {
    instanceOf: HttpError,
  });
  t.is(error.code, 'redirect-refused');
  t.is(server.seen.length, 1);
  transfer.close();
});

test('sends nothing twice: 503 is an answer', async (t) => {
  await using server = await serve((_request, response) => response.writeHead(503, { 'retry-after': '1' }).end());
  const transfer = createTransfer(testWorld());
  t.is((await transfer.open({ method: 'GET', url: server.url })).status, 503);
  t.is(server.seen.length, 1);
  transfer.close();
});

test('a body that is cut off fails with an error of ours', async (t) => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('x'.repeat(10), () => response.socket?.destroy());
  });
  const transfer = createTransfer(testWorld());
  const { body } = await transfer.open({ method: 'GET', url: server.url });
  const error = await t.throwsAsync(buffer(body), { instanceOf: HttpError });
  t.is(error.code, 'unreachable');
  t.is(error.outcome, 'waiting');
  transfer.close();
});

test('a server that falls silent is given up, before and within its answer', async (t) => {
  await using server = await serve((request, response) => {
    if (request.url === '/within') response.write('begun');
  });
  const transfer = createTransfer(testWorld(), { idleTimeoutMs: 400 });
  const before = await t.throwsAsync(transfer.open({ method: 'GET', url: server.url }), { instanceOf: HttpError });
  t.is(before.code, 'timed-out');
  const { body } = await transfer.open({ method: 'GET', url: `${server.url}/within` });
  const within = await t.throwsAsync(buffer(body), { instanceOf: HttpError });
  t.is(within.code, 'timed-out');
  t.is(within.outcome, 'waiting');
  transfer.close();
});

test('silence of our own source is not the fault of the server', async (t) => {
  await using server = await serve((request, response) => response.end(request.body));
  const transfer = createTransfer(testWorld(), { idleTimeoutMs: 20 });
  async function* slowly(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a');
    await new Promise((resolve) => setTimeout(resolve, 70));
    yield Buffer.from('b');
  }
  const response = await transfer.open({ method: 'PUT', url: server.url, body: slowly() });
  t.is(await text(response.body), 'ab');
  transfer.close();
});

test('what the source throws comes out as it is', async (t) => {
  await using server = await serve((_request, response) => response.end());
  const transfer = createTransfer(testWorld());
  const broken = new Error('the disk is gone');
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('a'));
    throw broken;
  }
  t.is(await t.throwsAsync(transfer.open({ method: 'PUT', url: server.url, body: breaking() })), broken);
  t.is(server.seen.length, 0);
  transfer.close();
});

test('a success is believed only when the source has ended well', async (t) => {
  await using server = await serve((_request, response) => response.writeHead(201).end());
  const transfer = createTransfer(testWorld());
  const wrong = new Error('the digest is wrong');
  async function* checked(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('ab'); // all that was announced, so the server answers
    while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw wrong;
  }
  const opening = transfer.open({ method: 'PUT', url: server.url, body: checked(), contentLength: 2 });
  t.is(await t.throwsAsync(opening), wrong);
  transfer.close();
});

test('an early answer ends an upload and closes its source', async (t) => {
  // A server that answers after the head of the request and never reads on.
  const refusing = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno'));
  });
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const { port } = refusing.address() as net.AddressInfo;
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield await Promise.resolve(Buffer.alloc(65_536));
    } finally {
      closed = true;
    }
  }
  const transfer = createTransfer(testWorld());
  const response = await transfer.open({ method: 'PUT', url: `http://127.0.0.1:${port}/`, body: endless() });
  t.is(response.status, 401);
  t.is(await text(response.body), 'no');
  while (!closed) await new Promise((resolve) => setImmediate(resolve));
  t.pass();
  transfer.close();
  refusing.close();
});

test('an abort ends open, and a body that is being read, with its reason', async (t) => {
  await using server = await serve((request, response) => {
    if (request.url === '/begun') response.write('x');
  });
  const reason = new Error('cancelled by the test');
  const first = new AbortController();
  const transfer = createTransfer(testWorld(first.signal));
  const opening = transfer.open({ method: 'GET', url: server.url });
  while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  first.abort(reason);
  t.is(await t.throwsAsync(opening), reason);
  t.is(await t.throwsAsync(transfer.open({ method: 'GET', url: server.url })), reason);

  const second = new AbortController();
  const { body } = await createTransfer(testWorld(second.signal)).open({ method: 'GET', url: `${server.url}/begun` });
  const reading = buffer(body);
  second.abort(reason);
  t.is(await t.throwsAsync(reading), reason);
  transfer.close();
});

test('a pooled connection that the server closed is replaced for a GET', async (t) => {
  // Closes each connection after its first answer without having said so, as a server whose idle time is over.
  let connections = 0;
  const server = net.createServer((socket) => {
    connections++;
    let requests = 0;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (++requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/`;
  const transfer = createTransfer(testWorld());
  t.is(await text((await transfer.open({ method: 'GET', url })).body), 'ok');
  t.is(await text((await transfer.open({ method: 'GET', url })).body), 'ok');
  t.is(connections, 2);
  t.is(await text((await transfer.open({ method: 'PUT', url, body: Buffer.from('x') })).body), 'ok');
  const stale = await t.throwsAsync(transfer.open({ method: 'PUT', url, body: Buffer.from('x') }), {
    instanceOf: HttpError,
  });
  t.is(stale.code, 'unreachable');
  transfer.close();
  server.close();
});
