import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FullHash } from '@tagflow/model';
import type { Store } from '@tagflow/store';
import test from 'ava';
import { fetchImages } from '../src/fetch/fetch-images.ts';
import { publishSet } from '../src/publish/publish.ts';
import {
  entryOf,
  folderWorld,
  hashA,
  hashB,
  openFolder,
  type Sample,
  setOfSamples,
  sftpWorld,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const name = 'overcloud-full.tar';
const shared = randomBytes(3_000_000);
const first: Sample = { name, bytes: Buffer.concat([shared, randomBytes(10)]) };
const second: Sample = { name, bytes: Buffer.concat([randomBytes(60_000), shared]) };
const directoryOf = (hash: FullHash): string => `master/${hash}`;

async function publish(store: Store, hash: FullHash, file: Sample, effects = testEffects()) {
  const sources = [{ store: openFolder(await writeSamples(await temporaryFolder(), [file])), directory: '' }];
  const set = { ...setOfSamples([file]), fullHash: hash };
  return publishSet({ store, directory: directoryOf(hash), set, visibility: 'public', sources }, effects);
}

test('fetch: an older image in the cache that was cut off costs a copy, and stops nothing', async (t) => {
  const { root, store } = await folderWorld(t);
  await publish(store, hashA, first);
  await publish(store, hashB, second);
  const [into, cache] = [await temporaryFolder(), await temporaryFolder()];
  const fetchOne = (hash: FullHash, file: Sample) =>
    fetchImages(
      { source: { store: openFolder(root), directory: directoryOf(hash) }, images: [entryOf(file)], into, cache },
      testEffects(),
    );
  await fetchOne(hashA, first);
  await truncate(join(cache, name, `0.0.0-sha256-${entryOf(first).sha256}`, 'noarch', name), 2_000_000);
  await t.notThrowsAsync(fetchOne(hashB, second));
  t.true(second.bytes.equals(await readFile(join(into, name))));
});

for (const kind of ['folder', 'sftp'] as const) {
  test(`${kind}: a hash that is pruned while its successor takes from it costs a copy, and stops nothing`, async (t) => {
    const world = kind === 'folder' ? await folderWorld(t) : await sftpWorld(t, undefined, { commands: true });
    await publish(world.store, hashA, first);
    const pruned: Store = {
      ...world.store,
      openPart: async (path) => {
        const part = await world.store.openPart(path);
        if (path.includes(hashB)) await rm(join(world.root, directoryOf(hashA)), { recursive: true, force: true });
        return part;
      },
    };
    await t.notThrowsAsync(publish(pruned, hashB, second));
    t.true(second.bytes.equals(await readFile(join(world.root, directoryOf(hashB), name))));
  });
}

test('sftp: a server that lists no folders gets whole images', async (t) => {
  const world = await sftpWorld(
    t,
    ({ operation, path }) =>
      ['opendir', 'readdir'].includes(operation) || path === 'readdir' ? 'Permission denied' : undefined,
    { commands: true },
  );
  await t.notThrowsAsync(publish(world.store, hashB, second));
});

test('an index that is a folder is as good as none', async (t) => {
  const { root, store } = await folderWorld(t);
  await publish(store, hashA, first);
  const index = join(root, directoryOf(hashA), `${name}.cidx`);
  await rm(index);
  await mkdir(index);
  await t.notThrowsAsync(publish(store, hashB, second));
});

/** A connection that is cut each time so many bytes came. */
test('sftp: a whole copy after a base that was damaged goes on after each cut, as any other', async (t) => {
  let sessions = 0;
  let cuts = 0;
  let armed = false;
  const world = await sftpWorld(
    t,
    () => {
      if (!armed || world.server.sessions() === sessions || cuts > 12) return undefined;
      sessions = world.server.sessions();
      cuts += 1;
      world.server.cutAfter(1_300_000);
      return undefined;
    },
    { commands: true },
  );
  await publish(world.store, hashA, first);
  const old = join(world.root, directoryOf(hashA), name);
  const bytes = await readFile(old);
  await writeFile(old, bytes.fill(7, 1_000_000, 1_100_000));
  armed = true;
  const before = world.server.traffic().received;
  const ended = await publish(world.store, hashB, second).catch((error: unknown) => error);
  t.false(ended instanceof Error, String(ended));
  const received = world.server.traffic().received - before;
  t.true(received < 2 * second.bytes.length, `${received} bytes for an image of ${second.bytes.length}`);
});
