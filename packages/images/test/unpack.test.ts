import {
  appendFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import test from 'ava';
import { unpackImage } from '../src/unpack/unpack-image.ts';
import { letFilesAge } from './cache-world.ts';
import {
  archiveWorld,
  contentsOf,
  endMark,
  filesOf,
  images,
  type Member,
  memberOf,
  name,
  pax,
  tarOf,
  visibleIn,
} from './unpack-world.ts';

const plain = tarOf(...images);
const [kernel, initrd, image] = images as [Member, Member, Member];
const names = images.map((member) => member.name);
const half = 512 * 2000;

const accepted: readonly (readonly [string, Buffer])[] = [
  ['a plain tar', plain],
  ['gzip', gzipSync(plain)],
  ['gzip in two members', Buffer.concat([gzipSync(plain.subarray(0, half)), gzipSync(plain.subarray(half))])],
  ['gzip padded with zeros', Buffer.concat([gzipSync(plain), Buffer.alloc(700)])],
  ['zstd', zstdCompressSync(plain)],
  [
    'zstd in three frames, one of them to be skipped',
    Buffer.concat([
      Buffer.from('502a4d1804000000ffffffff', 'hex'),
      zstdCompressSync(plain.subarray(0, half)),
      zstdCompressSync(plain.subarray(half)),
    ]),
  ],
  [
    'packed as the folder itself',
    tarOf({ name: './', type: '5' }, ...images.map((m) => ({ ...m, name: `./${m.name}` }))),
  ],
  ['types of old', tarOf({ ...kernel, type: '\0' }, { ...initrd, type: '7' }, image)],
  ['one block of zeros at the end', Buffer.concat([...images.map(memberOf), Buffer.alloc(512)])],
  ['whatever after the end', Buffer.concat([plain, Buffer.from('garbage of the last record')])],
  ['a path in pax', tarOf(pax({ path: names[0]!, comment: 'a=b\nc' }), { ...kernel, name: 'cut off' }, initrd, image)],
  ['a path in pax over a prefix', tarOf(pax({ path: names[0]! }), { ...kernel, prefix: 'images' }, initrd, image)],
  ['a size in pax', tarOf(pax({ size: '700' }), { ...kernel, size: 0 }, initrd, image)],
  [
    'a GNU long path',
    tarOf({ name: '././@LongLink', type: 'L', bytes: `${names[0]!}\0` }, { ...kernel, name: 'cut' }, initrd, image),
  ],
  ['a comment for all', tarOf(pax({ comment: 'a commit' }, 'g'), ...images)],
];

for (const [title, bytes] of accepted) {
  test(`unpacked: ${title}`, async (t) => {
    const { unpack, into } = await archiveWorld(bytes);
    t.deepEqual(await unpack(), filesOf(images as Parameters<typeof filesOf>[0]));
    t.deepEqual(await visibleIn(into), [...names, name].sort());
    for (const { name: file, bytes: expected } of images) t.true((await readFile(join(into, file))).equals(expected));
  });
}

test('an empty file is a file', async (t) => {
  const { unpack } = await archiveWorld(tarOf({ name: 'empty' }, kernel));
  t.deepEqual(await unpack(), filesOf([{ name: 'empty', bytes: '' }, images[0]!]));
});

test('cut at any block: all of it or nothing', async (t) => {
  const members = [images[0]!, { name: 'empty', bytes: '' }, images[1]!];
  const whole = tarOf(...members);
  const complete = whole.length - endMark.length + 512;
  for (let size = 0; size < whole.length; size += 512) {
    const { unpack, into } = await archiveWorld(whole.subarray(0, size));
    if (size >= complete) t.deepEqual(await unpack(), filesOf(members));
    else {
      await t.throwsAsync(unpack(), { code: 'bad-archive', message: /is cut short|is empty/ }, `${size} bytes`);
      t.deepEqual(await readdir(into), [`.${name}.checked`, name]);
    }
  }
});

for (const [title, pack] of [
  ['plain', (bytes: Buffer) => bytes],
  ['gzip', (bytes: Buffer) => gzipSync(bytes)],
] as const) {
  test(`holes stay holes: ${title}`, async (t) => {
    const bytes = Buffer.alloc(9_000_000);
    bytes.fill('data', 5_000_000, 5_000_100);
    const { unpack, into } = await archiveWorld(pack(tarOf({ name: 'sparse.qcow2', bytes })));
    t.deepEqual(await unpack(), filesOf([{ name: 'sparse.qcow2', bytes }]));
    const path = join(into, 'sparse.qcow2');
    t.true((await readFile(path)).equals(bytes));
    t.true((await stat(path)).blocks * 512 <= 128 * 1024);
  });
}

test('done before: nothing is written; touched since: unpacked again', async (t) => {
  const { unpack, into, outside } = await archiveWorld(plain);
  await letFilesAge();
  const first = await unpack();
  const numbers = async () => Promise.all(names.map(async (file) => (await lstat(join(into, file))).ino));
  const [before, inodes] = [await contentsOf(outside), await numbers()];
  t.deepEqual(await unpack(), first);
  t.deepEqual(await numbers(), inodes);
  t.deepEqual(await contentsOf(outside), before);

  const path = join(into, names[2]!);
  const { atime, mtime } = await stat(path);
  await writeFile(path, Buffer.alloc(3_000_001, 'other'));
  await utimes(path, atime, mtime);
  t.deepEqual(await unpack(), first);
  t.true((await readFile(path)).equals(images[2]!.bytes));

  await rm(path);
  t.deepEqual(await unpack(), first);
  t.true((await readFile(path)).equals(images[2]!.bytes));
});

test('without the archive nobody knows which files are meant', async (t) => {
  const { unpack, archive } = await archiveWorld(plain);
  await unpack();
  await rm(archive);
  await t.throwsAsync(unpack(), { code: 'no-images', message: `${archive} is not there` });
  await mkdir(archive);
  await t.throwsAsync(unpack(), { code: 'no-images', message: `${archive} is no file` });
});

test('a successor: its files replace the old ones, and what it has no more goes', async (t) => {
  const { unpack, archive, into } = await archiveWorld(plain);
  await unpack();
  await writeFile(archive, tarOf({ ...image, bytes: 'new' }));
  t.deepEqual(await unpack(), filesOf([{ name: names[2]!, bytes: 'new' }]));
  t.deepEqual(await visibleIn(into), [names[2]!, name]);
});

test('what an older archive brought and somebody changed stays', async (t) => {
  const { unpack, archive, into } = await archiveWorld(plain);
  await unpack();
  await writeFile(join(into, names[0]!), 'mine');
  await writeFile(archive, tarOf(image));
  await unpack();
  t.deepEqual(await visibleIn(into), [names[2]!, name, names[0]!]);
  t.is(await readFile(join(into, names[0]!), 'utf8'), 'mine');
});

test('a damaged successor leaves the old files as they are', async (t) => {
  const { unpack, archive, into } = await archiveWorld(plain);
  await unpack();
  const before = await contentsOf(into);
  const damaged = tarOf({ ...kernel, bytes: 'new' }, image).subarray(0, -4096);
  await writeFile(archive, damaged);
  await t.throwsAsync(unpack(), { code: 'bad-archive' });
  const { [name]: _archive, [`.${name}.checked`]: _note, ...after } = await contentsOf(into);
  for (const [file, bytes] of Object.entries(after)) t.true(bytes === before[file], file);
  t.is(Object.keys(after).length, Object.keys(before).length - 2);
});

test('two archives of one folder may bring the same file, and never two of one name', async (t) => {
  const { unpack, into, effects } = await archiveWorld(plain);
  await unpack();
  const second = join(into, 'second.tar');
  await writeFile(second, tarOf({ ...kernel, bytes: 'other' }));
  await t.throwsAsync(unpackImage(second, into, effects), {
    code: 'bad-archive',
    message: `${second} holds "overcloud-full.vmlinuz", and so does ${name}, with other contents`,
  });
  t.true((await readFile(join(into, names[0]!))).equals(images[0]!.bytes));

  await writeFile(second, tarOf(kernel, { name: 'more', bytes: 'more' }));
  await unpackImage(second, into, effects);
  await writeFile(second, tarOf({ name: 'more', bytes: 'more' }));
  await unpackImage(second, into, effects);
  t.true((await readFile(join(into, names[0]!))).equals(images[0]!.bytes), 'the first one still has it');

  // An archive that goes by another name now: the old one does not stand in its way.
  await rename(second, join(into, 'third.tar'));
  await writeFile(join(into, 'third.tar'), tarOf({ name: 'more', bytes: 'other' }));
  await unpackImage(join(into, 'third.tar'), into, effects);
  t.is(await readFile(join(into, 'more'), 'utf8'), 'other');
});

test('a link of the name is replaced and not followed; a folder is in the way', async (t) => {
  const { unpack, into, outside } = await archiveWorld(plain);
  await symlink('../outside', join(into, names[0]!));
  await mkdir(join(into, names[2]!));
  await t.throwsAsync(unpack(), { code: 'bad-layout', message: /overcloud-full\.qcow2 is a folder/ });
  await rm(join(into, names[2]!), { recursive: true });
  await unpack();
  t.true((await lstat(join(into, names[0]!))).isFile());
  t.is(await readFile(join(outside, 'outside'), 'utf8'), 'outside');
});

test('the archive may lie elsewhere, and the folder need not exist', async (t) => {
  const { archive, into, outside, effects } = await archiveWorld(plain);
  const elsewhere = join(outside, 'a', 'b');
  await unpackImage(archive, elsewhere, effects);
  t.deepEqual(await visibleIn(elsewhere), [...names].sort());
  t.deepEqual(await visibleIn(into), [name]);
});

test('several at once: one unpacks, the others wait for it', async (t) => {
  const { unpack, effects, into } = await archiveWorld(plain);
  const results = await Promise.all([unpack(), unpack(), unpack()]);
  for (const result of results) t.deepEqual(result, filesOf(images as Parameters<typeof filesOf>[0]));
  t.true(effects.said.includes(`${into}: another job unpacks into this folder; waiting for it`));
  t.deepEqual(
    (await readdir(into)).filter((file) => /unpacked\./.test(file)),
    [],
  );
});

test('an archive that is written while it is unpacked', async (t) => {
  const { unpack, archive, into } = await archiveWorld(gzipSync(plain));
  const change = unpack({ freeBytes: () => appendFile(archive, 'more').then(() => 2 ** 40) });
  await t.throwsAsync(change, { code: 'bad-archive', message: `${archive} was changed while it was unpacked` });
  t.deepEqual(await readdir(into), [`.${name}.checked`, name]);
});

test('cancelled in the middle: nothing came, and nothing is left', async (t) => {
  const controller = new AbortController();
  const { archive, into, effects } = await archiveWorld(gzipSync(plain));
  let members = 0;
  const freeBytes = (): Promise<number> => {
    members += 1;
    if (members === 3) controller.abort(new Error('enough'));
    return Promise.resolve(2 ** 40);
  };
  const stopped = unpackImage(archive, into, { ...effects, signal: controller.signal }, { freeBytes });
  await t.throwsAsync(stopped, { message: 'enough' });
  t.deepEqual(await readdir(into), [`.${name}.checked`, name]);
});
