import { link, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildImages } from '@tagflow/lab';
import { parseFullHash } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { describeImages } from '../src/publish/describe.ts';
import { checkImageForms, checkLeftFiles } from '../src/publish/left-files.ts';
import { qcow2Problem } from '../src/publish/qcow2-header.ts';
import { writeSumFiles } from '../src/publish/write-sum-files.ts';

async function temporary(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-left-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

/** A tar with one qcow2 in it, as the lab builds it; the qcow2 has 8192 bytes and begins at byte 512. */
async function built(t: ExecutionContext): Promise<{ readonly folder: string; readonly tar: Buffer }> {
  const folder = await temporary(t);
  const options = { fullHash: parseFullHash('a'.repeat(32)), outDir: folder, files: ['a.tar'], sizeBytes: 8192 };
  await buildImages({ ...options, signal: new AbortController().signal, write: () => undefined });
  return { folder, tar: await readFile(join(folder, 'a.tar')) };
}

const changed = (bytes: Buffer, at: number, values: readonly number[]): Buffer => {
  const copy = Buffer.from(bytes);
  copy.set(values, at);
  return copy;
};

test('headers of qcow2: what is one, and why another is none', async (t) => {
  const { tar } = await built(t);
  const image = tar.subarray(512, 512 + 8192);
  const problemOf = (bytes: Buffer, size = bytes.length) =>
    qcow2Problem(async (position, length) => bytes.subarray(position, position + length), size);
  t.is(await problemOf(image), null);
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [Buffer.from('QFI\xfb', 'latin1'), /^is no qcow2/],
    [Buffer.alloc(8192), /^is no qcow2/],
    [changed(image, 4, [0, 0, 0, 1]), /of version 1, and not of 2 or 3/],
    [changed(image, 20, [0, 0, 0, 40]), /clusters have 2\^40 bytes/],
    [changed(image, 40, [1]), /cut short: its L1 table ends at byte \d+ of 8192/],
    [image.subarray(0, 600), /cut short: its refcount table ends|cut short: its L1 table ends/],
    [changed(image, 24, [0, 0, 0, 0, 0, 0, 0, 0]), /whose disk has no bytes/],
    [changed(image, 8, [0, 0, 0, 0, 0, 0, 1, 0]), /needs another file \(its backing file\)/],
  ];
  for (const [bytes, words] of cases) t.regex((await problemOf(bytes)) ?? 'none', words);
});

test('forms of images: a tar is whole, and the qcow2 in it is one', async (t) => {
  const { folder, tar } = await built(t);
  const check = async (name: string, bytes: Buffer | string): Promise<string> => {
    await writeFile(join(folder, name), bytes);
    return checkImageForms(folder, [name]).then(
      () => 'fine',
      (error: unknown) => (error as Error).message,
    );
  };
  t.is(await check('whole.tar', tar), 'fine');
  t.is(await check('packed.tar', gzipSync(tar)), 'fine');
  t.is(await check('kernel', 'anything'), 'fine');
  t.is(await check('image.qcow2', tar.subarray(512, 512 + 8192)), 'fine');
  t.regex(await check('page.qcow2', '<html>'), /page\.qcow2 is no qcow2/);
  t.regex(await check('text.tar', 'x'.repeat(2000)), /text\.tar is no tar archive/);
  t.regex(await check('cut.tar', tar.subarray(0, 4096)), /cut\.tar was cut short: it ends in "a\.qcow2"/);
  t.regex(await check('endless.tar', tar.subarray(0, -1024)), /endless\.tar is cut short/);
  t.regex(await check('zeros.tar', Buffer.alloc(10_240)), /zeros\.tar is a tar without files/);
  t.regex(await check('bad.tar', changed(tar, 512, [0])), /bad\.tar holds "a\.qcow2", which is no qcow2/);
});

test('files that were left: there, not empty, in the folder, and of now', async (t) => {
  const folder = await temporary(t);
  await writeFile(join(folder, 'good'), 'x');
  await writeFile(join(folder, 'empty'), '');
  await mkdir(join(folder, 'folder'));
  await symlink('good', join(folder, 'inner'));
  await symlink('/etc/hostname', join(folder, 'outer'));
  await link(join(folder, 'good'), join(folder, 'hard'));
  await t.notThrowsAsync(checkLeftFiles(folder, ['good', 'inner', 'hard']));
  const error = await t.throwsAsync(checkLeftFiles(folder, ['none', 'empty', 'folder', 'outer']));
  t.regex(
    error.message,
    /none is missing, empty is empty, folder is no file, outer is a link that leads out of the folder/,
  );
  // Copying tools set the time of a change back; when its bytes came here is another time.
  await utimes(join(folder, 'good'), 0, 0);
  await t.notThrowsAsync(checkLeftFiles(folder, ['good'], { notBefore: 1 }));
  await t.throwsAsync(checkLeftFiles(folder, ['good'], { notBefore: 9e15 }), { message: /good was there before/ });
});

test('evidence is no image, and checksums are written in their usual form, over links too', async (t) => {
  const { folder } = await built(t);
  const other = join(folder, 'other');
  await writeFile(other, 'not to be written');
  await rm(join(folder, 'a.tar.md5'));
  await writeFile(join(folder, 'delorean.repo'), '[delorean]\n');
  const images = await describeImages(folder, ['a.tar'], 'public');
  await symlink(other, join(folder, 'a.tar.md5'));
  await writeSumFiles(folder, images);
  t.is(await readFile(join(folder, 'a.tar.md5'), 'utf8'), `${images[0]?.md5 ?? ''}  a.tar\n`);
  t.is(await readFile(join(folder, 'a.tar.sha256'), 'utf8'), `${images[0]?.sha256 ?? ''}  a.tar\n`);
  t.is(await readFile(other, 'utf8'), 'not to be written');
  await rm(other);
  t.deepEqual(
    (await describeImages(folder, [], 'public')).map(({ name }) => name),
    ['a.tar'],
  );
});
