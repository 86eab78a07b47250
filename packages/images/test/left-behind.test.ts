import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactSet, parseDigest } from '@tagflow/model';
import type { Store } from '@tagflow/store';
import test from 'ava';
import { newOwnerId } from '../src/cache/owner.ts';
import { isTemporary } from '../src/prune/prune-names.ts';
import { publishSet } from '../src/publish/publish.ts';
import {
  folderWorld,
  hashA,
  openFolder,
  setOfSamples,
  sftpWorld,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const directory = `master/${hashA}`;
const sourcesOf = async () => [{ store: openFolder(await writeSamples(await temporaryFolder())), directory: '' }];

for (const suffix of ['.md5', '.cidx', 'set.json']) {
  test(`sftp: a run that was cut off while it wrote ${suffix} leaves nothing in the directory that is published`, async (t) => {
    let [isWriting, cut] = [false, false];
    const world = await sftpWorld(
      t,
      ({ operation, path }) => {
        if (operation === 'open' && path.includes(`${suffix}.`) && path.endsWith('.part')) isWriting = true;
        if (cut || !isWriting || operation !== 'write') return undefined;
        cut = true;
        world.server.cutConnections();
        return 'Failure';
      },
      { commands: true },
    );
    const options = { store: world.store, directory, visibility: 'public', set: setOfSamples() } as const;
    const sources = await sourcesOf();
    await publishSet({ ...options, sources }, testEffects());
    t.true(cut);
    const hidden = (await readdir(join(world.root, directory))).filter((name) => name.startsWith('.'));
    t.deepEqual(hidden, []);
  });
}

test('what a killed run meant to publish and nobody has seen binds nobody', async (t) => {
  const { store } = await folderWorld(t);
  const withContainer = (digit: string): ArtifactSet => ({
    ...setOfSamples(),
    containers: [{ name: 'nova-api', digest: parseDigest(`sha256:${digit.repeat(64)}`) }],
  });
  const killed: Store = {
    ...store,
    rename: async (from, to) => {
      if (to === directory) throw new Error('killed');
      return store.rename(from, to);
    },
  };
  const options = { directory, visibility: 'public', sources: await sourcesOf() } as const;
  await t.throwsAsync(publishSet({ ...options, store: killed, set: withContainer('1') }, testEffects()), {
    message: 'killed',
  });
  // The containers were built once more meanwhile; the images are the same.
  await t.notThrowsAsync(publishSet({ ...options, store, set: withContainer('2') }, testEffects()));
});

const temporary: readonly (readonly [string, boolean])[] = [
  [`.overcloud-full.tar.0123456789ab.${newOwnerId()}.part`, true],
  ['.overcloud-full.tar.0123456789ab.left.part', true],
  ['.overcloud-full.tar.md5.0123456789ab.part', true],
  ['.notes.part', false],
  ['overcloud-full.tar.0123456789ab.part', false],
  ['.overcloud-full.tar', false],
];
for (const [name, is] of temporary) {
  test(`prune ${is ? 'knows' : 'leaves alone'}: ${name.replace(/\.[0-9a-f]{12}-.*\.part/, '.OWNER.part')}`, (t) => {
    t.is(isTemporary({ name, kind: 'file', size: 1, modified: 0 }), is);
  });
}
