import test from 'ava';
import { createVirtualClock } from '../src/clock.ts';

test('stands still until it is moved', async (t) => {
  const clock = createVirtualClock('2018-06-01T00:00:00Z');
  t.is(clock.now(), Date.UTC(2018, 5, 1));
  await clock.advance(1500);
  t.is(clock.now(), Date.UTC(2018, 5, 1) + 1500);
});

test('wakes sleepers in the order of their moments, each at its own', async (t) => {
  const clock = createVirtualClock('2018-06-01T00:00:00Z');
  const start = clock.now();
  const woken: string[] = [];
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push(`${name} ${clock.now() - start}`);
  };
  const all = [sleep('late', 300), sleep('early', 100), sleep('never', 501)];
  const twice = sleep('first', 200).then(() => sleep('again', 200));
  await clock.advance(500);
  await Promise.all([...all.slice(0, 2), twice]);
  t.deepEqual(woken, ['early 100', 'first 200', 'late 300', 'again 400']);
});

test('a sleep ends with the reason of its signal', async (t) => {
  const clock = createVirtualClock('2018-06-01T00:00:00Z');
  const controller = new AbortController();
  const sleeping = clock.sleep(100, controller.signal);
  controller.abort(new Error('enough'));
  await t.throwsAsync(sleeping, { message: 'enough' });
  await t.throwsAsync(clock.sleep(100, controller.signal), { message: 'enough' });
});

test('a start that is no time is refused', (t) => {
  t.throws(() => createVirtualClock('soon'), { message: /"soon" is not an ISO 8601 time/ });
});
