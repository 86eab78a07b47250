import { mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Move, parseTargetLabel } from '@tagflow/model';
import type { Store } from '@tagflow/store';
import test from 'ava';
import { createImageDestination, type ImageDestinationOptions } from '../src/destination.ts';
import { createLayout } from '../src/layout.ts';
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
const templates = { pathTemplate: '{release}/{hash}', linkTemplates: ['{release}/{label}'], release: 'master' };
const link = 'master/current-tripleo';

function destinationOf(store: Store, options: Partial<ImageDestinationOptions> = {}) {
  return createImageDestination({
    name: 'images rdo',
    store,
    ...templates,
    visibility: 'public',
    effects: testEffects(),
    ...options,
  });
}

const move = (from: string | null, to: string): Move => ({
  destination: 'images rdo',
  kind: 'images',
  label,
  pointer: link,
  from,
  to,
});

function flipOptions(log: string[] = []) {
  return {
    signal: testEffects().signal,
    before: async ({ to }: Move) => void log.push(`before ${to}`),
    after: ({ to }: Move) => void log.push(`after ${to}`),
  };
}

for (const [kind, start] of Object.entries({ folder: folderWorld, sftp: sftpWorld })) {
  test(`${kind}: moves links, once, and only from where the plan saw them`, async (t) => {
    const { root, store } = await start(t);
    await mkdir(join(root, 'master', hashA), { recursive: true });
    await mkdir(join(root, 'master', hashB));
    const destination = destinationOf(store);
    t.deepEqual([...(await destination.observe([link]))], [[link, null]]);
    const log: string[] = [];
    await destination.flip([move(null, hashA)], flipOptions(log));
    await destination.flip([move(null, hashA)], flipOptions(log));
    t.deepEqual(log, [`before ${hashA}`, `after ${hashA}`, `after ${hashA}`]);
    t.is(await readlink(join(root, link)), hashA);
    await destination.flip([move(hashA, hashB)], flipOptions());
    t.deepEqual([...(await destination.observe([link]))], [[link, hashB]]);
    const stale = destination.flip([move(null, hashA)], flipOptions());
    await t.throwsAsync(stale, { code: 'moved-meanwhile', message: new RegExp(hashB) });
    t.is(await readlink(join(root, link)), hashB);
  });

  test(`${kind}: removes a link only while it says what is undone`, async (t) => {
    const { root, store } = await start(t);
    await mkdir(join(root, 'master', hashA), { recursive: true });
    const destination = destinationOf(store);
    await symlink(hashA, join(root, link));
    await t.throwsAsync(destination.unset([move(null, hashB)], flipOptions()), { code: 'moved-meanwhile' });
    const log: string[] = [];
    await destination.unset([move(null, hashA)], flipOptions(log));
    await destination.unset([move(null, hashA)], flipOptions(log));
    t.deepEqual(log, [`before ${hashA}`, `after ${hashA}`, `after ${hashA}`]);
    t.deepEqual([...(await destination.observe([link]))], [[link, null]]);
  });
}

test('reads absolute targets as the old promoter wrote them', async (t) => {
  const { root, store } = await folderWorld(t);
  await mkdir(join(root, 'master', hashA), { recursive: true });
  await mkdir(join(root, 'master', hashB));
  await symlink(join(root, 'master', hashA), join(root, link));
  const destination = destinationOf(store);
  t.deepEqual([...(await destination.observe([link]))], [[link, hashA]]);
  await destination.flip([move(hashA, hashB)], flipOptions());
  t.is(await readlink(join(root, link)), hashB);
});

test('writes nothing when it is not allowed to, links to nothing, and replaces no folder', async (t) => {
  const { root, store } = await folderWorld(t);
  const destination = destinationOf(store);
  await t.throwsAsync(destination.flip([move(null, hashA)], flipOptions()), { code: 'not-published' });
  await mkdir(join(root, 'master', hashA), { recursive: true });
  const refused = { ...flipOptions(), before: () => Promise.reject(new Error('lease lost')) };
  await t.throwsAsync(destination.flip([move(null, hashA)], refused), { message: 'lease lost' });
  t.is(await store.readLink(link), null);
  const elsewhere = { ...move(null, hashA), pointer: 'master/other' };
  await t.throwsAsync(destination.flip([elsewhere], flipOptions()), { code: 'bad-layout' });
  await mkdir(join(root, link));
  await t.throwsAsync(destination.observe([link]), { code: 'cannot-switch' });
  await t.throwsAsync(destination.flip([move(null, hashA)], flipOptions()), { code: 'cannot-switch' });
});

test('reads the link again after the lease was checked', async (t) => {
  const { root, store } = await folderWorld(t);
  await mkdir(join(root, 'master', hashA), { recursive: true });
  const late = { ...flipOptions(), before: () => store.link(link, 'somebody-else') };
  await t.throwsAsync(destinationOf(store).flip([move(null, hashA)], late), { code: 'moved-meanwhile' });
  t.is(await readlink(join(root, link)), 'somebody-else');
});

test('shows readers over HTTP no moment without the link', async (t) => {
  const { root, store } = await sftpWorld(t);
  for (const hash of [hashA, hashB]) {
    await mkdir(join(root, 'master', hash), { recursive: true });
    await writeFile(join(root, 'master', hash, 'a.md5'), hash);
  }
  await store.link(link, hashA);
  const { store: reader } = await httpWorld(t, root);
  const destination = destinationOf(store);
  const seen = new Map<string, number>();
  let flipping = true;
  const read = async (): Promise<void> => {
    while (flipping) {
      const text = (await reader.readText(`${link}/a.md5`)) ?? 'missing';
      seen.set(text, (seen.get(text) ?? 0) + 1);
    }
  };
  const readers = [read(), read(), read(), read()];
  for (let flip = 0; flip < 40; flip++) {
    const [from, to] = flip % 2 === 0 ? [hashA, hashB] : [hashB, hashA];
    await destination.flip([move(from, to)], flipOptions());
  }
  flipping = false;
  await Promise.all(readers);
  t.deepEqual([...seen.keys()].sort(), [hashA, hashB]);
});

test('stages from another store, verifies, and reads its set back', async (t) => {
  const { root, store } = await folderWorld(t);
  const web = await temporaryFolder();
  await writeSamples(join(web, 'rdo', 'master', hashA));
  const { store: source } = await httpWorld(t, web);
  const layout = createLayout({ ...templates, pathTemplate: 'rdo/{release}/{hash}' });
  const empty = { store: openFolder(await temporaryFolder()), layout };
  const destination = destinationOf(store, { sources: [empty, { store: source, layout }] });
  const set = setOfSamples();
  const { signal, progress } = testEffects();
  t.is(await destination.readSet(hashA), null);
  t.true((await destination.verify(set, { signal, progress })).length > 0);
  const report = await destination.stage(set, { signal, progress });
  t.is(report.bytesMoved, 790_004);
  t.deepEqual(await destination.stage(set, { signal, progress }), { bytesMoved: 0, bytesSaved: 790_004 });
  t.deepEqual(await destination.verify(set, { signal, progress }), []);
  t.deepEqual(await destination.readSet(hashA), set);
  await mkdir(join(root, 'master', hashB));
  await writeFile(join(root, 'master', hashB, 'set.json'), JSON.stringify(set));
  await t.throwsAsync(destination.readSet(hashB), { code: 'published-differently' });
});

test('knows its pointers and what a lease protects', async (t) => {
  const { store, server } = await sftpWorld(t);
  const destination = destinationOf(store, { linkTemplates: ['{release}/{label}', 'all/{label}'] });
  t.deepEqual(destination.desired(label, setOfSamples()), [
    { name: link, value: hashA },
    { name: 'all/current-tripleo', value: hashA },
  ]);
  const { host } = new URL(server.url);
  t.is(destination.leaseKey(label), `images:sftp://${host}:${link},all/current-tripleo`);
  t.is(destination.kind, 'images');
  t.true(destination.canUnset);
});
