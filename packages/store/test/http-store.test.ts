import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLabImageServer } from '@tagflow/lab';
import test, { type ExecutionContext } from 'ava';
import { openStore } from '../src/open-store.ts';
import { readResuming } from '../src/read-resuming.ts';
import { collect, temporaryFolder, testEffects } from './world.ts';

type Faults = NonNullable<Parameters<typeof startLabImageServer>[0]['fault']>;

async function start(t: ExecutionContext, fault: Faults) {
  const root = await temporaryFolder();
  const server = await startLabImageServer({ root, fault });
  const effects = testEffects();
  const store = openStore(`${server.url}/`, { effects });
  t.teardown(async () => {
    await store.close();
    await server.close();
  });
  return { root, server, store, effects };
}

test('takes a broken download up where it broke off', async (t) => {
  const cuts = [{ cutAfterBytes: 100_000 }, { cutAfterBytes: 0 }, { status: 503 }, { cutAfterBytes: 150_000 }];
  const { root, server, store, effects } = await start(t, () => cuts.shift());
  const text = 'abcdefghij'.repeat(40_000);
  await writeFile(join(root, 'a'), text);
  const content = await store.read('a');
  t.is(await collect(readResuming(store, 'a', content, { effects })), text);
  t.deepEqual(
    server.requests().map(({ range }) => range),
    [null, 'bytes=100000-', 'bytes=100000-', 'bytes=100000-', 'bytes=250000-'],
  );
  t.is(server.requests()[1]?.ifRange, content.version);
  t.is(server.bytesSent(), text.length);
  t.deepEqual(effects.waits, [1000, 2000, 4000, 1000]);
});

test('gives up when no byte more comes, and reports the last failure', async (t) => {
  const { root, store, effects } = await start(t, ({ range }) =>
    range === null ? { cutAfterBytes: 10 } : { cutAfterBytes: 0 },
  );
  await writeFile(join(root, 'a'), 'x'.repeat(1000));
  const content = await store.read('a');
  await t.throwsAsync(collect(readResuming(store, 'a', content, { attempts: 3, effects })), { code: 'unreachable' });
  t.is(effects.waits.length, 3);
});

test('never joins two files: one that changed after the break is an error', async (t) => {
  const { root, store, effects } = await start(t, ({ range }) => (range === null ? { cutAfterBytes: 10 } : undefined));
  await writeFile(join(root, 'a'), 'x'.repeat(1000));
  await writeFile(join(root, 'b'), 'y'.repeat(1000));
  effects.clock.sleep = () => rename(join(root, 'b'), join(root, 'a'));
  const content = await store.read('a');
  const error = await t.throwsAsync(collect(readResuming(store, 'a', content, { effects })), { code: 'changed' });
  t.like(error, { outcome: 'waiting' });
});

test('resumes at the right byte on a server without ranges', async (t) => {
  const { root, store, effects } = await start(t, () => faults.shift());
  const faults: ({ cutAfterBytes: number } | { ignoreRange: true })[] = [{ cutAfterBytes: 7 }, { ignoreRange: true }];
  await writeFile(join(root, 'a'), '0123456789');
  const content = await store.read('a');
  t.is(await collect(readResuming(store, 'a', content, { effects })), '0123456789');
});

for (const [status, code] of [
  [403, 'denied'],
  [404, 'not-found'],
  [500, 'unreachable'],
  [418, 'failed'],
] as const) {
  test(`reads status ${status} as ${code}`, async (t) => {
    const { store } = await start(t, () => ({ status }));
    await t.throwsAsync(store.read('a'), { code });
    await t.throwsAsync(store.list('a'), { code });
  });
}

test('asks again for small files after 503', async (t) => {
  const faults = [{ status: 503, retryAfter: 3 }];
  const { root, store, effects } = await start(t, () => faults.shift());
  await writeFile(join(root, 'a.md5'), 'sum');
  t.is(await store.readText('a.md5'), 'sum');
  t.deepEqual(effects.waits, [3000]);
});
