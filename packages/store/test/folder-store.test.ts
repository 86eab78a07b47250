import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { asStoreError } from '../src/folder-error.ts';
import { openStore } from '../src/open-store.ts';
import { readRangeResuming } from '../src/read-range-resuming.ts';
import { folderStore, temporaryFolder, testEffects } from './world.ts';

const mebibyte = 1024 * 1024;
const bytes = Buffer.from(Array.from({ length: 3 * mebibyte + 17 }, (_, index) => (index * 31 + (index >> 8)) % 251));

test('gives parts in pieces of 1 MiB, and leaves each alone until it is taken', async (t) => {
  const { root, store } = await folderStore(t);
  await writeFile(join(root, 'a'), bytes);
  const version = (await store.stat('a'))?.version ?? '';
  const read = async (offset: number, length: number): Promise<[Buffer, number[]]> => {
    const parts: Buffer[] = [];
    await store.readRange('a', { offset, length, version }, async (piece) => {
      await new Promise((resolve) => setImmediate(resolve));
      parts.push(Buffer.from(piece));
    });
    return [Buffer.concat(parts), parts.map((part) => part.length)];
  };
  const both = await Promise.all([read(5, 2 * mebibyte + 1), read(0, bytes.length)]);
  t.true(both[0][0].equals(bytes.subarray(5, 2 * mebibyte + 6)));
  t.deepEqual(both[0][1], [mebibyte, mebibyte, 1]);
  t.true(both[1][0].equals(bytes));
  const content = await store.read('a');
  for await (const _piece of content.body) break;
  t.deepEqual([content.version, store.local], [version, true]);
});

test('a file that is shorter, or another one, or changes as it is read, has changed', async (t) => {
  const { root, store } = await folderStore(t);
  const path = join(root, 'a');
  await writeFile(path, bytes);
  const version = (await store.stat('a'))?.version ?? '';
  const changed = { code: 'changed' };
  await t.throwsAsync(
    store.readRange('a', { offset: 10, length: bytes.length }, () => t.fail()),
    changed,
  );
  await t.throwsAsync(
    store.readRange('a', { offset: 0, length: 1, version: 'other' }, () => t.fail()),
    changed,
  );
  await t.throwsAsync(
    store.readRange('none', { offset: 0, length: 1 }, () => t.fail()),
    { code: 'not-found' },
  );
  await t.throwsAsync(
    store.readRange('', { offset: 0, length: 1 }, () => t.fail()),
    { code: 'wrong-kind' },
  );
  let pieces = 0;
  const cutting = store.readRange('a', { offset: 0, length: bytes.length }, async () => {
    pieces += 1;
    await truncate(path, mebibyte);
  });
  await t.throwsAsync(cutting, changed);
  t.is(pieces, 1);
  await writeFile(path, bytes);
  const now = (await store.stat('a'))?.version ?? '';
  const writing = store.readRange('a', { offset: 0, length: mebibyte, version: now }, () =>
    writeFile(path, Buffer.alloc(bytes.length + 1)),
  );
  await t.throwsAsync(writing, changed);
  await t.throwsAsync(
    store.readRange('a', { offset: 0, length: 1, version }, () => t.fail()),
    changed,
  );
});

test('reads that are taken up again are never of another version', async (t) => {
  const { root, store } = await folderStore(t);
  await writeFile(join(root, 'a'), 'first');
  await writeFile(join(root, 'b'), 'other');
  const version = (await store.stat('a'))?.version ?? '';
  await rename(join(root, 'b'), join(root, 'a'));
  const effects = testEffects();
  const reading = readRangeResuming(store, 'a', { offset: 0, length: 5, version }, () => t.fail(), { effects });
  await t.throwsAsync(reading, { code: 'changed' });
  t.deepEqual(effects.waits, []);
});

test('a part file takes bytes at any position, keeps what it holds, and leaves holes', async (t) => {
  const { root, store } = await folderStore(t);
  const size = 64 * mebibyte;
  const part = await store.openPart('a.part');
  t.deepEqual([part.present, part.copy], [0, null]);
  const scratch = Buffer.alloc(mebibyte, 1);
  const writes = [
    part.write(Buffer.alloc(mebibyte, 7), 32 * mebibyte),
    // On its way together with the one before, over the same place: the later one is what stays.
    part.write(Buffer.alloc(10, 8), 32 * mebibyte + 5),
    part.write(scratch, 0),
  ];
  await Promise.all(writes);
  scratch.fill(0);
  await part.finish(size);
  await part.close();
  const facts = await stat(join(root, 'a.part'));
  t.is(facts.size, size);
  t.true(facts.blocks * 512 < 3 * mebibyte, `${facts.blocks} blocks`);
  const expected = Buffer.alloc(size);
  expected
    .fill(1, 0, mebibyte)
    .fill(7, 32 * mebibyte, 33 * mebibyte)
    .fill(8, 32 * mebibyte + 5, 32 * mebibyte + 15);
  t.true(expected.equals(await readFile(join(root, 'a.part'))));
  t.is(await store.digest('a.part'), createHash('sha256').update(expected).digest('hex'));

  const again = await store.openPart('a.part');
  t.is(again.present, size);
  await again.write(Buffer.from('end'), mebibyte);
  await again.finish(mebibyte + 3);
  await again.close();
  const now = await readFile(join(root, 'a.part'));
  t.true(now.equals(Buffer.concat([expected.subarray(0, mebibyte), Buffer.from('end')])));
});

test('a part file is no folder, pipe or link, and its folder exists', async (t) => {
  const { root, store } = await folderStore(t);
  const outside = await temporaryFolder();
  await mkdir(join(root, 'folder'));
  await symlink(join(outside, 'new'), join(root, 'new'));
  await writeFile(join(outside, 'precious'), 'precious');
  await symlink(join(outside, 'precious'), join(root, 'precious'));
  await symlink('circle', join(root, 'circle'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  for (const path of ['folder', 'new', 'precious', 'circle', 'pipe']) {
    await t.throwsAsync(store.openPart(path), { code: 'wrong-kind' }, path);
  }
  // Nobody writes to it: who waits for that waits for ever.
  await t.throwsAsync(store.read('pipe'), { code: 'wrong-kind' });
  await t.throwsAsync(store.openPart('none/a'), { code: 'not-found' });
  t.deepEqual(await readdir(outside), ['precious']);
  t.is(await readFile(join(outside, 'precious'), 'utf8'), 'precious');
});

test('nothing is written, moved or removed behind a link that leads out of the store', async (t) => {
  const { root, store } = await folderStore(t);
  const outside = await temporaryFolder();
  await writeFile(join(outside, 'precious'), 'precious');
  await symlink(outside, join(root, 'out'));
  await writeFile(join(root, 'mine'), 'mine');
  await store.makeDirectory('hash');
  await symlink('hash', join(root, 'label'));
  const calls: readonly (() => Promise<unknown>)[] = [
    () => store.openPart('out/a'),
    () => store.write('out/a', 'x'),
    () => store.link('out/a', 'x'),
    () => store.makeDirectory('out/a'),
    () => store.remove('out/precious'),
    () => store.rename('mine', 'out/a'),
    () => store.rename('out/precious', 'b'),
  ];
  for (const call of calls) {
    await t.throwsAsync(call, { code: 'denied', message: /a link on the way leads out of the store, to / });
  }
  t.deepEqual(await readdir(outside), ['precious']);
  t.is(await store.readText('out/precious'), 'precious');
  await store.write('label/a', 'within');
  t.is(await readFile(join(root, 'hash/a'), 'utf8'), 'within');
  const everything = openStore('file:///', { effects: testEffects() });
  await everything.write(`${outside.slice(1)}/by-root`, 'x');
  t.is(await readFile(join(outside, 'by-root'), 'utf8'), 'x');
});

test('computes digests of its files', async (t) => {
  const { root, store } = await folderStore(t);
  await writeFile(join(root, 'a'), bytes);
  await writeFile(join(root, 'empty'), '');
  t.is(await store.digest('a'), createHash('sha256').update(bytes).digest('hex'));
  t.is(await store.digest('empty'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  await t.throwsAsync(store.digest('none'), { code: 'not-found' });
  await t.throwsAsync(store.digest(''), { code: 'wrong-kind' });
});

test('a disk without room says so, and what to do', async (t) => {
  const full = await open('/dev/full', constants.O_WRONLY);
  t.teardown(() => full.close());
  const told = asStoreError('file:///srv/a', await full.write('x').catch((error: unknown) => error));
  t.like(told, {
    ...{ name: 'StoreError', code: 'full', outcome: 'failed' },
    message: 'file:///srv/a: no space left on the disk (ENOSPC)',
    next: 'Make room, or name a folder on another disk, then run the same again: what is there is kept.',
  });
});

test('a write that fails is told by itself, by those after it, and by finish', async (t) => {
  const { root, store } = await folderStore(t);
  const part = await store.openPart('a.part');
  const writes = [part.write(Buffer.from('good'), 0), part.write(null as never, 4), part.write(bytes, 8)];
  const ends = await Promise.allSettled(writes);
  t.deepEqual(
    ends.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  t.is(await t.throwsAsync(part.finish(100)), await t.throwsAsync(Promise.all(writes)));
  await part.close();
  t.is(await readFile(join(root, 'a.part'), 'utf8'), 'good');
});

test('an abort ends reads and writes with its reason', async (t) => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'a'), bytes);
  const abort = new AbortController();
  const store = openStore(pathToFileURL(root), { effects: testEffects(abort.signal) });
  const part = await store.openPart('a.part');
  const reason = new Error('cancelled by the test');
  const reading = store.readRange('a', { offset: 0, length: bytes.length }, () => abort.abort(reason));
  t.is(await t.throwsAsync(reading), reason);
  t.is(await t.throwsAsync(store.digest('a')), reason);
  t.is(await t.throwsAsync(part.write(bytes, 0)), reason);
  t.is(await t.throwsAsync(part.finish(0)), reason);
  await part.close();
});
