import { mkdir, readdir, readFile, readlink, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTargetLabel } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { createLayout } from '../src/layout.ts';
import { mirrorSet } from '../src/mirror.ts';
import { applyPrune, planPrune } from '../src/prune.ts';
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

const day = 24 * 60 * 60 * 1000;
const hashOf = (digit: string): string => `${digit.repeat(40)}_${digit.repeat(8)}`;

async function oldTree(t: ExecutionContext) {
  const { root, store } = await folderWorld(t);
  const old = new Date(Date.now() - 30 * day);
  const makeOld = async (name: string): Promise<void> => {
    await mkdir(join(root, 'master', name), { recursive: true });
    await writeSamples(join(root, 'master', name));
    await utimes(join(root, 'master', name), old, old);
  };
  for (const name of [
    hashOf('1'),
    hashOf('2'),
    hashOf('3'),
    hashOf('4'),
    `.${hashOf('5')}.0123abcd.partial`,
    'keep-me',
  ]) {
    await makeOld(name);
  }
  await mkdir(join(root, 'master', hashOf('6')));
  await mkdir(join(root, 'links'));
  await symlink(hashOf('1'), join(root, 'master', 'current-tripleo'));
  await symlink(`/srv/images/master/${hashOf('2')}`, join(root, 'links', 'other'));
  const options = { store, folder: 'master', linkFolders: ['links'], olderThanMs: 10 * day, keep: [hashOf('3')] };
  return { root, store, options };
}

test('prunes what is old, named after a hash, and linked by nobody', async (t) => {
  const { root, options } = await oldTree(t);
  const plan = await planPrune(options, testEffects());
  t.deepEqual([...plan.remove].sort(), [`master/.${hashOf('5')}.0123abcd.partial`, `master/${hashOf('4')}`]);
  t.deepEqual(
    plan.kept.map(({ directory, why }) => `${directory.slice(7, 8)} ${why}`),
    ['1 linked by master/current-tripleo', '2 linked by links/other', '3 named by the caller', '6 too young'],
  );
  t.is((await readdir(join(root, 'master'))).length, 8, 'a plan removes nothing');
  t.deepEqual(await applyPrune(plan, options, testEffects()), plan.remove);
  const left = ['1', '2', '3', '6'].map(hashOf);
  t.deepEqual((await readdir(join(root, 'master'))).sort(), [...left, 'current-tripleo', 'keep-me'].sort());
});

test('keeps what was linked after the plan, up to the last moment', async (t) => {
  const { root, store, options } = await oldTree(t);
  const plan = await planPrune({ ...options, keep: [] }, testEffects());
  t.true(plan.remove.includes(`master/${hashOf('3')}`));
  await symlink(hashOf('3'), join(root, 'master', 'linked-early'));
  const rename = async (from: string, to: string): Promise<void> => {
    if (from.endsWith(hashOf('4'))) await store.link('links/linked-late', hashOf('4'));
    await store.rename(from, to);
  };
  const removed = await applyPrune(plan, { ...options, store: { ...store, rename } }, testEffects());
  t.deepEqual(removed, [`master/.${hashOf('5')}.0123abcd.partial`]);
  t.deepEqual((await readdir(join(root, 'master', hashOf('4')))).length, 2, 'put back whole');
});

test('refuses to prune what it cannot see the links of', async (t) => {
  const { root, options } = await oldTree(t);
  const { store } = await httpWorld(t, root);
  await t.throwsAsync(planPrune({ ...options, store }, testEffects()), { message: /shows no links/ });
  await t.throwsAsync(planPrune({ ...options, olderThanMs: 0 }, testEffects()), { message: /above zero/ });
});
