import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { newOwnerId } from '../src/cache/owner.ts';
import { arrive } from '../src/unpack/arrive.ts';
import { letFilesAge } from './cache-world.ts';
import { archiveWorld, filesOf, images, name, tarOf, visibleIn } from './unpack-world.ts';

const plain = tarOf(...images);
const files = filesOf(images);
const names = images.map((image) => image.name);

function start(t: ExecutionContext, ...args: readonly string[]) {
  const program = fileURLToPath(new URL('unpack-job.ts', import.meta.url));
  const child = spawn(execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

for (const [stopAt, staged] of [
  ['1', []],
  ['3', names.slice(0, 2)],
] as const) {
  test(`killed before file ${stopAt}: nothing is visible, and the next run does it all and cleans up`, async (t) => {
    const { archive, into, unpack } = await archiveWorld(gzipSync(plain));
    const child = start(t, archive, into, stopAt);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    t.deepEqual(await visibleIn(into), [name]);
    const left = (await readdir(into)).find((entry) => entry.startsWith(`.${name}.unpacked.`));
    t.deepEqual(await readdir(join(into, left!)), [...staged].sort());

    t.deepEqual(await unpack(), files);
    t.deepEqual(await visibleIn(into), [...names, name].sort());
    t.deepEqual(
      (await readdir(into)).filter((entry) => entry.includes('unpacked')),
      [`.${name}.unpacked`],
    );
  });
}

test('a living job is left alone, whatever it has made so far', async (t) => {
  const { into, unpack } = await archiveWorld(plain);
  const living = join(into, `.other.tar.unpacked.${newOwnerId()}`);
  await mkdir(living);
  await unpack();
  await t.notThrowsAsync(readdir(living));
});

test('killed while a successor arrives: never old files beside new ones, and the next run ends it', async (t) => {
  const { archive, into, unpack, effects } = await archiveWorld(plain);
  await unpack();
  const next = images.map((image) => ({ ...image, bytes: Buffer.from(`new ${image.name}`) }));
  await writeFile(archive, tarOf(...next));
  // The first file is there to be renamed and the second is not: as far as a job comes that is killed in between.
  const staged = join(into, '.staged');
  await mkdir(staged);
  await writeFile(join(staged, names[0]!), next[0]!.bytes);
  const note = { archive: '0'.repeat(64), files: filesOf(next) };
  const arrival = { name, note, before: { archive: '', files }, staged, others: new Map() };
  await t.throwsAsync(arrive(into, arrival, effects.clock), { code: 'ENOENT' });
  t.deepEqual(await visibleIn(into), [name, names[0]!].sort());
  t.deepEqual(await readFile(join(into, names[0]!)), next[0]!.bytes);

  t.deepEqual(await unpack(), filesOf(next));
  for (const { name: file, bytes } of next) t.deepEqual(await readFile(join(into, file)), bytes);
});

test('done before: neither the archive nor the files are read', async (t) => {
  const large = tarOf({ name: 'large.qcow2', bytes: Buffer.alloc(32 * 1024 * 1024, 'large') });
  const { archive, into } = await archiveWorld(large);
  await letFilesAge();
  const read: number[] = [];
  for (const _run of [1, 2]) {
    const said = JSON.parse(await text(start(t, archive, into).stdout)) as { readonly read: number };
    read.push(said.read);
  }
  t.true(read[0]! > large.length, 'the first run reads it all');
  t.true(read[1]! < 1024 * 1024, `the second one reads notes, and what Node itself needs: ${read[1]}`);
});
