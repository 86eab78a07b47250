import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { parseFullHash } from '@tagflow/model';
import { buildImages } from '../src/jobs/build-images.ts';
import { makeQcow2 } from '../src/jobs/qcow2.ts';
import { randomStream } from '../src/random.ts';

const dataOf = (size: number) => randomStream('seed', size);

/** The bytes of the disk, found by its tables as a reader does. */
function readDisk(image: Buffer): Buffer {
  const cluster = 2 ** image.readUInt32BE(20);
  const size = Number(image.readBigUInt64BE(24));
  const l1At = Number(image.readBigUInt64BE(40));
  const placeOf = (at: number): number => Number(image.readBigUInt64BE(at) & 0x00fffffffffffe00n);
  const perTable = cluster / 8;
  const parts = Array.from({ length: size / cluster }, (_, index) => {
    const l2At = placeOf(l1At + Math.floor(index / perTable) * 8);
    const at = placeOf(l2At + (index % perTable) * 8);
    return image.subarray(at, at + cluster);
  });
  return Buffer.concat(parts);
}

for (const size of [4096, 5000, 40_000, 1_000_000, 5_000_001]) {
  test(`a qcow2 of ${size} bytes: a reader finds its data, and each cluster is counted once`, async (t) => {
    const image = await buffer(makeQcow2(size, dataOf));
    t.is(image.length, size);
    const disk = readDisk(image);
    t.true(disk.length >= size / 4, 'most of it is data, where it is not tiny');
    t.true(disk.equals(await buffer(dataOf(disk.length))));
    const cluster = 2 ** image.readUInt32BE(20);
    const blockAt = Number(image.readBigUInt64BE(Number(image.readBigUInt64BE(48))));
    const used = [...image.subarray(blockAt, blockAt + cluster)].reduce((sum, byte) => sum + byte, 0);
    t.true(used <= Math.floor(size / cluster));
    t.true(used * cluster >= disk.length + 4 * cluster, 'header, refcounts, two tables, data');
  });
}

test('what is too small for a qcow2 is refused', async (t) => {
  await t.throwsAsync(buffer(makeQcow2(4095, dataOf)), { message: /4095 bytes has no room/ });
});

test('a builder leaves evidence of the hash, and says what it started from', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-lab-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const fullHash = parseFullHash('a'.repeat(32));
  const [repoFile, baseImage, outDir] = [join(folder, 'given.repo'), join(folder, 'base.tar'), join(folder, 'out')];
  await writeFile(repoFile, '[delorean]\n');
  await writeFile(baseImage, 'base');
  const lines: string[] = [];
  const options = { fullHash, outDir, files: ['a.tar'], sizeBytes: 4096, signal: new AbortController().signal };
  await buildImages({ ...options, repoFile, baseImage, write: (line) => lines.push(line) });
  t.deepEqual((await readdir(outDir)).sort(), ['a.tar', 'a.tar.md5', 'delorean.repo', 'full-hash']);
  t.is(await readFile(join(outDir, 'full-hash'), 'utf8'), `${fullHash}\n`);
  t.is(await readFile(join(outDir, 'delorean.repo'), 'utf8'), '[delorean]\n');
  t.is(lines[0], `on base.tar sha256 ${createHash('sha256').update('base').digest('hex')}`);
});
