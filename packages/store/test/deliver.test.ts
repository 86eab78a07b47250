import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { deliver, openStore, type Store } from '../src/index.ts';

const files = new Map([
  ['set.json', 'set'],
  ['manifest.json', 'manifest'],
]);

async function folderStore(t: ExecutionContext): Promise<{ folder: string; store: Store }> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-deliver-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const log = { debug: () => undefined, info: () => undefined, warning: () => undefined };
  const effects = {
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    log,
    signal: new AbortController().signal,
  };
  return { folder, store: openStore(pathToFileURL(folder), { effects }) };
}

test('a file that cannot be written takes the others with it', async (t) => {
  const { folder, store } = await folderStore(t);
  const full: Store = {
    ...store,
    write: (path, content) =>
      path.endsWith('manifest.json') ? Promise.reject(new Error('disk full')) : store.write(path, content),
  };
  await t.throwsAsync(deliver(full, 'hash', files, Math.random), { message: 'disk full' });
  t.deepEqual(await readdir(folder), []);
});

test('nobody sees the folder before it is whole', async (t) => {
  const { folder, store } = await folderStore(t);
  const seen: (readonly string[])[] = [];
  const watched: Store = {
    ...store,
    write: async (path, content) => {
      await store.write(path, content);
      seen.push((await readdir(folder)).filter((name) => !name.startsWith('.')));
    },
  };
  t.true(await deliver(watched, 'hash', files, Math.random));
  t.deepEqual(seen, [[], []]);
  t.deepEqual(await readdir(folder), ['hash']);
});

test('what reads back otherwise was not delivered', async (t) => {
  const { store } = await folderStore(t);
  const lying: Store = { ...store, readText: () => Promise.resolve('something else') };
  await t.throwsAsync(deliver(lying, 'hash', files, Math.random), {
    code: 'failed',
    message: /does not read back/,
  });
});
