import { createHmac } from 'node:crypto';
import test from 'ava';
import { callWebHook, createApi, HttpError } from '../src/index.ts';
import { serve, testWorld } from './world.ts';

const secret = 'between us';
const body = '{"fullHash":"«ü»"}';
const call = { body, secret, idempotencyKey: 'sha256:1' };

test('each sending is signed with its own time, and has the same key', async (t) => {
  const world = testWorld();
  await using server = await serve((_request, response, count) => {
    if (count === 1) response.writeHead(503, { 'Retry-After': '100' }).end('later');
    else if (count === 2) response.destroy();
    else response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"taken":1}');
  });
  const answer = await callWebHook(createApi(world), { url: `${server.url}/hook`, ...call }, world);
  t.deepEqual([answer.status, answer.text], [202, '{"taken":1}']);
  t.deepEqual(world.clock.sleeps, [100_000, 1000]);
  t.deepEqual(
    server.seen.map(({ method, headers }) => [method, headers['idempotency-key'], headers['content-type']]),
    Array.from({ length: 3 }, () => ['POST', 'sha256:1', 'application/json']),
  );
  const start = Date.parse('2026-01-01T00:00:00Z') / 1000;
  const times = server.seen.map(({ headers }) => String(headers['x-tagflow-timestamp']));
  t.deepEqual(times, [String(start), String(start + 100), String(start + 101)]);
  for (const [index, { headers, body: sent }] of server.seen.entries()) {
    t.is(sent, body);
    const expected = createHmac('sha256', secret)
      .update(`${times[index] ?? ''}.${body}`)
      .digest('hex');
    t.is(headers['x-tagflow-signature-256'], `sha256=${expected}`);
  }
  t.false(world.lines.join('\n').includes(secret));
});

const finals: readonly (readonly [number, Readonly<Record<string, string>>, number])[] = [
  [204, {}, 1],
  [302, { Location: '/elsewhere' }, 1],
  [307, { Location: '/elsewhere' }, 1],
  [400, {}, 1],
  [409, {}, 1],
  [500, {}, 1],
  [503, {}, 4],
  [429, {}, 8],
  [503, { 'Retry-After': '3600' }, 1],
];
for (const [status, headers, sendings] of finals) {
  test(`${String(status)} ${JSON.stringify(headers)} is the answer after ${String(sendings)}`, async (t) => {
    const world = testWorld();
    await using server = await serve((_request, response) => void response.writeHead(status, headers).end());
    const answer = await callWebHook(createApi(world), { url: `${server.url}/hook`, ...call }, world);
    t.is(answer.status, status);
    t.deepEqual(
      server.seen.map(({ url }) => url),
      Array.from({ length: sendings }, () => '/hook'),
    );
  });
}

test('nobody there: tried again, then said', async (t) => {
  const world = testWorld();
  const request = { url: 'http://127.0.0.1:9/hook', ...call };
  const error = await t.throwsAsync(callWebHook(createApi(world), request, world), { instanceOf: HttpError });
  t.is(error.outcome, 'waiting');
  t.is(world.clock.sleeps.length, 3);
});

for (const url of ['http://osp.example/hook', 'ftp://osp.example', 'osp']) {
  test(`nothing is sent to ${url}`, async (t) => {
    const api = { request: () => Promise.reject(new Error('it was sent')) };
    await t.throwsAsync(callWebHook(api, { url, ...call }, testWorld()), { code: 'bad-url', message: /https/ });
  });
}
