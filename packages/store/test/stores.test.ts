import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { collect, folderStore, httpStore, sftpStore } from './world.ts';

const all = { folder: folderStore, sftp: sftpStore, http: httpStore };
const writable = { folder: folderStore, sftp: sftpStore };

for (const [kind, open] of Object.entries(all)) {
  test(`${kind}: reads files whole, from an offset, and through links`, async (t) => {
    const { root, store } = await open(t);
    const text = 'täglich'.repeat(20_000);
    await mkdir(join(root, 'hash'));
    await writeFile(join(root, 'hash', 'a b%.tar'), text);
    await symlink('hash', join(root, 'label'));
    const size = Buffer.byteLength(text);
    const whole = await store.read('label/a b%.tar');
    t.deepEqual([whole.size, whole.offset, await collect(whole.body)], [size, 0, text]);
    const offset = Buffer.byteLength('täglich'.repeat(19_999));
    const rest = await store.read('hash/a b%.tar', { offset, ifVersion: whole.version ?? '' });
    t.deepEqual([rest.size, rest.offset, await collect(rest.body)], [size, offset, 'täglich']);
    const end = await store.read('hash/a b%.tar', { offset: size, ifVersion: whole.version ?? '' });
    t.deepEqual([end.offset, await collect(end.body)], [size, '']);
    t.is(await store.readText('hash/a b%.tar'), text);
    t.is(await store.readText('hash/none'), null);
    await t.throwsAsync(store.read('hash/none'), { code: 'not-found' });
  });

  test(`${kind}: begins at the first byte when the version is another one`, async (t) => {
    const { root, store } = await open(t);
    await writeFile(join(root, 'a'), 'first version');
    const first = await store.read('a');
    await collect(first.body);
    await writeFile(join(root, 'a'), 'the second version');
    const second = await store.read('a', { offset: 6, ifVersion: first.version ?? '' });
    t.is(second.offset, 0);
    t.not(second.version, first.version);
    t.is(await collect(second.body), 'the second version');
    const shorter = await store.read('a', { offset: 99, ifVersion: first.version ?? '' });
    t.is(shorter.offset, 0);
    t.is(await collect(shorter.body), 'the second version');
  });

  test(`${kind}: says what is there`, async (t) => {
    const { root, store } = await open(t);
    await mkdir(join(root, 'images', 'sub'), { recursive: true });
    await writeFile(join(root, 'images', 'b'), 'bytes');
    await writeFile(join(root, 'images', 'a'), '');
    t.is((await store.stat('images'))?.kind, 'directory');
    const file = await store.stat('images/b');
    t.deepEqual([file?.kind, file?.size], ['file', 5]);
    t.true(Math.abs((file?.modified ?? 0) - Date.now()) < 60_000);
    t.is(await store.stat('images/none'), null);
    t.is(await store.stat('none/none'), null);
    t.deepEqual(
      (await store.list('images')).map(({ name, kind }) => [name, kind]),
      [
        ['a', 'file'],
        ['b', 'file'],
        ['sub', 'directory'],
      ],
    );
    t.deepEqual(
      (await store.list('')).map((entry) => entry.name),
      ['images'],
    );
    await t.throwsAsync(store.list('none'), { code: 'not-found' });
  });

  for (const path of ['/etc', '..', 'a/../b', 'a//b', 'a/', './a', 'a\\b', 'a\nb']) {
    test(`${kind}: refuses the path ${JSON.stringify(path)}`, async (t) => {
      const { store } = await open(t);
      await t.throwsAsync(async () => store.stat(path), { code: 'bad-path' });
    });
  }
}

for (const [kind, open] of Object.entries(writable)) {
  test(`${kind}: replaces small files in one step and leaves nothing beside them`, async (t) => {
    const { root, store } = await open(t);
    await store.makeDirectory('a/b/c');
    await store.makeDirectory('a/b/c');
    await store.write('a/b/c/set.json', 'one');
    await store.write('a/b/c/set.json', Buffer.from('zwölf'));
    t.is(await readFile(join(root, 'a/b/c/set.json'), 'utf8'), 'zwölf');
    t.deepEqual(await readdir(join(root, 'a/b/c')), ['set.json']);
    await t.throwsAsync(store.write('none/set.json', 'x'), { code: 'not-found' });
    await t.throwsAsync(store.write('a/b', 'x'));
    t.deepEqual(await readdir(join(root, 'a')), ['b']);
  });

  test(`${kind}: makes, reads and moves links`, async (t) => {
    const { root, store } = await open(t);
    await store.makeDirectory('one');
    await store.makeDirectory('two');
    await store.link('label', 'one');
    await store.link('label', 'two');
    t.is(await readlink(join(root, 'label')), 'two');
    t.is(await store.readLink('label'), 'two');
    t.is(await store.readLink('none'), null);
    t.is((await store.stat('label'))?.kind, 'directory');
    await store.link('dangling', 'nowhere');
    t.is(await store.stat('dangling'), null);
    t.deepEqual(
      (await store.list('')).map(({ name, kind }) => [name, kind]),
      [
        ['dangling', 'link'],
        ['label', 'link'],
        ['one', 'directory'],
        ['two', 'directory'],
      ],
    );
    await t.throwsAsync(store.readLink('one'), { code: 'wrong-kind' });
    await t.throwsAsync(store.link('one', 'two'), { code: 'exists' });
    await writeFile(join(root, 'file'), 'precious');
    await t.throwsAsync(store.link('file', 'two'), { code: 'exists' });
    t.is(await readFile(join(root, 'file'), 'utf8'), 'precious');
  });

  test(`${kind}: renames in one step, and not onto a full folder`, async (t) => {
    const { root, store } = await open(t);
    await store.makeDirectory('.hash.partial');
    await store.write('.hash.partial/a', 'a');
    await store.rename('.hash.partial', 'hash');
    t.is(await readFile(join(root, 'hash/a'), 'utf8'), 'a');
    await store.makeDirectory('.hash.partial');
    await t.throwsAsync(store.rename('.hash.partial', 'hash'), { code: 'exists' });
    await store.write('b', 'new');
    await store.rename('b', 'hash/a');
    t.is(await readFile(join(root, 'hash/a'), 'utf8'), 'new');
    await t.throwsAsync(store.rename('none', 'other'), { code: 'not-found' });
  });

  test(`${kind}: removes files, links and trees, and follows no link while doing so`, async (t) => {
    const { root, store } = await open(t);
    await mkdir(join(root, 'keep'));
    await writeFile(join(root, 'keep/a'), 'a');
    await mkdir(join(root, 'old/deep'), { recursive: true });
    await writeFile(join(root, 'old/deep/a'), 'a');
    await symlink('../../keep', join(root, 'old/deep/link'));
    await store.removeTree('old');
    await store.removeTree('old');
    t.deepEqual(await readdir(root), ['keep']);
    t.is(await readFile(join(root, 'keep/a'), 'utf8'), 'a');
    await symlink('keep', join(root, 'label'));
    await t.throwsAsync(store.removeTree('label'), { code: 'wrong-kind' });
    t.is(await readFile(join(root, 'label/a'), 'utf8'), 'a');
    t.true(await store.remove('label'));
    t.true(await store.remove('keep/a'));
    t.false(await store.remove('keep/a'));
    await t.throwsAsync(store.removeTree(''), { code: 'bad-path' });
  });

  test(`${kind}: shows no reader a moment without the link`, async (t) => {
    const { root, store } = await open(t);
    for (const name of ['one', 'two']) {
      await mkdir(join(root, name));
      await writeFile(join(root, name, 'a.md5'), name);
    }
    await store.link('label', 'one');
    let flipping = true;
    let good = 0;
    const bad: unknown[] = [];
    const reader = async (): Promise<void> => {
      while (flipping) {
        await readFile(join(root, 'label/a.md5'), 'utf8').then(
          () => good++,
          (error: unknown) => bad.push(error),
        );
      }
    };
    const readers = [reader(), reader(), reader(), reader()];
    for (let flip = 0; flip < 60; flip++) await store.link('label', flip % 2 === 0 ? 'two' : 'one');
    flipping = false;
    await Promise.all(readers);
    t.deepEqual(bad, []);
    t.true(good > 60, `${good} reads`);
  });
}

test('http: cannot write and shows no links', async (t) => {
  const { store } = await httpStore(t);
  t.false(store.writable);
  await t.throwsAsync(store.readLink('label'), { code: 'not-supported' });
  await t.throwsAsync(store.write('a', 'a'), { code: 'not-supported' });
  await t.throwsAsync(store.link('a', 'b'), { code: 'not-supported' });
});
