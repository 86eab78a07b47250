import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '@tagflow/store';
import test from 'ava';
import { formatChunkIndex, startChunkIndex } from '../src/chunks/chunk-index.ts';
import { indexFile } from '../src/chunks/index-file.ts';
import { publishSet } from '../src/publish/publish.ts';
import { readIndex } from '../src/transfer/index-beside.ts';
import {
  entryOf,
  folderWorld,
  hashA,
  openFolder,
  type Sample,
  setOfSamples,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const file: Sample = { name: 'overcloud-full.tar', bytes: randomBytes(1_000_000) };
const directory = `master/${hashA}`;

test('an index that a killed run did not get to is made up for by the next run', async (t) => {
  const { root, store } = await folderWorld(t);
  const sources = [{ store: openFolder(await writeSamples(await temporaryFolder(), [file])), directory: '' }];
  const killed: Store = {
    ...store,
    write: async (path, content) => {
      if (path.endsWith('.cidx')) throw new Error('killed');
      return store.write(path, content);
    },
  };
  const options = { directory, visibility: 'public', sources, set: setOfSamples([file]) } as const;
  await t.throwsAsync(publishSet({ ...options, store: killed }, testEffects()), { message: 'killed' });
  await publishSet({ ...options, store }, testEffects());
  // Without it every later hash moves as a whole, and every fetch of this one.
  await t.notThrowsAsync(readFile(join(root, directory, `${file.name}.cidx`)));
});

test('an index that was found to be wrong is not published', async (t) => {
  const { root, store } = await folderWorld(t);
  const folder = await writeSamples(await temporaryFolder(), [file]);
  const lie = startChunkIndex();
  lie.zeros(file.bytes.length);
  await writeFile(join(folder, `${file.name}.cidx`), formatChunkIndex(lie.finish(entryOf(file).sha256)));
  const sources = [{ store: openFolder(folder), directory: '' }];
  const effects = testEffects();
  await publishSet({ store, directory, visibility: 'public', sources, set: setOfSamples([file]) }, effects);
  const path = join(root, directory, file.name);
  t.true(file.bytes.equals(await readFile(path)));
  const published = await readFile(`${path}.cidx`).catch(() => null);
  if (published !== null) t.true(published.equals((await indexFile(path)).index.bytes));
  else t.pass();
});

test('how much of an index is read has a bound that no listing can raise', async (t) => {
  const { store } = await folderWorld(t);
  let asked = 0;
  const watched: Store = {
    ...store,
    readBytes: (path, options) => {
      asked = options.maxBytes;
      return store.readBytes(path, options);
    },
  };
  const image = { name: file.name, size: Number.MAX_SAFE_INTEGER, sha256: null };
  t.is(await readIndex({ store: watched, directory }, image, testEffects()), null);
  t.true(asked < 1024 ** 3, `${asked} bytes`);
});
