import test from 'ava';
import { createPacer, type Pace, type Pacer } from '../src/pacer.ts';
import { testWorld } from './world.ts';

const origin = 'https://quay.io';
const good = { status: 200, retryAfterMs: null };
const tooMany = { status: 429, retryAfterMs: null };

/** Returns, once it is let in, how its end is told. */
async function enter(pacer: Pacer): Promise<(pace: Pace) => void> {
  const turn = await pacer.enter(origin);
  if (turn.refusal !== null) throw new Error('refused');
  return (pace) => {
    turn.learn(pace);
    turn.leave();
  };
}

/** Lets in as many as the pacer allows, and returns how each is ended. */
async function fill(pacer: Pacer, most = 64) {
  const inside: ((pace: Pace) => void)[] = [];
  for (let index = 0; index < most; index += 1) void enter(pacer).then((leave) => inside.push(leave));
  await new Promise(setImmediate);
  return inside;
}

test('no more requests than it may begin with are on their way; another server has its own', async (t) => {
  const pacer = createPacer(4, testWorld());
  const inside = await fill(pacer);
  t.is(inside.length, 4);
  inside[0]?.(good);
  await new Promise(setImmediate);
  t.is(inside.length, 5);
  await t.notThrowsAsync(pacer.enter('https://docker.io'));
});

test('429 halves it, once for all that were refused together; good answers bring it back, one a window', async (t) => {
  const pacer = createPacer(8, testWorld());
  const leaves = await Promise.all(Array.from({ length: 8 }, () => enter(pacer)));
  for (const leave of leaves) leave(tooMany);
  const now = await fill(pacer, 8);
  t.is(now.length, 4);
  for (const leave of now.splice(0)) leave(good);
  await new Promise(setImmediate);
  t.is(now.length, 4);
  for (const leave of now.splice(0)) leave(good);
  const again = await fill(pacer);
  // two windows of four good answers each: a little less than two more
  t.is(again.length, 5);
});

test('one request is always let in, however often it is refused', async (t) => {
  const pacer = createPacer(2, testWorld());
  for (let index = 0; index < 5; index += 1) (await enter(pacer))(tooMany);
  t.is((await fill(pacer)).length, 1);
});

test('all wait as long as one of them was asked to', async (t) => {
  const world = testWorld();
  const pacer = createPacer(4, world);
  const [first, second] = [await enter(pacer), await enter(pacer)];
  first({ status: 429, retryAfterMs: 7000 });
  second({ status: 429, retryAfterMs: 2000 });
  await pacer.enter(origin);
  t.deepEqual(world.clock.sleeps, [7000]);
});

test('other failures and missing answers say nothing of the pace', async (t) => {
  const pacer = createPacer(2, testWorld());
  for (const status of [500, 404, null]) (await enter(pacer))({ status, retryAfterMs: null });
  t.is((await fill(pacer)).length, 2);
});

test('an abort lets nobody in', async (t) => {
  const abort = new AbortController();
  const pacer = createPacer(1, testWorld(abort.signal));
  abort.abort(new Error('enough'));
  await t.throwsAsync(pacer.enter(origin), { message: 'enough' });
});

test('a wall clock that is set back makes nobody wait longer than was asked for', async (t) => {
  const sleeps: number[] = [];
  let now = 10_000_000;
  const clock = {
    now: () => now,
    sleep(ms: number) {
      sleeps.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
  const pacer = createPacer(4, { clock, signal: new AbortController().signal });
  (await enter(pacer))({ status: 429, retryAfterMs: 7000 });
  now -= 3_600_000;
  await enter(pacer);
  t.deepEqual(sleeps, [7000]);
});

test('an abort ends the wait for a turn', async (t) => {
  const abort = new AbortController();
  const pacer = createPacer(1, testWorld(abort.signal));
  await enter(pacer);
  const waiting = pacer.enter(origin);
  abort.abort(new Error('enough'));
  await t.throwsAsync(waiting, { message: 'enough' });
});
