import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { createTempFolder } from '../../src/archive/temp-folder.ts';

test('a temporary folder is made when it is needed, gives each path once, and is gone for good', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'tagflow-parent-'));
  t.teardown(() => rm(parent, { recursive: true }));
  const temp = createTempFolder(parent);
  t.deepEqual(await readdir(parent), []);
  const paths = await Promise.all([temp.newFile('tar'), temp.newFile('tar'), temp.newFile('gz')]);
  t.is(new Set(paths).size, 3);
  for (const path of paths) await writeFile(path, 'bytes', { flag: 'wx' });
  t.is((await stat(dirname(paths[0] ?? ''))).mode & 0o777, 0o700);
  await temp.remove();
  t.deepEqual(await readdir(parent), []);
  await t.throwsAsync(temp.newFile('tar'), { message: /was removed/ });
  await temp.remove();
  await createTempFolder(parent).remove();
  t.deepEqual(await readdir(parent), []);
});
