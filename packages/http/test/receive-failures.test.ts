import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { createTransfer, HttpError, type Transfer, type TransferOptions } from '../src/index.ts';
import { serveRaw } from './raw-server.ts';
import { testWorld } from './world.ts';

const head = (length: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

function open(t: ExecutionContext, options: TransferOptions = {}, signal?: AbortSignal): Transfer {
  const transfer = createTransfer(testWorld(signal), options);
  t.teardown(() => transfer.close());
  return transfer;
}

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
  const transfer = open(t, { idleTimeoutMs: 250 });
  for (const path of ['/before', '/within']) {
    const error = await t.throwsAsync(
      transfer.receive({ url: `${server.url}${path}` }, () => undefined),
      { instanceOf: HttpError },
    );
    t.deepEqual([error.code, error.outcome], ['timed-out', 'waiting']);
  }
  let size = 0;
  await transfer.receive({ url: `${server.url}/whole` }, async (piece) => {
    if (size === 0) await new Promise((resolve) => setTimeout(resolve, 600));
    size += piece.length;
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
