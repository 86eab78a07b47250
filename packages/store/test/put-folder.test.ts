import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type ByteTransform, putFolder, type Store } from '../src/index.ts';
import { startSftp } from './sftp-world.ts';
import { folderStore, sftpStore, temporaryFolder } from './world.ts';

const { signal } = new AbortController();
const run = 'job-1';

async function logs(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Upper case, and a word for the end: to see that every byte went through it, in order. */
function loud(): ByteTransform {
  return {
    push: (bytes) => Buffer.from(Buffer.from(bytes).toString('latin1').toUpperCase(), 'latin1'),
    end: () => Buffer.from('.'),
  };
}

for (const [kind, open] of Object.entries({ folder: folderStore, sftp: sftpStore })) {
  test(`${kind}: a folder is copied, each file through a transform of its own, and again by the same run only`, async (t) => {
    const { root, store } = await open(t);
    const local = await logs({ 'job.log': 'line\n'.repeat(300_000), 'results/a b%.xml': '<a/>', 'deep/er/empty': '' });
    const done = await putFolder(store, local, 'hash/job/1', { run, transform: loud, signal });
    t.deepEqual(done, { files: 3, bytes: 1_500_007, leftOut: [] });
    const target = join(root, 'hash/job/1');
    t.is(await readFile(join(target, 'job.log'), 'utf8'), `${'LINE\n'.repeat(300_000)}.`);
    t.is(await readFile(join(target, 'results/a b%.xml'), 'utf8'), '<A/>.');
    t.is(await readFile(join(target, 'deep/er/empty'), 'utf8'), '.');
    t.deepEqual((await readdir(target, { recursive: true })).toSorted(), [
      ...['.run', 'deep', 'deep/er', 'deep/er/empty', 'job.log', 'results', 'results/a b%.xml'],
    ]);

    await writeFile(join(local, 'job.log'), 'more');
    t.is((await putFolder(store, local, 'hash/job/1', { run, signal })).files, 3);
    t.is(await readFile(join(target, 'job.log'), 'utf8'), 'more');
    await t.throwsAsync(putFolder(store, local, 'hash/job/1', { run: 'job-2', signal }), {
      code: 'exists',
      message: /hash\/job\/1 is there already, and not of run job-2$/,
    });
    await mkdir(join(root, 'other'));
    await writeFile(join(root, 'other/file'), 'of somebody');
    await t.throwsAsync(putFolder(store, local, 'other', { run, signal }), { code: 'exists' });
    t.deepEqual(await readdir(join(root, 'other')), ['file']);
  });
}

test('links are not followed, pipes are not waited for, and what cannot be copied is told', async (t) => {
  const { root, store } = await folderStore(t);
  const local = await logs({ 'a.log': 'a', 'b\nc': 'x', '.run': 'x' });
  await symlink('/etc/passwd', join(local, 'passwd'));
  await symlink('/etc', join(local, 'etc'));
  execFileSync('mkfifo', [join(local, 'pipe')]);
  const { files, leftOut } = await putFolder(store, local, 'logs', { run, signal });
  t.is(files, 1);
  t.deepEqual(leftOut, [
    String.raw`"b\nc": its name has characters that no store takes`,
    '.run: the name is kept for the run',
    'etc: it is a link',
    'passwd: it is a link',
    'pipe: it is no file',
  ]);
  t.deepEqual((await readdir(join(root, 'logs'))).toSorted(), ['.run', 'a.log']);
});

test('of a log that is too long the middle is left out, after the transform', async (t) => {
  const { root, store } = await folderStore(t);
  const local = await logs({ 'a.log': 'first\n', 'b.log': '', 'c.log': 'x'.repeat(4096) });
  await truncate(join(local, 'b.log'), 40_000_000);
  await writeFile(join(local, 'b.log'), 'begin', { flag: 'r+' });
  await writeFile(join(local, 'b.log'), 'the end', { flag: 'a' });
  const done = await putFolder(store, local, 'logs', { run, maxFileBytes: 4096, transform: loud, signal });
  t.deepEqual(done.leftOut, [
    'b.log: 39995912 bytes of its middle, because it is so long',
    'c.log: 1 bytes of its middle, because it is so long',
  ]);
  const cut = await readFile(join(root, 'logs/b.log'), 'latin1');
  t.true(cut.length < 4200, String(cut.length));
  t.regex(cut, /^BEGIN\0+\n\[39995912 bytes are left out here\]\n\0+THE END\.$/);
  t.is(await readFile(join(root, 'logs/a.log'), 'utf8'), 'FIRST\n.');

  const few = await putFolder(store, local, 'few', { run, maxFiles: 1, signal });
  t.deepEqual([few.files, few.leftOut.length], [1, 2]);
  t.deepEqual(
    (await putFolder(store, local, 'small', { run, maxBytes: 1, maxFileBytes: 4096, signal })).leftOut.length > 0,
    true,
  );
});

test('a full disk at the other side is told in words, leaves no half file there, and all of the logs here', async (t) => {
  const { root, server, store } = await startSftp(t, { capacity: 100_000 });
  const local = await logs({ 'a.log': 'a', 'b.log': 'x'.repeat(300_000) });
  const error = await t.throwsAsync(putFolder(store, local, 'logs', { run, signal }), {
    code: 'failed',
    message: /b\.log.*the server could not write: .*\(no space left\?\)/,
  });
  t.regex(String(error && 'next' in error ? error.next : ''), /free space/);
  t.deepEqual((await readdir(join(root, 'logs'))).toSorted(), ['.run', 'a.log']);
  t.deepEqual((await readdir(local)).toSorted(), ['a.log', 'b.log']);
  t.true(server.requests().length > 0);
});

test('after a failure nobody writes any more, and a stop stops', async (t) => {
  const { store } = await folderStore(t);
  const local = await logs(Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${n}.log`, 'x'])));
  let opened = 0;
  const failing: Store = {
    ...store,
    openPart: (path) => {
      opened += 1;
      return path.includes('.0.log') ? Promise.reject(new Error('no')) : store.openPart(path);
    },
  };
  await t.throwsAsync(putFolder(failing, local, 'logs', { run, signal }), { message: 'no' });
  t.true(opened < 50, String(opened));
  const stopped = AbortSignal.abort(new Error('stop'));
  await t.throwsAsync(putFolder(store, local, 'stopped', { run, signal: stopped }), { message: 'stop' });
  await t.throwsAsync(putFolder(store, join(local, 'none'), 'none', { run, signal }), { code: 'not-found' });
});
