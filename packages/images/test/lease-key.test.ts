import { parseLabel } from '@tagflow/model';
import test from 'ava';
import { createImageDestination } from '../src/destination.ts';
import { createLayout } from '../src/layout.ts';
import { imagesLeaseKey } from '../src/links/lease-key.ts';
import { sftpWorld, testEffects } from './world.ts';

const current = parseLabel('current-tripleo');

test('a prune and a promotion lease the same key, whoever logs in', async (t) => {
  const { store, server } = await sftpWorld(t);
  const options = { pathTemplate: '{release}/{hash}', linkTemplates: ['{release}/{label}'], release: 'master' };
  const destination = createImageDestination({
    ...{ ...options, name: 'images', store, visibility: 'public', effects: testEffects() },
  });
  const key = imagesLeaseKey(store.url, createLayout(options), current);
  t.is(key, destination.leaseKey(current));
  t.is(key, `images:${server.url.replace('lab@', '')}:master/current-tripleo`);
});
