import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { createTransfer, HttpError, type Transfer, type TransferOptions } from '../src/index.ts';
import type { PushedBody } from '../src/sending.ts';
import { serveRaw } from './raw-server.ts';
import { serve, testWorld } from './world.ts';

type Write = Parameters<PushedBody>[0];

function open(t: ExecutionContext, options: TransferOptions = {}, signal?: AbortSignal): Transfer {
  const transfer = createTransfer(testWorld(signal), options);
  t.teardown(() => transfer.close());
  return transfer;
}

/** Writes for ever, and remembers how that ended. */
function endless(): { readonly push: PushedBody; readonly ended: Promise<unknown> } {
  const { promise: ended, resolve } = Promise.withResolvers<unknown>();
  const push = async (write: Write): Promise<void> => {
    try {
      for (;;) await write(Buffer.alloc(65_536));
    } catch (error) {
      resolve(error);
      throw error;
    }
  };
  return { push, ended };
}

test('sends what is written, with a length or in chunks, and lets the same memory be used again', async (t) => {
  await using server = await serve((request, response) => response.end(request.body));
  const transfer = open(t);
  const memory = Buffer.alloc(300_000);
  const body = async (write: Write): Promise<void> => {
    for (const letter of 'abcdefgh') {
      memory.fill(letter);
      await write(memory);
    }
  };
  for (const length of [{ contentLength: 2_400_000 }, {}]) {
    const response = await transfer.open({ method: 'PUT', url: server.url, body, ...length });
    t.is(await text(response.body), [...'abcdefgh'].map((letter) => letter.repeat(300_000)).join(''));
  }
  t.deepEqual(
    server.seen.map(({ headers }) => [headers['content-length'], headers['transfer-encoding']]),
    [
      ['2400000', undefined],
      [undefined, 'chunked'],
    ],
  );
  const empty = await transfer.open({ method: 'PUT', url: server.url, body: async () => {}, contentLength: 0 });
  t.is(await text(empty.body), '');
  t.is(server.connections(), 1);
});

test('what the source throws comes out as it is, at once and in the middle', async (t) => {
  await using server = await serve((_request, response) => response.end());
  const broken = new Error('the disk is gone');
  const transfer = open(t);
  for (const pieces of [0, 1]) {
    const body = async (write: Write): Promise<void> => {
      for (let i = 0; i < pieces; i++) await write(Buffer.from('a'));
      throw broken;
    };
    t.is(await t.throwsAsync(transfer.open({ method: 'PUT', url: server.url, body, contentLength: 2 })), broken);
  }
  t.is(server.seen.length, 0);
});

test('a success is believed only when the source has ended well', async (t) => {
  await using server = await serve((_request, response) => response.writeHead(201).end());
  const wrong = new Error('the digest is wrong');
  for (const error of [wrong, null]) {
    const before = server.seen.length;
    let isOver = false;
    const body = async (write: Write): Promise<void> => {
      await write(Buffer.from('ab')); // all that was announced, so the server answers
      while (server.seen.length === before) await turn();
      await new Promise((resolve) => setTimeout(resolve, 20));
      isOver = true;
      if (error !== null) throw error;
    };
    const opening = open(t).open({ method: 'PUT', url: server.url, body, contentLength: 2 });
    if (error === null) t.is((await opening).status, 201);
    else t.is(await t.throwsAsync(opening), wrong);
    t.true(isOver);
  }
});

test('an early refusal is the answer, and ends the source', async (t) => {
  await using server = await serveRaw((socket) => {
    socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
    socket.pause();
  });
  const { push, ended } = endless();
  const response = await open(t).open({ method: 'PUT', url: server.url, body: push, contentLength: 1e12 });
  t.is(response.status, 401);
  t.is(await text(response.body), 'no');
  t.regex(`${await ended}`, /the request has ended before its body/);
});

test('an early success whose server reads no more is none', async (t) => {
  for (const kind of ['pushed', 'pulled'] as const) {
    await using server = await serveRaw((socket) => {
      socket.write('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n', () => setImmediate(() => socket.destroy()));
    });
    const piece = Buffer.alloc(65_536);
    async function* pulled(): AsyncGenerator<Uint8Array> {
      for (;;) {
        await turn();
        yield piece;
      }
    }
    const body = kind === 'pushed' ? endless().push : pulled();
    const error = await t.throwsAsync(
      open(t).open({ method: 'PUT', url: server.url, body, contentLength: 1e12 }),
      { instanceOf: HttpError },
      kind,
    );
    t.deepEqual([error.code, error.outcome], ['unreachable', 'waiting']);
  }
});

test('a connection that breaks is the error, and not what the source makes of it', async (t) => {
  await using server = await serveRaw((socket) => {
    socket.resetAndDestroy();
  });
  const { push, ended } = endless();
  const error = await t.throwsAsync(open(t).open({ method: 'PUT', url: server.url, body: push }), {
    instanceOf: HttpError,
  });
  t.is(error.code, 'unreachable');
  t.truthy(await ended);
});

test('silence of the server is given up, silence of the source is not its fault', async (t) => {
  const transfer = open(t, { idleTimeoutMs: 250 });
  await using deaf = await serveRaw((socket) => socket.pause());
  const { push, ended } = endless();
  const error = await t.throwsAsync(transfer.open({ method: 'PUT', url: deaf.url, body: push, contentLength: 1e12 }), {
    instanceOf: HttpError,
  });
  t.is(error.code, 'timed-out');
  t.truthy(await ended);
  await using server = await serve((request, response) => response.end(request.body));
  const response = await transfer.open({
    ...{ method: 'PUT', url: server.url, contentLength: 2 },
    body: async (write) => {
      await write(Buffer.from('a'));
      await new Promise((resolve) => setTimeout(resolve, 600));
      await write(Buffer.from('b'));
    },
  });
  t.is(await text(response.body), 'ab');
});

test('an abort ends it with its reason, and the source', async (t) => {
  await using server = await serveRaw((socket) => socket.pause());
  const abort = new AbortController();
  const reason = new Error('cancelled by the test');
  const { push, ended } = endless();
  const opening = open(t, {}, abort.signal).open({ method: 'PUT', url: server.url, body: push, contentLength: 1e12 });
  while (server.heads.length === 0) await turn();
  abort.abort(reason);
  t.is(await t.throwsAsync(opening), reason);
  t.truthy(await ended);
});

test('it cannot follow a redirect', async (t) => {
  await using server = await serve((_request, response) => response.writeHead(307, { location: '/there' }).end());
  const body = async (write: Write): Promise<void> => write(Buffer.from('a'));
  const error = await t.throwsAsync(open(t).open({ method: 'PUT', url: server.url, body, contentLength: 1 }), {
    instanceOf: HttpError,
  });
  t.is(error.code, 'redirect-refused');
});

test('from one server to another through the same memory', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 31 + (index >> 9)) % 253));
  await using from = await serve((_request, response) =>
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes),
  );
  const got: Buffer[] = [];
  const to = net.createServer((socket) => {
    socket.on('data', (data) => {
      got.push(data);
      const size = got.reduce((sum, { length }) => sum + length, 0) - Buffer.concat(got).indexOf('\r\n\r\n') - 4;
      if (size === bytes.length) socket.end('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => to.listen(0, '127.0.0.1', resolve));
  t.teardown(() => to.close());
  const transfer = open(t);
  const { status } = await transfer.open({
    ...{
      method: 'PUT',
      url: `http://127.0.0.1:${(to.address() as net.AddressInfo).port}`,
      contentLength: bytes.length,
    },
    body: async (write) => void (await transfer.receive({ url: from.url }, write)),
  });
  t.is(status, 201);
  const all = Buffer.concat(got);
  t.true(all.subarray(all.indexOf('\r\n\r\n') + 4).equals(bytes));
});
