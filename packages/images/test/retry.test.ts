import { randomBytes } from 'node:crypto';
import { StoreError } from '@tagflow/store';
import type { Store } from '@tagflow/store';
import test from 'ava';
import { publishSet } from '../src/publish/publish.ts';
import {
  folderWorld,
  hashA,
  openFolder,
  type Sample,
  setOfSamples,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

test('what the destination cannot do is not taken for a source without ranges', async (t) => {
  const file: Sample = { name: 'overcloud-full.tar', bytes: randomBytes(5_000_000) };
  const { store } = await folderWorld(t);
  const cannot: Store = {
    ...store,
    openPart: async (path) => {
      const part = await store.openPart(path);
      return {
        ...part,
        finish: () => Promise.reject(new StoreError('not-supported', `${path}: Operation unsupported`)),
      };
    },
  };
  const sources = [{ store: openFolder(await writeSamples(await temporaryFolder(), [file])), directory: '' }];
  const effects = testEffects();
  const set = setOfSamples([file]);
  await t.throwsAsync(
    publishSet({ store: cannot, directory: `master/${hashA}`, visibility: 'public', sources, set }, effects),
    { code: 'not-supported' },
  );
  t.deepEqual(
    effects.said.filter((line) => line.includes('travels as a whole')),
    [],
  );
});
