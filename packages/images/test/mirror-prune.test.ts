import { mkdir, readFile, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTargetLabel } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { createLayout } from '../src/layout.ts';
import { mirrorSet } from '../src/mirror.ts';
import { publishSet } from '../src/publish.ts';
import { resolveLabel } from '../src/read-set.ts';
import {
  folderWorld,
  hashA,
  hashB,
  httpWorld,
  openFolder,
  setOfSamples,
  sftpWorld,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const label = parseTargetLabel('current-tripleo');
const layout = createLayout({
  pathTemplate: '{release}/{hash}',
  linkTemplates: ['{release}/{label}'],
  release: 'master',
});

async function publishedTree(t: ExecutionContext) {
  const { root, store } = await folderWorld(t);
  const files = { store: openFolder(await writeSamples(await temporaryFolder())), directory: '' };
  await publishSet(
    { store, directory: layout.directory(hashA), set: setOfSamples(), visibility: 'public', sources: [files] },
    testEffects(),
  );
  await store.link('master/current-tripleo', hashA);
  return { root, store };
}

test('mirrors a hash from a web server, its link last, and once', async (t) => {
  const tree = await publishedTree(t);
  const { store: web } = await httpWorld(t, tree.root);
  const { root, store, server } = await sftpWorld(t);
  const hash = await resolveLabel(web, layout, label);
  t.is(hash, hashA);
  t.is(await resolveLabel(tree.store, layout, label), hashA);
  t.is(await resolveLabel(store, layout, label), null);
  await mkdir(join(root, 'master'));
  await symlink(`/old/place/${hashB}`, join(root, 'master/current-tripleo'));
  const options = {
    from: { store: web, layout },
    to: { store, layout, visibility: 'public' },
    hash: hashA,
    label,
    release: 'master',
    names: [],
    visibility: 'public',
  } as const;
  const report = await mirrorSet(options, testEffects());
  t.like(report, { bytesMoved: 790_004, previous: hashB, changed: true });
  t.is(await readlink(join(root, 'master/current-tripleo')), hashA);
  const set = await readFile(join(root, 'master/current-tripleo/set.json'), 'utf8');
  t.is(set, await readFile(join(tree.root, 'master', hashA, 'set.json'), 'utf8'));
  const writing = server.requests().map(({ operation }) => operation);
  t.true(writing.lastIndexOf('symlink') > writing.lastIndexOf('write'));
  t.like(await mirrorSet(options, testEffects()), { bytesMoved: 0, bytesSaved: 790_004, changed: false });
  await t.throwsAsync(mirrorSet({ ...options, hash: hashB }, testEffects()), { code: 'not-published' });
});
