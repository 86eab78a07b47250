import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { createPlainConnections, type PlainConnectionsOptions } from '../src/plain-connections.ts';
import type { PlainRequest } from '../src/plain-answer.ts';
import { serveRaw } from './raw-server.ts';
import { jumpingClock } from './world.ts';

function connect(t: ExecutionContext, options: Partial<PlainConnectionsOptions> = {}) {
  const plain = createPlainConnections({ connections: 2, clock: jumpingClock(), idleTimeoutMs: 60_000, ...options });
  t.teardown(() => plain.close());
  return plain;
}

const get = (base: string, path = '/', headers: PlainRequest['headers'] = {}): PlainRequest => ({
  ...{ method: 'GET', url: new URL(path, base), headers },
});

const understood: readonly (readonly [string, PlainRequest['method'], readonly string[], number, string])[] = [
  ['a length', 'GET', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'], 200, 'hello'],
  ['no reason phrase', 'GET', ['HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno'], 404, 'no'],
  ['an empty body', 'GET', ['HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n'], 202, ''],
  ['no content', 'GET', ['HTTP/1.1 204 No Content\r\n\r\n'], 204, ''],
  ['a HEAD', 'HEAD', ['HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n'], 200, ''],
  ['in pieces', 'GET', ['HTTP/1.1 2', '00 OK\r\nContent-Le', 'ngth: 5\r\n\r', '\nhe', 'llo'], 200, 'hello'],
  [
    'chunks',
    'GET',
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '3\r\nhel\r\nA;x=y\r\n', 'lo, world!\r\n0\r\n\r\n'],
    200,
    'hello, world!',
  ],
];

for (const [what, method, parts, status, body] of understood) {
  test(`understands ${what}, and uses the connection again`, async (t) => {
    await using server = await serveRaw((socket) => sendApart(socket, parts));
    const plain = connect(t);
    for (let i = 0; i < 3; i++) {
      const said = await plain.send({ ...get(server.url), method });
      t.deepEqual([said?.status, said?.body.toString()], [status, body]);
    }
    t.is(server.connections(), 1);
  });
}

/** Gives each part a packet of its own. */
function sendApart(socket: Socket, [part, ...rest]: readonly string[]): void {
  if (part !== undefined) socket.write(part, 'latin1', () => setImmediate(sendApart, socket, rest));
}

const strange: readonly (readonly [string, string])[] = [
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  [
    'an answer that only goes before another',
    'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  ],
  ['a body up to the end of the connection', 'HTTP/1.1 200 OK\r\n\r\nok'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
  ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok'],
  ['a length and a coding', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: gzip, chunked\r\n\r\nok'],
  ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n'],
  ['a chunk with a signed size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nok\r\n0\r\n\r\n'],
  ['a chunk that is longer than it says', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n'],
  [
    'bytes after the body',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
  ],
  ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 2\r\n\r\nok'],
  ['a header with a space in its name', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok'],
  ['a head without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`],
  ['a body that is too long to be kept', 'HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
];

for (const [what, said] of strange) {
  test(`leaves to others: ${what}`, async (t) => {
    await using server = await serveRaw((socket, count) =>
      socket.write(count === 1 ? said : 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright', 'latin1'),
    );
    const plain = connect(t);
    t.is(await plain.send(get(server.url)), null);
    // What was left over is not taken for the next answer.
    t.is((await plain.send(get(server.url)))?.body.toString(), 'right');
    t.is(server.connections(), 2);
  });
}

test('says what is asked, and to whom', async (t) => {
  await using server = await serveRaw((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
  const plain = connect(t);
  await plain.send({ method: 'HEAD', url: new URL('/v2/a%2Fb?x=1#f', server.url), headers: { Accept: 'a, b' } });
  t.is(server.heads[0], `HEAD /v2/a%2Fb?x=1 HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nAccept: a, b`);
});

test('several headers of one name are joined, names in lower case', async (t) => {
  await using server = await serveRaw((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nLink: a\r\nlink:b \r\nCONTENT-LENGTH: 0\r\n\r\n'),
  );
  t.deepEqual((await connect(t).send(get(server.url)))?.headers, { link: 'a, b', 'content-length': '0' });
});

test('a header that would be two is not sent', async (t) => {
  await using server = await serveRaw((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
  const plain = connect(t);
  for (const value of ['a\r\nX-Evil: 1', 'a\nb', 'a\rb', 'a\0b', 'ü']) {
    t.is(await plain.send(get(server.url, '/', { Accept: value })), null);
  }
  t.is(server.connections(), 0);
});

test('a connection that the server ends after its answer is not used again', async (t) => {
  await using server = await serveRaw((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'),
  );
  const plain = connect(t);
  for (let i = 0; i < 3; i++) t.is((await plain.send(get(server.url)))?.body.toString(), 'ok');
  t.is(server.connections(), 3);
});

test('a server may end an idle connection, or speak out of turn on it', async (t) => {
  for (const last of ['', 'HTTP/1.1 408 Request Timeout\r\n\r\n', 'HTTP/1.1 4']) {
    const idle: (() => void)[] = [];
    await using server = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      idle.push(() => (last === '' ? socket.end() : socket.write(last)));
    });
    const plain = connect(t);
    t.is((await plain.send(get(server.url)))?.body.toString(), 'ok');
    idle[0]?.();
    await server.untilOpen(0);
    t.is((await plain.send(get(server.url)))?.body.toString(), 'ok');
    t.is(server.connections(), 2);
  }
});

test('where nobody answers there is no answer', async (t) => {
  await using server = await serveRaw((socket) => socket.destroy());
  const plain = connect(t);
  t.is(await plain.send(get(server.url)), null);
  t.is(await plain.send(get('http://127.0.0.1:1')), null);
});

test('a server that falls silent is given up', async (t) => {
  await using server = await serveRaw((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe'));
  t.is(await connect(t, { idleTimeoutMs: 20 }).send(get(server.url)), null);
  await server.untilOpen(0);
});

test('many requests share few connections, and each gets its own answer', async (t) => {
  await using server = await serveRaw((socket, _count, head) => {
    const path = head.split(' ')[1] ?? '';
    setImmediate(() => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`));
  });
  const plain = connect(t, { connections: 3 });
  const paths = Array.from({ length: 60 }, (_, index) => `/${index}`);
  const said = await Promise.all(paths.map((path) => plain.send(get(server.url, path))));
  t.deepEqual(
    said.map((answer) => answer?.body.toString()),
    paths,
  );
  t.is(server.connections(), 3);
});

test('opens more connections to a server that is far away', async (t) => {
  for (const [tookMs, most] of [
    [1, 8],
    [50, 20],
  ] as const) {
    const clock = jumpingClock();
    let held: (() => void)[] = [];
    await using server = await serveRaw((socket, count) => {
      const say = (): void => void socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      if (count === 1) void clock.sleep(tookMs).then(say);
      else held.push(say);
    });
    const plain = connect(t, { connections: 20, clock });
    await plain.send(get(server.url));
    const sent = Array.from({ length: 40 }, () => plain.send(get(server.url)));
    while (held.length < most) await new Promise((resolve) => setImmediate(resolve));
    t.is(server.connections(), most);
    while (server.heads.length < 41 || held.length > 0) {
      for (const say of held.splice(0)) say();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(sent);
    t.is(server.connections(), most);
    held = [];
  }
});

test('those who wait get a connection of their own when one breaks', async (t) => {
  await using server = await serveRaw((socket, count) => {
    if (count === 1) socket.destroy();
    else socket.write('HTTP/1.1 204 No Content\r\n\r\n');
  });
  const plain = connect(t, { connections: 1 });
  const said = await Promise.all([1, 2, 3].map(() => plain.send(get(server.url))));
  t.deepEqual(
    said.map((answer) => answer?.status),
    [undefined, 204, 204],
  );
});

test('close ends what is open and opens nothing more, and who waits has no answer', async (t) => {
  await using server = await serveRaw(() => undefined);
  const plain = connect(t, { connections: 2 });
  const sent = Array.from({ length: 5 }, () => plain.send(get(server.url)));
  while (server.heads.length < 2) await new Promise((resolve) => setImmediate(resolve));
  plain.close();
  t.deepEqual(await Promise.all(sent), [null, null, null, null, null]);
  await server.untilOpen(0);
  t.is(server.connections(), 2);
});

test('an idle connection does not keep the process alive', async (t) => {
  await using server = await serveRaw((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  const script = `
    import { createPlainConnections } from ${JSON.stringify(new URL('../src/plain-connections.ts', import.meta.url).href)};
    const plain = createPlainConnections({ connections: 1, clock: Date, idleTimeoutMs: 60_000 });
    const said = await plain.send({ method: 'GET', url: new URL(${JSON.stringify(server.url)}), headers: {} });
    console.log(said.body.toString());`;
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 30_000 });
  t.is((await child).stdout, 'ok\n');
});
