import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '@tagflow/store';
import test, { type ExecutionContext } from 'ava';
import { publishSet } from '../src/publish/publish.ts';
import { verifySet } from '../src/verify.ts';
import {
  entryOf,
  folderWorld,
  hashA,
  openFolder,
  type Sample,
  sampleFiles,
  setOfSamples,
  sftpWorld,
  temporaryFolder,
  testEffects,
  type World,
  writeSamples,
} from './world.ts';

const directory = `master/${hashA}`;
const [agent, overcloud] = sampleFiles as readonly [Sample, Sample];
const other: Sample = { name: overcloud.name, bytes: Buffer.alloc(overcloud.bytes.length, 'other build') };

const worlds = {
  folder: (t: ExecutionContext): Promise<World> => folderWorld(t),
  sftp: (t: ExecutionContext): Promise<World> => sftpWorld(t, undefined, { commands: true }),
};

/** A source that is not read before `first` has resolved; it begins when the reader's part is open. */
async function late(first: () => Promise<unknown>, files: readonly Sample[]): Promise<Store> {
  const store = openFolder(await writeSamples(await temporaryFolder(), files));
  let begun: Promise<unknown> | null = null;
  return {
    ...store,
    // Not local, so that it is not read before anything is opened at the far end.
    local: false,
    readRange: async (path, range, sink) => {
      begun ??= first();
      await begun;
      return store.readRange(path, range, sink);
    },
  };
}

function publish(store: Store, files: readonly Sample[], source: Store, told: readonly Sample[] = files) {
  const sources = [{ store: source, directory: '' }];
  return publishSet({ store, directory, visibility: 'public', sources, set: setOfSamples(told) }, testEffects());
}

const sourceOf = async (files: readonly Sample[]): Promise<Store> =>
  openFolder(await writeSamples(await temporaryFolder(), files));

for (const [kind, open] of Object.entries(worlds)) {
  test(`${kind}: another build that came into the hash meanwhile is not overwritten`, async (t) => {
    const { root, store } = await open(t);
    await publish(store, [agent], await sourceOf([agent]));
    const theirs = await sourceOf([other]);
    const ours = await late(() => publish(store, [other], theirs), [overcloud]);
    await t.throwsAsync(publish(store, [overcloud], ours), { code: 'published-differently' });
    t.true(other.bytes.equals(await readFile(join(root, directory, other.name))));
    const set = setOfSamples([agent, other]);
    const problems = await verifySet(
      { store, directory },
      { set, visibility: 'public', proof: 'bytes' },
      testEffects(),
    );
    t.deepEqual(problems, []);
  });

  test(`${kind}: who comes second with the same bytes ends well, and leaves nothing of its own`, async (t) => {
    const { root, store } = await open(t);
    const theirs = await sourceOf([overcloud]);
    const ours = await late(() => publish(store, [overcloud], theirs), [overcloud]);
    await t.notThrowsAsync(publish(store, [overcloud], ours));
    t.deepEqual(await readdir(join(root, 'master')), [hashA]);
    t.deepEqual(
      (await readdir(join(root, directory))).filter((name) => name.startsWith('.')),
      [],
    );
  });

  test(`${kind}: who has a damaged source does not write into what another has checked and published`, async (t) => {
    const { root, store } = await open(t);
    const theirs = await sourceOf([overcloud]);
    const damaged = { name: overcloud.name, bytes: Buffer.from(overcloud.bytes).fill(0x7f, 400_000) };
    const ours = await late(() => publish(store, [overcloud], theirs), [damaged]);
    await publish(store, [damaged], ours, [overcloud]).catch(() => undefined);
    const published = await readFile(join(root, directory, overcloud.name));
    t.is(entryOf({ name: overcloud.name, bytes: published }).sha256, entryOf(overcloud).sha256);
  });
}
