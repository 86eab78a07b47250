import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSet, parseSet } from '@tagflow/model';
import type { Store } from '@tagflow/store';
import test from 'ava';
import type { ImageDirectory } from '../src/effects.ts';
import { publishSet } from '../src/publish/publish.ts';
import {
  folderWorld,
  hashA,
  openFolder,
  type Sample,
  sampleFiles,
  setOfSamples,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const directory = `master/${hashA}`;

async function sourceOf(files?: readonly Sample[]): Promise<ImageDirectory> {
  return { store: openFolder(await writeSamples(await temporaryFolder(), files)), directory: '' };
}

/** A store that does something right before its first, second… read or write of set.json. */
function watched(store: Store, on: (what: 'read' | 'write', turn: number) => Promise<void>): Store {
  const turns = { read: 0, write: 0 };
  const tell = async (what: 'read' | 'write', path: string): Promise<void> => {
    if (path.endsWith('/set.json')) await on(what, (turns[what] += 1));
  };
  return {
    ...store,
    readText: async (path) => {
      await tell('read', path);
      return store.readText(path);
    },
    write: async (path, content) => {
      await tell('write', path);
      return store.write(path, content);
    },
  };
}

test('two runs that publish parts of one hash at once lose nothing of either', async (t) => {
  const [agent, overcloud] = sampleFiles as readonly [Sample, Sample];
  const third: Sample = { name: 'undercloud.tar', bytes: Buffer.alloc(10_000, 'under') };
  const publishPart = (store: Store, part: Sample, sources: readonly ImageDirectory[], effects = testEffects()) =>
    publishSet({ store, directory, visibility: 'public', sources, set: setOfSamples([part]) }, effects);
  const sources = [await sourceOf([agent, overcloud, third])];
  const imagesIn = async (root: string): Promise<readonly string[]> =>
    parseSet(await readFile(join(root, directory, 'set.json'), 'utf8'), 'set.json').images.map(({ name }) => name);
  const all = [agent.name, overcloud.name, third.name];

  // The other run publishes all of its own while our image travels: after our first look, before the second.
  const early = await folderWorld(t);
  await publishPart(early.store, agent, sources);
  const during = watched(early.store, async (what, turn) => {
    if (what === 'read' && turn === 2) await publishPart(early.store, third, sources);
  });
  await publishPart(during, overcloud, sources);
  t.deepEqual(await imagesIn(early.root), all);

  // The other one has read before our write, and writes after it.
  const late = await folderWorld(t);
  await publishPart(late.store, agent, sources);
  const path = join(late.root, directory, 'set.json');
  let waits = 0;
  const effects = testEffects();
  const sleep = async (): Promise<void> => {
    waits += 1;
    if (waits === 1) await writeFile(path, formatSet(setOfSamples([agent, third])));
  };
  const report = await publishPart(late.store, overcloud, sources, { ...effects, clock: { ...effects.clock, sleep } });
  t.deepEqual(await imagesIn(late.root), all);
  t.deepEqual(
    report.set.images.map(({ name }) => name),
    all,
  );
  t.is(waits, 2);

  // The other one contradicts us.
  const other = await folderWorld(t);
  await publishPart(other.store, agent, sources);
  const rebuilt = { ...overcloud, bytes: Buffer.alloc(9, 'rebuilt') };
  const against = watched(other.store, async (what, turn) => {
    if (what === 'read' && turn === 2) {
      await writeFile(join(other.root, directory, 'set.json'), formatSet(setOfSamples([agent, rebuilt])));
    }
  });
  await t.throwsAsync(publishPart(against, overcloud, sources), { code: 'published-differently' });
});

test('a set.json that never stays is said', async (t) => {
  const { root, store } = await folderWorld(t);
  const [agent, overcloud] = sampleFiles as readonly [Sample, Sample];
  const base = { directory, visibility: 'public', sources: [await sourceOf()] } as const;
  await publishSet({ ...base, store, set: setOfSamples([agent]) }, testEffects());
  let writes = 0;
  const forgetful: Store = {
    ...store,
    write: async (path, content) => {
      if (!path.endsWith('/set.json')) return store.write(path, content);
      writes += 1;
    },
  };
  const error = await t.throwsAsync(
    publishSet({ ...base, store: forgetful, set: setOfSamples([overcloud]) }, testEffects()),
    { code: 'not-taken' },
  );
  t.regex(error?.message ?? '', /set\.json was written 5 times/);
  t.is(writes, 5);
  t.is(parseSet(await readFile(join(root, directory, 'set.json'), 'utf8'), 'set.json').images.length, 1);
});
