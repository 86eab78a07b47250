import test from 'ava';
import { doAll, tryAll } from '../src/limited.ts';

test('after a failure nothing new is started, and what runs comes to rest first', async (t) => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = doAll([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    await new Promise((resolve) => setImmediate(resolve));
    if (item === 1) throw new Error('first');
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(item);
  });
  await t.throwsAsync(work, { message: 'first' });
  t.deepEqual(begun, [1, 2]);
  t.deepEqual(ended, [2]);
});

test('all are tried, so many at a time, and the failures are told in order', async (t) => {
  let running = 0;
  let most = 0;
  const failures = await tryAll([1, 2, 3, 4, 5], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (item % 2 === 0) throw new Error(`no ${item}`);
  });
  t.is(most, 2);
  t.deepEqual(
    failures.map(({ item }) => item),
    [2, 4],
  );
});
