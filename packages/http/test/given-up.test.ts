import test from 'ava';
import { createPacer } from '../src/pacer.ts';
import { sendPatiently } from '../src/patience.ts';
import { type TestWorld, testWorld } from './world.ts';

/** A clock whose time goes on when everybody sleeps. */
function virtual() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  const drive = async (): Promise<void> => {
    for (let idle = 0; idle < 50;) {
      await new Promise((resolve) => setImmediate(resolve));
      idle += 1;
      if (idle < 3 || sleepers.length === 0) continue;
      sleepers.sort((a, b) => a.at - b.at);
      const next = sleepers.shift();
      now = Math.max(now, next?.at ?? 0);
      next?.wake();
      idle = 0;
    }
  };
  return {
    drive,
    clock: {
      now: () => now,
      sleep: (ms: number) => new Promise<void>((wake) => void sleepers.push({ at: now + ms, wake })),
    },
  };
}

test('a server that says for good that it is too much is given up in minutes by all together', async (t) => {
  const { clock, drive } = virtual();
  const { signal } = new AbortController();
  const log = { debug() {}, info() {}, warning() {} };
  const pacer = createPacer(64, { clock, signal });
  let sent = 0;
  const hop = { method: 'HEAD', url: new URL('http://busy.example/v2/'), headers: {}, redirects: 0 } as const;
  const one = () =>
    sendPatiently(
      hop,
      {},
      { clock, log, signal },
      async () => {
        sent += 1;
        return { status: 429, headers: { 'retry-after': '60' }, body: Buffer.alloc(0), text: '', url: hop.url.href };
      },
      { pacer },
    );
  const all = Promise.all(Array.from({ length: 150 }, one));
  await drive();
  await all;
  const minutes = clock.now() / 60_000;
  t.true(minutes < 60, `${minutes} minutes, ${sent} requests`);
});

const origin = 'http://busy.example';
const quiet = { debug() {}, info() {}, warning() {} };

function busy(world: TestWorld, most: number, attempts = 4) {
  const pacer = createPacer(most, world);
  const sent: string[] = [];
  let status = 429;
  let retryAfter: Readonly<Record<string, string>> = { 'retry-after': '60' };
  const send = (path: string) => {
    const hop = { method: 'HEAD', url: new URL(path, origin), headers: {}, redirects: 0 } as const;
    return sendPatiently(
      hop,
      {},
      { ...world, log: quiet },
      async () => {
        sent.push(path);
        return { status, headers: retryAfter, body: Buffer.from('its own'), text: 'its own', url: hop.url.href };
      },
      { pacer, attempts },
    );
  };
  const answerWith = (next: number, headers: Readonly<Record<string, string>>): void => {
    status = next;
    retryAfter = headers;
  };
  return { pacer, sent, send, answerWith };
}

test('after eight refusals in a row a request that was never sent gets the refusal, and waits for nothing', async (t) => {
  const world = testWorld();
  const { sent, send } = busy(world, 1);
  const first = await send('/first');
  t.deepEqual([first.status, first.text, sent.length], [429, 'its own', 8]);
  const slept = world.clock.sleeps.length;
  const second = await send('/second');
  t.deepEqual(
    [second.status, second.headers, second.text, second.url],
    [429, { 'retry-after': '60' }, '', 'http://busy.example/second'],
  );
  t.deepEqual([sent.includes('/second'), world.clock.sleeps.length], [false, slept]);
});

test('the eighth refusal is the last answer, whatever patience is left', async (t) => {
  const world = testWorld();
  const { sent, send } = busy(world, 1, 20);
  const { status, text } = await send('/first');
  t.deepEqual([status, text, sent.length, world.clock.sleeps], [429, 'its own', 8, Array(7).fill(60_000)]);
});

test('those who wait for their turn are refused together with the eighth', async (t) => {
  const world = testWorld();
  const { pacer } = busy(world, 1);
  const pace = { status: 429, retryAfterMs: 1000, retryAfter: '1' };
  for (let refusals = 1; refusals < 8; refusals += 1) {
    const turn = await pacer.enter(origin);
    if (turn.refusal !== null) return t.fail();
    t.false(turn.learn(pace));
    turn.leave();
  }
  const eighth = await pacer.enter(origin);
  if (eighth.refusal !== null) return t.fail();
  const waiting = Promise.all([1, 2, 3].map(() => pacer.enter(origin)));
  t.true(eighth.learn(pace));
  // It has not left yet.
  const refused = (await waiting).map(({ refusal }) => [refusal?.status, refusal?.headers]);
  t.deepEqual(refused, Array(3).fill([429, { 'retry-after': '1' }]));
  eighth.leave();
  t.is((await pacer.enter('https://other.example')).refusal, null);
});

test('a good answer in between begins the count anew', async (t) => {
  const world = testWorld();
  const { pacer } = busy(world, 1);
  for (let times = 1; times <= 30; times += 1) {
    const turn = await pacer.enter(origin);
    if (turn.refusal !== null) return t.fail(`refused at ${times}`);
    turn.learn({ status: times % 8 === 0 ? 200 : 429, retryAfterMs: null });
    turn.leave();
  }
  t.pass();
});

test('a server that was given up is asked once more when its time is over', async (t) => {
  const world = testWorld();
  const { sent, send, answerWith } = busy(world, 1);
  answerWith(429, {});
  for (const path of ['/a', '/b']) t.is((await send(path)).status, 429);
  t.deepEqual([...new Set(sent)], ['/a']);
  await world.clock.sleep(30_000);
  // Still the same: one is sent, the other has waited for it and is refused.
  const [one, other] = await Promise.all([send('/c'), send('/d')]);
  t.deepEqual([one.text, other.text, sent.slice(8)], ['its own', '', ['/c']]);
  await world.clock.sleep(30_000);
  answerWith(200, {});
  t.deepEqual([(await send('/e')).status, (await send('/f')).status], [200, 200]);
});
