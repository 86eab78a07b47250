import { randomBytes } from 'node:crypto';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FullHash } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { fetchImages } from '../src/fetch/fetch-images.ts';
import { publishSet } from '../src/publish/publish.ts';
import { verifySet } from '../src/verify.ts';
import {
  entryOf,
  folderWorld,
  hashA,
  hashB,
  httpWorld,
  openFolder,
  type Sample,
  setOfSamples,
  sftpWorld,
  temporaryFolder,
  testEffects,
  type World,
  writeSamples,
} from './world.ts';

// The second is the first with some bytes put in and some others changed: all after them is shifted. It has a hole.
const name = 'overcloud-full.tar';
const head = randomBytes(1_000_000);
// A zero that chance puts beside the hole would belong to it, and the hole be longer than is said here.
const beside = Buffer.from([1]);
const tail = Buffer.concat([beside, randomBytes(1_999_999)]);
const hole = Buffer.alloc(3_000_000);
const first: Sample = { name, bytes: Buffer.concat([head, randomBytes(9), beside, hole, tail]) };
const second: Sample = { name, bytes: Buffer.concat([head, randomBytes(50_006), beside, hole, tail]) };
const noHole = first.bytes.length - hole.length;
/** A change costs the chunks that it touches, not much more. */
const muchLess = 700_000;

const directoryOf = (hash: FullHash): string => `master/${hash}`;
const setOf = (hash: FullHash, file: Sample) => ({ ...setOfSamples([file]), fullHash: hash });

async function publish({ store }: Pick<World, 'store'>, hash: FullHash, file: Sample, effects = testEffects()) {
  const sources = [{ store: openFolder(await writeSamples(await temporaryFolder(), [file])), directory: '' }];
  const set = setOf(hash, file);
  return publishSet({ store, directory: directoryOf(hash), set, visibility: 'public', sources }, effects);
}

async function assertPublished(t: ExecutionContext, { root, store }: World, hash: FullHash, file: Sample) {
  t.true(file.bytes.equals(await readFile(join(root, directoryOf(hash), name))));
  const place = { store, directory: directoryOf(hash) };
  t.deepEqual(
    await verifySet(place, { set: setOf(hash, file), visibility: 'public', proof: 'bytes' }, testEffects()),
    [],
  );
}

test('sftp: what a published hash has is copied by the server, and the digest is computed there', async (t) => {
  const world = await sftpWorld(t, undefined, { commands: true });
  t.is((await publish(world, hashA, first)).bytesMoved, noHole);
  const before = world.server.traffic();
  const report = await publish(world, hashB, second);
  t.true(report.bytesMoved < muchLess, `${report.bytesMoved} bytes moved`);
  t.is(report.bytesMoved + report.bytesSaved, second.bytes.length);
  await assertPublished(t, world, hashB, second);
  const { received, sent } = world.server.traffic();
  // Images, indexes, sums and the set: nothing was read back.
  t.true(received - before.received < muchLess + 20_000);
  t.true(sent - before.sent < 20_000, `${sent - before.sent} bytes were read`);
  t.true(world.server.requests().some(({ operation }) => operation === 'copy-data'));
});

test('sftp: holes are not sent, and take no room there', async (t) => {
  const world = await sftpWorld(t, undefined, { commands: true });
  await publish(world, hashA, first);
  const facts = await stat(join(world.root, directoryOf(hashA), name));
  t.is(facts.size, first.bytes.length);
  t.true(facts.blocks * 512 < noHole + 200_000, `${facts.blocks} blocks`);
});

test('sftp: a server that runs no command is read back', async (t) => {
  const world = await sftpWorld(t);
  await publish(world, hashA, first);
  const { sent } = world.server.traffic();
  // But not its hole: nobody wrote there.
  t.true(sent >= noHole && sent < noHole + 20_000, `${sent} bytes were read`);
  await assertPublished(t, world, hashA, first);
});

test('sftp: a server that cannot copy gets whole images', async (t) => {
  const world = await sftpWorld(t, undefined, { commands: true, extensions: ['posix-rename@openssh.com'] });
  await publish(world, hashA, first);
  t.is((await publish(world, hashB, second)).bytesMoved, second.bytes.length - hole.length);
  await assertPublished(t, world, hashB, second);
});

test('a folder: a successor takes from its neighbour', async (t) => {
  const world = await folderWorld(t);
  await publish(world, hashA, first);
  t.true((await publish(world, hashB, second)).bytesMoved < muchLess);
  await assertPublished(t, world, hashB, second);
});

test('damage in a published image is not handed on: the successor is sent whole', async (t) => {
  for (const world of [await folderWorld(t), await sftpWorld(t, undefined, { commands: true })]) {
    await publish(world, hashA, first);
    const old = join(world.root, directoryOf(hashA), name);
    const bytes = await readFile(old);
    bytes.fill(7, bytes.length - 1_000_000, bytes.length - 900_000);
    await writeFile(old, bytes);
    const effects = testEffects();
    const report = await publish(world, hashB, second, effects);
    t.true(report.bytesMoved > second.bytes.length - hole.length);
    t.true(effects.said.some((line) => line.includes('does not belong to it; it is copied whole')));
    await assertPublished(t, world, hashB, second);
  }
});

for (const [what, index] of Object.entries({
  'a web page': Buffer.from('<html></html>'),
  'cut off': 'half',
  'too long to be one': Buffer.alloc(20_000_000),
} as const)) {
  test(`an index that is ${what} is as good as none`, async (t) => {
    const world = await folderWorld(t);
    await publish(world, hashA, first);
    const file = join(world.root, directoryOf(hashA), `${name}.cidx`);
    await writeFile(file, index === 'half' ? (await readFile(file)).subarray(0, 500) : index);
    t.is((await publish(world, hashB, second)).bytesMoved, second.bytes.length - hole.length);
    await assertPublished(t, world, hashB, second);
  });
}

async function startFetching(t: ExecutionContext, fault?: Parameters<typeof httpWorld>[2]) {
  const world = await folderWorld(t);
  await publish(world, hashA, first);
  await publish(world, hashB, second);
  const { store, server } = await httpWorld(t, world.root, fault);
  const fetchOne = (hash: FullHash, file: Sample, into: string, cache?: string, effects = testEffects()) =>
    fetchImages(
      {
        ...{ source: { store, directory: directoryOf(hash) }, images: [entryOf(file)], into },
        ...(cache === undefined ? {} : { cache }),
      },
      effects,
    );
  return { world, server, fetchOne };
}

test('fetch: a successor takes from the cache what an older image has', async (t) => {
  const { server, fetchOne } = await startFetching(t);
  const [into, cache] = [await temporaryFolder(), await temporaryFolder()];
  t.is((await fetchOne(hashA, first, into, cache)).bytesMoved, noHole);
  const before = server.bytesSent();
  const report = await fetchOne(hashB, second, into, cache);
  t.true(report.bytesMoved < muchLess, `${report.bytesMoved} bytes moved`);
  t.true(server.bytesSent() - before < muchLess + 20_000);
  t.true(second.bytes.equals(await readFile(join(into, name))));
  const facts = await stat(join(into, name));
  t.true(facts.blocks * 512 < second.bytes.length - hole.length + 200_000, `${facts.blocks} blocks`);
});

test('fetch: without a cache it takes from the file that it replaces, unless that was changed', async (t) => {
  const { fetchOne } = await startFetching(t);
  const into = await temporaryFolder();
  await fetchOne(hashA, first, into);
  t.true((await fetchOne(hashB, second, into)).bytesMoved < muchLess);
  t.true(second.bytes.equals(await readFile(join(into, name))));
  const changed = Buffer.from(second.bytes);
  changed.fill(1, 0, 100);
  await writeFile(join(into, name), changed);
  t.is((await fetchOne(hashA, first, into)).bytesMoved, noHole);
  t.true(first.bytes.equals(await readFile(join(into, name))));
});

test('fetch: a base that rots unnoticed costs a copy, never a wrong file', async (t) => {
  const { fetchOne } = await startFetching(t);
  const [into, cache] = [await temporaryFolder(), await temporaryFolder()];
  await fetchOne(hashA, first, into, cache);
  const kept = join(cache, name, `0.0.0-sha256-${entryOf(first).sha256}`, 'noarch', name);
  const { atime, mtime } = await stat(kept);
  const rotten = Buffer.from(first.bytes);
  rotten.fill(9, rotten.length - 500_000);
  await writeFile(kept, rotten);
  await utimes(kept, atime, mtime);
  const effects = testEffects();
  await fetchOne(hashB, second, into, cache, effects);
  t.true(second.bytes.equals(await readFile(join(into, name))));
  t.true(effects.said.some((line) => line.includes('copied whole')));
});

test('fetch: a server without ranges sends all of it', async (t) => {
  const { fetchOne } = await startFetching(t, () => ({ ignoreRange: true }));
  const into = await temporaryFolder();
  t.is((await fetchOne(hashA, first, into)).bytesMoved, first.bytes.length);
  t.true(first.bytes.equals(await readFile(join(into, name))));
});

test('fetch: a file that is replaced meanwhile is never joined with the other one', async (t) => {
  const large: Sample = { name, bytes: randomBytes(24_000_000) };
  const world = await folderWorld(t);
  await publish(world, hashA, large);
  let parts = 0;
  const path = join(world.root, directoryOf(hashA), name);
  let replaced = Promise.resolve();
  const { store } = await httpWorld(t, world.root, ({ method, path: asked, range }) => {
    if (method === 'GET' && asked.endsWith(name) && range !== null && ++parts === 3) {
      replaced = writeFile(path, randomBytes(24_000_000));
    }
    return undefined;
  });
  const source = { store, directory: directoryOf(hashA) };
  const into = await temporaryFolder();
  await t.throwsAsync(fetchImages({ source, images: [entryOf(large)], into }, testEffects()), {
    code: 'changed',
  });
  await replaced;
  await t.throwsAsync(stat(join(into, name)));
});
