import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createVirtualClock, promoteOne, recordBuild, startLabDlrn, startLabRegistry } from '../src/index.ts';
import { keepFiles } from '../src/keep-files.ts';

test('a DLRN goes back to its rows and its tree, twice', async (t) => {
  const dlrn = await startLabDlrn({ clock: createVirtualClock('2018-06-01T00:00:00Z'), mode: 'classic' });
  t.teardown(dlrn.close);
  const { state, username } = dlrn;
  const build = (commitHash: string) =>
    recordBuild(state, {
      ...{ project: state.projects[0]?.name ?? '', commitHash, distroHash: 'd'.repeat(40), extendedHash: null },
      ...{ component: null, status: 'SUCCESS', version: '1' },
    });
  const wish = { commitHash: 'a'.repeat(40), distroHash: 'd'.repeat(40), extendedHash: null };
  build('a'.repeat(40));
  promoteOne(state, { ...wish, label: 'tested' }, username);
  const facts = () => ({
    ...{ rows: state.promotions.length, commits: state.commits.length, link: state.tree.readLink('tested') },
    names: state.tree.find(''),
  });
  const before = facts();
  const back = dlrn.snapshot();
  for (const round of [1, 2]) {
    build('b'.repeat(40));
    promoteOne(state, { ...wish, commitHash: 'b'.repeat(40), label: 'tested' }, username);
    promoteOne(state, { ...wish, label: 'another' }, username);
    t.notDeepEqual(facts(), before);
    back();
    t.deepEqual(facts(), before, `round ${round}`);
  }
});

test('a registry goes back to its repositories', async (t) => {
  const registry = await startLabRegistry();
  t.teardown(registry.close);
  const image = { layers: [Buffer.from('layer')] };
  const digest = await registry.putImage('kept', ['one'], image);
  const facts = () => ({
    ...{ repositories: registry.repositories(), tags: registry.tags('kept') },
    holdings: registry.holdings('kept').map(({ size }) => size),
  });
  const before = facts();
  const back = registry.snapshot();
  for (const round of [1, 2]) {
    registry.moveTag('kept', 'two', digest);
    registry.moveTag('kept', 'one', null);
    await registry.putBlob('kept', Buffer.from(`blob ${round}`));
    await registry.putImage('new', ['one'], image);
    t.notDeepEqual(facts(), before);
    back();
    t.deepEqual(facts(), before, `round ${round}`);
  }
  t.is(registry.manifest('kept', 'one')?.digest, digest);
});

test('files and folders go back to what they were, and a folder is the same one', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tagflow-keep-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'images');
  mkdirSync(join(folder, 'a'), { recursive: true });
  writeFileSync(join(folder, 'a', 'file'), 'old');
  symlinkSync('a', join(folder, 'link'));
  const back = keepFiles(root, ['images', 'ledger', 'missing']);
  for (const round of [1, 2]) {
    rmSync(join(folder, 'link'));
    symlinkSync('b', join(folder, 'link'));
    writeFileSync(join(folder, 'a', 'file'), `new ${round}`);
    writeFileSync(join(folder, 'a', 'other'), '');
    writeFileSync(join(root, 'ledger'), 'new');
    back();
    t.deepEqual(
      readdirSync(root).filter((name) => !name.startsWith('kept-')),
      ['images'],
    );
    t.deepEqual(readdirSync(folder, { recursive: true }).toSorted(), ['a', 'a/file', 'link', 'link/file']);
    t.is(readlinkSync(join(folder, 'link')), 'a');
    t.is(readFileSync(join(folder, 'a', 'file'), 'utf8'), 'old');
  }
});

test('who watches a call may keep it from being done, or its answer back', async (t) => {
  const seen: string[] = [];
  let holds: 'before' | 'after' | null = null;
  const registry = await startLabRegistry({
    async watch(what, serve) {
      seen.push(what);
      if (holds === 'before') throw new Error('not at all');
      const answer = await serve();
      if (holds === 'after') throw new Error('no answer');
      return answer;
    },
  });
  t.teardown(registry.close);
  const start = () => fetch(`${registry.url}/v2/some/where/blobs/uploads/`, { method: 'POST' });
  holds = 'before';
  await t.throwsAsync(start);
  t.deepEqual(registry.repositories(), []);
  holds = 'after';
  await t.throwsAsync(start);
  t.deepEqual(registry.repositories(), ['some/where'], 'it was done, and nobody was told');
  holds = null;
  t.is((await start()).status, 202);
  t.deepEqual(new Set(seen), new Set(['POST upload some/where ']));
});
