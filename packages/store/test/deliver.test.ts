import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { deliver, openStore, type Store } from '../src/index.ts';
import { startSftp } from './sftp-world.ts';

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
  await t.throwsAsync(deliver(full, 'hash', files), { message: 'disk full' });
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
  t.true(await deliver(watched, 'hash', files));
  t.deepEqual(seen, [[], []]);
  t.deepEqual(await readdir(folder), ['hash']);
});

test('what reads back otherwise was not delivered', async (t) => {
  const { store } = await folderStore(t);
  const lying: Store = { ...store, readText: () => Promise.resolve('something else') };
  await t.throwsAsync(deliver(lying, 'hash', files), {
    code: 'failed',
    message: /does not read back/,
  });
});

test('what a killed delivery left is cleared away, its own and that of other content', async (t) => {
  const { folder, store } = await folderStore(t);
  // The process dies before the rename: nothing of its own tidies up.
  const dying: Store = { ...store, rename: () => new Promise(() => undefined) };
  let begun = () => {};
  const written = new Promise<void>((resolve) => (begun = resolve));
  void deliver({ ...dying, rename: (...names) => (begun(), dying.rename(...names)) }, 'hash', files);
  await written;
  const [left = ''] = await readdir(folder);
  t.regex(left, /^\.incoming-hash-[0-9a-f]{12}$/);
  await writeFile(join(folder, left, '.set.json.0f.part'), 'half');
  await mkdir(join(folder, '.incoming-hash-0123456789ab'));
  await mkdir(join(folder, '.incoming-other-0123456789ab'));
  t.true(await deliver(store, 'hash', files));
  t.deepEqual(await readdir(folder), ['.incoming-other-0123456789ab', 'hash']);
  t.deepEqual(await readdir(join(folder, 'hash')), ['manifest.json', 'set.json']);
});

for (const [who, text, isSame] of [
  ['the same', 'set', true],
  ['other content', 'another', false],
] as const) {
  test(`somebody delivers ${who} at the same moment`, async (t) => {
    const { folder, store } = await folderStore(t);
    const late: Store = {
      ...store,
      rename: async (from, to) => {
        await deliver(store, 'hash', new Map([...files, ['set.json', text]]));
        return store.rename(from, to);
      },
    };
    if (isSame) t.false(await deliver(late, 'hash', files));
    else
      await t.throwsAsync(deliver(late, 'hash', files), { code: 'exists', message: /set\.json was delivered before/ });
    t.deepEqual(await readdir(folder), ['hash']);
  });
}

test('over SFTP: once, and of two that deliver other content the second is refused', async (t) => {
  const { root, store } = await startSftp(t);
  t.true(await deliver(store, 'hash', files));
  t.false(await deliver(store, 'hash', files));
  const others = new Map([...files, ['set.json', 'another']]);
  const blind: Store = { ...store, stat: (path) => (path === 'hash' ? Promise.resolve(null) : store.stat(path)) };
  await t.throwsAsync(deliver(blind, 'hash', others), { code: 'exists' });
  await t.throwsAsync(deliver(store, 'hash', others), { code: 'exists', message: /with other content/ });
  t.deepEqual(await readdir(root), ['hash']);
});
