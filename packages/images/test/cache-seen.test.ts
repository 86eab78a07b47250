import { chmod, readFile, readdir, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readSeen, writeSeen } from '../src/cache/seen.ts';
import { checkLocalFile, checksumOfFile } from '../src/fetch/local-file.ts';
import { describeImages } from '../src/publish/describe.ts';
import { cacheEffects, imageOf, letFilesAge, signal } from './cache-world.ts';
import { temporaryFolder } from './world.ts';

const bytes = Buffer.alloc(100_000, 'image');
const image = imageOf('a.tar', bytes);
const { clock } = cacheEffects();

async function seenFile() {
  const path = join(await temporaryFolder(), image.name);
  await writeFile(path, bytes);
  await utimes(path, 1e9, 1e9);
  await writeSeen(path, image, clock);
  return path;
}

/** A digest that the file has not: it comes back only from a note that is believed without reading the file. */
const told = { size: bytes.length, sha256: 'f'.repeat(64), md5: 'e'.repeat(32) };

test('a file that was checked and not changed since is not read again', async (t) => {
  const path = await seenFile();
  t.deepEqual(await readSeen(path), { size: image.size, sha256: image.sha256, md5: image.md5 });
  await writeSeen(path, told, clock);
  t.deepEqual(await checksumOfFile(path, true, signal), told);
  t.is(await checkLocalFile(path, image, signal), null);
});

test('what was read whole once is noted; md5 only where it was computed', async (t) => {
  const path = join(await temporaryFolder(), image.name);
  await writeFile(path, bytes);
  await letFilesAge();
  t.deepEqual(await checkLocalFile(path, image, signal), image);
  t.deepEqual(await readSeen(path), { size: image.size, sha256: image.sha256, md5: null });
  t.deepEqual(await checksumOfFile(path, true, signal), await readSeen(path));
  t.is((await readSeen(path))?.md5, image.md5);
});

const changes: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['other bytes of the same length', (path) => writeFile(path, Buffer.alloc(bytes.length, 'other'))],
  ['one byte more', (path) => writeFile(path, '.', { flag: 'a' })],
  [
    'other bytes and the time set back, as rsync --times does',
    async (path) => {
      await writeFile(path, Buffer.alloc(bytes.length, 'other'));
      await utimes(path, 1e9, 1e9);
    },
  ],
  [
    'another file of the same size in its place',
    async (path) => {
      await writeFile(`${path}.new`, Buffer.alloc(bytes.length, 'other'));
      await rename(`${path}.new`, path);
    },
  ],
  ['another mode', (path) => chmod(path, 0o600)],
];
for (const [title, change] of changes) {
  test(`the note is not believed after: ${title}`, async (t) => {
    const path = await seenFile();
    await change(path);
    t.is(await readSeen(path), null);
    const now = imageOf(image.name, await readFile(path));
    t.is((await checksumOfFile(path, false, signal)).sha256, now.sha256);
  });
}

test('a file younger than the tick of its clock is not certain: it could change and look the same', async (t) => {
  const path = join(await temporaryFolder(), image.name);
  const note = join(path, '..', '.a.tar.checked');
  // On a busy machine both may happen to be further apart.
  do {
    await writeFile(path, bytes);
    await writeSeen(path, told);
  } while ((await stat(note)).mtimeMs - (await stat(path)).ctimeMs > 40);
  t.is(await readSeen(path), null);
  t.is((await checksumOfFile(path, false, signal)).sha256, image.sha256);
});

test('torn, foreign and missing notes only cost a reading', async (t) => {
  const path = await seenFile();
  const note = join(path, '..', '.a.tar.checked');
  const whole = await readFile(note, 'utf8');
  const lies = [
    whole.slice(0, 40),
    '',
    '[]',
    'null',
    JSON.stringify({ ...JSON.parse(whole), sha256: 7 }),
    JSON.stringify({ ...JSON.parse(whole), sha256: 'short' }),
    JSON.stringify({ ...JSON.parse(whole), state: 7 }),
  ];
  for (const text of lies) {
    await writeFile(note, text);
    t.is(await readSeen(path), null, text);
    t.is((await checksumOfFile(path, false, signal)).sha256, image.sha256);
  }
  t.is(await readSeen(join(path, '..', 'nothing')), null);
  await writeSeen(join(path, '..', 'nothing'), image, clock);
  t.deepEqual((await readdir(join(path, '..'))).sort(), ['.a.tar.checked', 'a.tar']);
});

test('a note never writes through a link', async (t) => {
  const path = await seenFile();
  const victim = join(await temporaryFolder(), 'victim');
  await writeFile(victim, 'untouched');
  await symlink(victim, join(path, '..', '.b.tar.checked'));
  await rename(path, join(path, '..', 'b.tar'));
  await writeSeen(join(path, '..', 'b.tar'), image, clock);
  t.is(await readFile(victim, 'utf8'), 'untouched');
  t.is((await readSeen(join(path, '..', 'b.tar')))?.sha256, image.sha256);
});

test('notes are no images', async (t) => {
  const path = await seenFile();
  t.deepEqual(await describeImages(join(path, '..'), [], 'public'), [image]);
});
