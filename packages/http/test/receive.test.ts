import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import {
  createPacer,
  createTransfer,
  HttpError,
  type ReceivedHead,
  type Transfer,
  type TransferOptions,
} from '../src/index.ts';
import { serveRaw } from './raw-server.ts';
import { serve, testWorld } from './world.ts';

const big = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 31 + (index >> 9)) % 253));
const head = (length: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

function open(t: ExecutionContext, options: TransferOptions = {}): Transfer {
  const transfer = createTransfer(testWorld(), options);
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

test('bodies that come at the same time do not share a buffer', async (t) => {
  await using server = await serve((request, response) => {
    const body = Buffer.alloc(500_000, request.url.slice(1));
    response.writeHead(200, { 'content-length': `${body.length}` }).end(body);
  });
  const transfer = open(t);
  await transfer.receive({ url: `${server.url}/x` }, slowly().sink);
  await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (letter) => {
      const { pieces, sink } = slowly();
      await transfer.receive({ url: `${server.url}/${letter}` }, sink);
      t.true(Buffer.concat(pieces).equals(Buffer.alloc(500_000, letter)), letter);
    }),
  );
});

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
  for (let still = 0; still < 200; still += 1) {
    const before = sent;
    await turn();
    if (sent !== before) still = 0;
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

test('a length asks for a part, also at the first byte, and headers go along', async (t) => {
  await using server = await serve((request, response) => {
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = 'abcdef'.slice(Number(from), Number(to) + 1);
    response.writeHead(206, { 'content-range': `bytes ${from}-${to}/6`, 'content-length': `${part.length}` }).end(part);
  });
  const transfer = open(t);
  let got = '';
  const sink = (piece: Uint8Array): void => void (got += Buffer.from(piece).toString());
  const headers = { 'If-Range': '"v"' };
  const seen: unknown[] = [];
  const accept = ({ status, headers: said }: ReceivedHead): void =>
    void seen.push([status, said['content-range'], got]);
  t.is((await transfer.receive({ url: server.url, length: 2, headers, accept }, sink)).status, 206);
  t.is((await transfer.receive({ url: server.url, offset: 3, length: 1, accept }, sink)).status, 206);
  t.is(got, 'abd');
  t.deepEqual(seen, [
    [206, 'bytes 0-1/6', ''],
    [206, 'bytes 3-3/6', 'ab'],
  ]);
  t.deepEqual(
    server.seen.map((request) => [request.headers.range, request.headers['if-range']]),
    [
      ['bytes=0-1', '"v"'],
      ['bytes=3-3', undefined],
    ],
  );
});

test('a whole where a part was wanted is given up behind its head, and not asked for again', async (t) => {
  let sent = 0;
  const size = 10_000_000_000;
  const piece = Buffer.alloc(1024 * 1024);
  const pump = (socket: Socket): void => {
    sent += piece.length;
    if (!socket.destroyed) socket.write(piece, () => pump(socket));
  };
  await using server = await serveRaw((socket) => socket.write(head(size), () => pump(socket)));
  const { status, headers, text } = await open(t).receive({ url: server.url, offset: 7, length: 9 }, () => t.fail());
  t.deepEqual([status, headers['content-length'], text], [200, `${size}`, '']);
  await server.untilOpen(0);
  t.is(server.heads.length, 1);
  t.true(sent < 100 * 1024 * 1024, `${sent}`);
});

for (const [what, headers] of [
  ['with a length', { 'content-length': `${big.length}` }],
  ['in chunks', {}],
] as const) {
  test(`an answer ${what} that is not accepted gives no byte, and ends its connection`, async (t) => {
    await using server = await serve((_request, response) => response.writeHead(200, headers).end(big));
    const transfer = open(t, { connections: 1 });
    const refusal = new Error('another file');
    const accept = (): never => {
      throw refusal;
    };
    for (let i = 0; i < 3; i++) {
      t.is(await t.throwsAsync(transfer.receive({ url: server.url, accept }, () => t.fail())), refusal);
    }
    let size = 0;
    await transfer.receive({ url: server.url }, (piece) => void (size += piece.length));
    t.is(size, big.length);
  });
}

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
