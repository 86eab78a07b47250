import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { createTransfer, type Transfer, type TransferOptions } from '../src/index.ts';
import { createPacer, HttpError } from '../src/index.ts';
import { serveRaw } from './raw-server.ts';
import { serve, testWorld } from './world.ts';

const big = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 31 + (index >> 9)) % 253));
const head = (length: number, more = ''): string => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n${more}\r\n`;

function open(t: ExecutionContext, options: TransferOptions = {}, signal?: AbortSignal): Transfer {
  const transfer = createTransfer(testWorld(signal), options);
  t.teardown(() => transfer.close());
  return transfer;
}

/** Copies each piece only after a while: whoever gives it must leave it alone until then. */
function slowly(): { readonly pieces: Buffer[]; sink(piece: Uint8Array): Promise<void> } {
  const pieces: Buffer[] = [];
  const sink = async (piece: Uint8Array): Promise<void> => {
    for (let i = 0; i < 5; i++) await turn();
    pieces.push(Buffer.from(piece));
  };
  return { pieces, sink };
}

const answers: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
  ['with a length', { 'content-length': `${big.length}` }, 1],
  // The ordinary way, on a connection of its own kind.
  ['in chunks', {}, 2],
];

for (const [what, headers, connections] of answers) {
  test(`hands over a body ${what}, and leaves each piece alone until it is taken`, async (t) => {
    await using server = await serve((_request, response) => response.writeHead(200, headers).end(big));
    const transfer = open(t, { connections: 1 });
    const { pieces, sink } = slowly();
    const response = await transfer.receive({ url: server.url, headers: { Accept: 'x/y' } }, sink);
    t.deepEqual([response.status, response.text, response.url], [200, '', `${server.url}/`]);
    t.true(Buffer.concat(pieces).equals(big));
    t.true(pieces.length > 1);
    t.deepEqual([server.seen[0]?.headers.accept, server.seen[0]?.headers['user-agent']], ['x/y', 'tagflow']);
    t.is(server.connections(), connections);
  });
}

test('bodies follow each other on one connection, short, empty and after an answer of another kind', async (t) => {
  await using server = await serve((request, response) => {
    const size = Number(request.url.slice(1));
    if (Number.isNaN(size)) response.writeHead(404, { 'content-length': '3' }).end('not');
    else response.writeHead(200, { 'content-length': `${size}` }).end(big.subarray(0, size));
  });
  const transfer = open(t);
  for (const path of ['1', '0', '70000', 'gone', '65536']) {
    const parts: Buffer[] = [];
    const { text } = await transfer.receive({ url: `${server.url}/${path}` }, (piece) => {
      parts.push(Buffer.from(piece));
    });
    t.true(Buffer.concat(parts).equals(big.subarray(0, Number(path) || 0)), path);
    t.is(text, path === 'gone' ? 'not' : '');
  }
  t.is(server.connections(), 1);
});

test('reads nothing while the sink is busy', async (t) => {
  let sent = 0;
  const size = 200 * 1024 * 1024;
  const piece = Buffer.alloc(1024 * 1024);
  const pump = (socket: Socket): void => {
    if (sent < size) socket.write(piece, () => pump(socket));
    sent += piece.length;
  };
  await using server = await serveRaw((socket) => socket.write(head(size), () => pump(socket)));
  const { promise: held, resolve: release } = Promise.withResolvers<undefined>();
  let got = 0;
  const receiving = open(t).receive({ url: server.url }, async (bytes) => {
    got += bytes.length;
    await held;
  });
  // What the system keeps for a connection is full at some time, and then nothing moves.
  for (let before = -1, still = 0; still < 200; still = before === sent ? still + 1 : 0) {
    before = sent;
    await turn();
  }
  t.true(got <= 64 * 1024);
  t.true(sent < size / 2, `${sent}`);
  release(undefined);
  await receiving;
  t.is(got, size);
});

test('an offset asks for the rest, and takes nothing else', async (t) => {
  await using server = await serve((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);
    const ignores = request.url === '/all' || Number.isNaN(from);
    response.writeHead(ignores ? 200 : 206).end(ignores ? 'abcdef' : 'abcdef'.slice(from));
  });
  const transfer = open(t);
  let got = '';
  const sink = (piece: Uint8Array): void => void (got += Buffer.from(piece).toString());
  t.is((await transfer.receive({ url: server.url, offset: 4 }, sink)).status, 206);
  t.is(got, 'ef');
  const all = await transfer.receive({ url: `${server.url}/all`, offset: 4 }, sink);
  t.deepEqual([all.status, all.text, got], [200, 'abcdef', 'ef']);
});

test('an answer that was not wanted is a text, of 64 KiB at most', async (t) => {
  const page = 'ü'.repeat(100_000);
  await using server = await serve((request, response) => {
    const [, status = '', form] = request.url.split('/');
    const text = form === 'long' ? page : '{"errors":"ü"}';
    const length = form === 'chunks' ? {} : { 'content-length': `${Buffer.byteLength(text)}` };
    response.writeHead(Number(status), length).write(text);
    response.end();
  });
  const transfer = open(t);
  const sink = (): void => t.fail();
  for (const path of ['/404/short', '/401/chunks']) {
    const { status, text } = await transfer.receive({ url: `${server.url}${path}` }, sink);
    t.deepEqual([`/${status}/`, text], [path.slice(0, 5), '{"errors":"ü"}']);
  }
  t.is((await transfer.receive({ url: `${server.url}/503/long` }, sink)).text, page.slice(0, 32 * 1024));
  t.is((await transfer.receive({ url: `${server.url}/204` }, sink)).status, 204);
});

test('follows redirects, without credentials to another origin', async (t) => {
  await using storage = await serve((_request, response) => response.end('blob'));
  await using server = await serve((request, response) => {
    const location = request.url === '/near' ? '/far' : `${storage.url}/b?X-Signature=s`;
    response.writeHead(307, { location }).end('moved');
  });
  let got = '';
  const headers = { Authorization: 'Bearer s3cret' };
  const response = await open(t).receive({ url: `${server.url}/near`, headers, offset: 0 }, (piece) => {
    got += Buffer.from(piece).toString();
  });
  t.deepEqual([response.status, response.url, got], [200, `${storage.url}/b?X-Signature=s`, 'blob']);
  t.deepEqual(
    [...server.seen, ...storage.seen].map((seen) => seen.headers.authorization),
    ['Bearer s3cret', 'Bearer s3cret', undefined],
  );
  t.is(server.connections(), 1);
  await using circle = await serve((_request, to) => to.writeHead(302, { location: '/' }).end());
  const error = await t.throwsAsync(
    open(t).receive({ url: circle.url }, () => undefined),
    { instanceOf: HttpError },
  );
  t.is(error.code, 'redirect-refused');
});

const endings: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['ended', (socket) => socket.end()],
  ['reset', (socket) => socket.resetAndDestroy()],
];

for (const [what, end] of endings) {
  test(`a body whose connection is ${what} fails with an error of ours`, async (t) => {
    let socketOfServer: Socket | null = null;
    await using server = await serveRaw((socket) => {
      socketOfServer = socket;
      socket.write(`${head(1000)}begun`);
    });
    let got = '';
    const error = await t.throwsAsync(
      open(t).receive({ url: `${server.url}/b?X-Signature=s3cret` }, (piece) => {
        got += Buffer.from(piece).toString();
        if (socketOfServer !== null) end(socketOfServer);
      }),
      { instanceOf: HttpError },
    );
    t.deepEqual([error.code, error.outcome, got], ['unreachable', 'waiting', 'begun']);
    t.true(error.message.startsWith(`GET ${server.url}/b`));
    t.regex(error.message, /the connection was closed before the answer was whole/);
    t.false(error.message.includes('s3cret'));
    t.is(server.heads.length, 1);
  });
}

test('where nobody answers, the error is that of open', async (t) => {
  const error = await t.throwsAsync(
    open(t).receive({ url: 'http://127.0.0.1:1/' }, () => undefined),
    { instanceOf: HttpError },
  );
  t.deepEqual([error.code, error.mayHaveArrived], ['unreachable', false]);
});

test('a connection that the server closed meanwhile is replaced', async (t) => {
  await using server = await serveRaw((socket, count) => {
    if (count === 2) socket.resetAndDestroy();
    else socket.write(`${head(2)}ok`);
  });
  const transfer = open(t);
  let got = '';
  const sink = (piece: Uint8Array): void => void (got += Buffer.from(piece).toString());
  await transfer.receive({ url: server.url }, sink);
  await transfer.receive({ url: server.url }, sink);
  t.is(got, 'okok');
});

test('what comes after a body is no answer to the next request', async (t) => {
  await using server = await serveRaw((socket, count) =>
    socket.write(count === 1 ? `${head(2)}ok${head(4)}evil` : `${head(5)}right`),
  );
  const transfer = open(t);
  const got: string[] = [];
  for (let i = 0; i < 2; i++) {
    await transfer.receive({ url: server.url }, (piece) => void got.push(Buffer.from(piece).toString()));
  }
  t.deepEqual(got, ['ok', 'right']);
  t.is(server.connections(), 2);
});

test('what the sink throws comes out as it is, and ends the connection', async (t) => {
  await using server = await serveRaw((socket) => socket.write(`${head(1000)}begun`));
  const broken = new Error('the disk is full');
  for (const sink of [
    () => Promise.reject(broken),
    () => {
      throw broken;
    },
  ]) {
    t.is(await t.throwsAsync(open(t).receive({ url: server.url }, sink)), broken);
  }
  await server.untilOpen(0);
});

test('a server that falls silent is given up, before and within its answer; a busy sink is not its fault', async (t) => {
  await using server = await serveRaw((socket, _count, request) => {
    if (request.startsWith('GET /within')) socket.write(`${head(1000)}begun`);
    if (request.startsWith('GET /whole')) socket.write(`${head(100_000)}${'x'.repeat(100_000)}`);
  });
  const transfer = open(t, { idleTimeoutMs: 60 });
  for (const path of ['/before', '/within']) {
    const error = await t.throwsAsync(
      transfer.receive({ url: `${server.url}${path}` }, () => undefined),
      { instanceOf: HttpError },
    );
    t.deepEqual([error.code, error.outcome], ['timed-out', 'waiting']);
  }
  let size = 0;
  await transfer.receive({ url: `${server.url}/whole` }, async (piece) => {
    size += piece.length;
    await new Promise((resolve) => setTimeout(resolve, 150));
  });
  t.is(size, 100_000);
});

test('an abort ends it at once with its reason, wherever it is', async (t) => {
  await using server = await serveRaw((socket, _count, request) => {
    if (!request.startsWith('GET /before')) socket.write(`${head(1000)}begun`);
  });
  const reason = new Error('cancelled by the test');
  for (const path of ['/before', '/within', '/sink', '/waiting']) {
    const abort = new AbortController();
    const transfer = open(t, { connections: 1 }, abort.signal);
    const { promise: begun, resolve } = Promise.withResolvers<undefined>();
    const sink = (): Promise<void> | void => {
      resolve(undefined);
      return path === '/sink' ? new Promise(() => undefined) : undefined;
    };
    const receiving = transfer.receive({ url: `${server.url}${path}` }, sink);
    const all = path === '/waiting' ? [receiving, transfer.receive({ url: server.url }, sink)] : [receiving];
    if (path !== '/before') await begun;
    while (server.open() === 0) await turn();
    abort.abort(reason);
    for (const result of all) t.is(await t.throwsAsync(result), reason, path);
    t.is(await t.throwsAsync(transfer.receive({ url: server.url }, sink)), reason);
    await server.untilOpen(0);
  }
});

test('streams take no connection from small requests, and no more than there are', async (t) => {
  const held: Socket[] = [];
  await using server = await serveRaw((socket, _count, request) => {
    if (request.startsWith('GET /stream')) {
      socket.write(head(2));
      held.push(socket);
    } else socket.write(`${head(2)}ok`);
  });
  const transfer = open(t, { connections: 2 });
  const streams = Array.from({ length: 5 }, () => transfer.receive({ url: `${server.url}/stream` }, () => undefined));
  while (held.length < 2) await turn();
  t.is((await transfer.request({ method: 'GET', url: server.url })).text, 'ok');
  for (let said = 0; said < 5; said++) {
    while (held.length === 0) await turn();
    held.shift()?.write('ok');
  }
  await Promise.all(streams);
  t.is(server.connections(), 3);
});

test('keeps to the pace of its server, and tells what it learns', async (t) => {
  const world = testWorld();
  await using server = await serve((_request, response, count) => {
    if (count === 1) response.writeHead(429, { 'retry-after': '7' }).end();
    else response.end('ok');
  });
  const transfer = createTransfer(world, { pacer: createPacer(4, world) });
  t.teardown(() => transfer.close());
  t.is((await transfer.receive({ url: server.url }, () => undefined)).status, 429);
  t.is((await transfer.receive({ url: server.url }, () => undefined)).status, 200);
  t.deepEqual(world.clock.sleeps, [7000]);
});

test('by a proxy, and with a header that no header may hold, it goes the ordinary way', async (t) => {
  await using proxy = await serve((request, response) => response.end(`by proxy: ${request.url}`));
  let got = '';
  const sink = (piece: Uint8Array): void => void (got += Buffer.from(piece).toString());
  await open(t, { proxyEnv: { http_proxy: proxy.url } }).receive({ url: 'http://registry.example/blob' }, sink);
  t.is(got, 'by proxy: http://registry.example/blob');
  await t.throwsAsync(open(t).receive({ url: proxy.url, headers: { Accept: 'a\r\nX-Evil: 1' } }, sink), {
    code: 'ERR_INVALID_CHAR',
  });
});
