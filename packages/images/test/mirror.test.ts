import { mkdir, readdir, readFile, readlink, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSet, parseTargetLabel } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { createLayout } from '../src/layout.ts';
import { mirrorSet } from '../src/mirror.ts';
import { publishSet } from '../src/publish/publish.ts';
import { resolveLabel } from '../src/read-set.ts';
import {
  entryOf,
  folderWorld,
  hashA,
  hashB,
  httpWorld,
  openFolder,
  type Sample,
  sampleFiles,
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

const samples = setOfSamples();
const names = samples.images.map(({ name }) => name);

/** A web server as RDO's: files and `.md5` under a hash, and nothing else. */
async function rdoTree(t: ExecutionContext, fault?: Parameters<typeof httpWorld>[2]) {
  const root = await temporaryFolder();
  const directory = join(root, 'master', hashA);
  await writeSamples(directory);
  for (const { name, md5 } of samples.images) await writeFile(join(directory, `${name}.md5`), `${md5}  ${name}\n`);
  return { root, directory, ...(await httpWorld(t, root, fault)) };
}

const rdoOptions = { hash: hashA, label, release: 'master', names, visibility: 'public' } as const;

test('mirrors a tree that has nothing but .md5 files, and makes a set of it', async (t) => {
  const { store: web, directory, server } = await rdoTree(t);
  for (const start of [folderWorld, sftpWorld]) {
    const { root, store } = await start(t);
    const options = {
      ...rdoOptions,
      from: { store: web, layout },
      to: { store, layout, visibility: 'public' },
    } as const;
    t.deepEqual((await mirrorSet(options, testEffects())).set, samples);
    t.deepEqual(parseSet(await readFile(join(root, 'master', hashA, 'set.json'), 'utf8'), 'set.json'), samples);
    for (const name of names) t.true((await stat(join(root, 'master', hashA, `${name}.cidx`))).isFile());
    t.is(await readlink(join(root, 'master/current-tripleo')), hashA);
    const before = server.bytesSent();
    t.like(await mirrorSet(options, testEffects()), { bytesMoved: 0, changed: false });
    t.true(server.bytesSent() - before < 1000);
  }
  await writeFile(join(directory, `${names[0] ?? ''}.md5`), `${'0'.repeat(32)}  x\n`);
  const { root, store } = await folderWorld(t);
  const options = { ...rdoOptions, from: { store: web, layout }, to: { store, layout, visibility: 'public' } } as const;
  await t.throwsAsync(mirrorSet(options, testEffects()), { code: 'checksum-mismatch' });
  t.deepEqual(
    (await readdir(join(root, 'master'))).filter((name) => !name.startsWith('.')),
    [],
  );
  await t.throwsAsync(mirrorSet({ ...options, names: [] }, testEffects()), { code: 'not-published' });
});

test('answers that break off are joined, and what has arrived is not sent again, though nobody knew its sha256', async (t) => {
  const { store: web } = await rdoTree(t, ({ path, range }) =>
    path.endsWith('.tar') && range !== null ? { cutAfterBytes: 60_000 } : undefined,
  );
  const { root, store, server } = await sftpWorld(t, undefined, { commands: true });
  const big = sampleFiles[1] as Sample;
  const to = { store, layout, visibility: 'public' } as const;
  const options = { ...rdoOptions, names: [big.name], from: { store: web, layout }, to };
  server.cutAfter(500_000);
  const effects = testEffects();
  t.deepEqual((await mirrorSet(options, effects)).set.images, [entryOf(big)]);
  t.true(
    effects.said.some((line) => line.includes('going on with')),
    effects.said.join('\n'),
  );
  const { received } = server.traffic();
  t.true(received < big.bytes.length + 100_000, `${received} bytes arrived`);
  t.true(big.bytes.equals(await readFile(join(root, 'master', hashA, big.name))));
});

test('a flat tree switches as a whole, or says that it cannot before a byte moves', async (t) => {
  const { store: web } = await rdoTree(t);
  const { root, store } = await sftpWorld(t);
  const flat = createLayout({
    pathTemplate: 'builds-{release}/{hash}',
    linkTemplates: ['builds-{release}/{label}'],
    release: 'master',
  });
  const options = {
    ...rdoOptions,
    from: { store: web, layout },
    to: { store, layout: flat, visibility: 'public' },
  } as const;
  const folder = join(root, 'builds-master/current-tripleo');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'overcloud-full.tar'), 'of RH1');
  await t.throwsAsync(mirrorSet(options, testEffects()), { code: 'cannot-switch', message: /in one step/ });
  t.deepEqual(await readdir(join(root, 'builds-master')), ['current-tripleo']);
  await rename(folder, `${folder}.before`);
  await symlink('current-tripleo.before', folder);
  t.like(await mirrorSet(options, testEffects()), { changed: true, previous: null });
  for (const file of sampleFiles) t.true(file.bytes.equals(await readFile(join(folder, file.name))));
});
