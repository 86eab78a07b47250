import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError, type Store } from '@tagflow/store';
import test from 'ava';
import { applyPrune } from '../src/prune/prune-apply.ts';
import { planPrune } from '../src/prune/prune.ts';
import { age, day, hashOf, makeBuild, makeLink, optionsOf, standing, told, tree } from './prune-world.ts';
import { folderWorld, httpWorld, openFolder, sftpWorld } from './world.ts';

const [one, two, three, four, five] = ['1', '2', '3', '4', '5'].map(hashOf) as [string, string, string, string, string];

for (const kind of ['folder', 'sftp'] as const) {
  test(`takes what is old, named after a hash, and needed by nobody: ${kind}`, async (t) => {
    const { root, store } = await (kind === 'folder' ? folderWorld(t) : sftpWorld(t));
    for (const digit of ['1', '2', '3', '4', '5', '6']) await makeBuild(root, `master/${hashOf(digit)}`, 30);
    await makeBuild(root, `master/${hashOf('7')}`, 5);
    await makeBuild(root, `master/${hashOf('8')}`, -5);
    for (const name of ['keep-me', `${one}.bak`, one.slice(0, 40), `x${one}`, '.hidden', '.trash-mine', '.a.partial']) {
      await makeBuild(root, `master/${name}`, 99);
    }
    await makeBuild(root, `master/.${hashOf('9')}.0123abcd.partial`, 30);
    await makeLink(root, 'master/current-tripleo', one);
    await makeLink(root, 'links/other', `/srv/images/master/${two}/`);
    const needed = new Map([[three, 'an unfinished promotion']]);
    const options = optionsOf(store, { linkFolders: ['links'], needed });
    const before = await tree(root);
    const plan = await planPrune(options, standing());
    t.deepEqual(told(plan.remove), [
      `.9.0123abcd.partial: an interrupted upload`,
      '4: old, and nothing links to it',
      '5: old, and nothing links to it',
      '6: old, and nothing links to it',
    ]);
    t.deepEqual(told(plan.kept), [
      '1: linked by master/current-tripleo',
      '2: linked by links/other',
      '3: an unfinished promotion',
      '7: too young',
      '8: its time lies in the future',
    ]);
    t.like(plan.remove[0], { ageMs: 30 * day, bytes: 8 });
    t.deepEqual(await tree(root), before, 'a plan changes nothing');
    const report = await applyPrune(plan, options, standing());
    t.deepEqual(report, { removed: plan.remove, restored: [], kept: plan.kept, freedBytes: 32 });
    const gone = [`.${hashOf('9')}.0123abcd.partial`, four, five, hashOf('6')];
    t.deepEqual(
      await tree(root),
      before.filter((line) => !gone.some((name) => line.startsWith(`master/${name}/`))),
    );
    t.deepEqual((await planPrune(options, standing())).remove, []);
  });
}

const chains: readonly (readonly [what: string, links: readonly (readonly [path: string, target: string])[]])[] = [
  ['a link', [['master/current', two]]],
  ['an absolute link of another view', [['master/current', `/var/www/html/${two}`]]],
  [
    'a link to a link',
    [
      ['master/current', 'stable'],
      ['elsewhere/x', 'y'],
      ['master/stable', two],
    ],
  ],
  [
    'a link through a folder that is not listed',
    [
      ['master/current', '../hidden/a'],
      ['hidden/a', `../master/${two}`],
    ],
  ],
  [
    'a chain out of sight',
    [
      ['master/current', '../a/b'],
      ['a/b', 'c/d/e'],
      ['a/c', '../x'],
      ['x/d/e', `../../master/${two}`],
    ],
  ],
  [
    'a link into the directory',
    [
      ['master/current', `../master/./${two}/stable`],
      [`master/${two}/stable`, '.'],
    ],
  ],
  [
    'a link through the link inside',
    [
      ['master/current', 'latest/stable'],
      ['master/latest', two],
      [`master/${two}/stable`, '.'],
    ],
  ],
  ['a link to a file of it', [['links/agent.tar', `../master/${two}/set.json`]]],
  [
    'an absolute link to a label that is listed',
    [
      ['links/current', '/var/www/html/master/current'],
      ['master/current', two],
    ],
  ],
  ['a link above the root and back', [['master/current', `../../images/master/${two}`]]],
];

for (const [what, links] of chains) {
  test(`keeps what is reached by ${what}`, async (t) => {
    const { root, store } = await folderWorld(t);
    for (const hash of [one, two, three]) await makeBuild(root, `master/${hash}`, 30);
    await makeLink(root, 'links/base', `../master/${one}`);
    for (const [path, target] of links) await makeLink(root, path, target);
    await age(root, `master/${two}`, 30);
    const options = optionsOf(store, { linkFolders: ['links', 'master'] });
    t.deepEqual(
      (await planPrune(options, standing())).remove.map(({ path }) => path),
      [`master/${three}`],
    );
  });
}

test('an absolute link to a place in the store is followed there', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two]) await makeBuild(root, `master/${hash}`, 30);
  await makeLink(root, 'hidden/a', `../master/${one}`);
  await makeLink(root, 'master/current', join(root, 'hidden/a'));
  const plan = await planPrune(optionsOf(store), standing());
  t.deepEqual(told(plan.kept), ['1: linked by master/current']);
});

const unclear = ['/srv/other/current', '../../../elsewhere/current', '../../x\\y', '/gone/away', 'a\nb/../../../..'];
for (const target of unclear) {
  test(`removes nothing while nobody can tell where ${JSON.stringify(target)} leads`, async (t) => {
    const { root, store } = await folderWorld(t);
    for (const hash of [one, two]) await makeBuild(root, `master/${hash}`, 30);
    await makeLink(root, 'master/current', one);
    await makeLink(root, 'master/odd', target);
    const error = await t.throwsAsync(planPrune(optionsOf(store), standing()), { message: /master\/odd leads out/ });
    t.like(error, { code: 'unclear-links', outcome: 'failed' });
  });
}

test('links that loop, or lead to what is no hash, keep nothing', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two]) await makeBuild(root, `master/${hash}`, 30);
  const links = { current: one, a: 'b', b: 'a', self: 'self', here: '.', dangling: 'nothing', up: '..', docs: 'keep' };
  for (const [name, target] of Object.entries(links)) await makeLink(root, `master/${name}`, target);
  t.deepEqual(told((await planPrune(optionsOf(store), standing())).remove), ['2: old, and nothing links to it']);
});

test('a store in which nothing is linked is more likely a wrong layout', async (t) => {
  const { root, store } = await folderWorld(t);
  await makeBuild(root, `master/${one}`, 30);
  await makeLink(root, 'master/elsewhere', '.');
  const error = await t.throwsAsync(planPrune(optionsOf(store, { needed: new Map([[two, 'x']]) }), standing()), {
    message: /no link leads to any of the 1 hashes in .*master; links were looked for in .*master$/,
  });
  t.like(error, { code: 'unclear-links' });
  t.is((await planPrune(optionsOf(store, { unlinked: true, linkFolders: ['x'] }), standing())).remove.length, 1);
  await age(root, `master/${one}`, 1);
  t.deepEqual((await planPrune(optionsOf(store), standing())).remove, [], 'nothing old: nothing to refuse');
});

test('keeps the newest, whatever their age', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const [index, hash] of [one, two, three, four].entries()) await makeBuild(root, `master/${hash}`, 40 - index);
  await makeLink(root, 'master/current', four);
  const plan = await planPrune(optionsOf(store, { keepLatest: 2 }), standing());
  t.deepEqual(told(plan.kept), ['3: among the newest 2', '4: linked by master/current']);
  t.deepEqual(
    plan.remove.map(({ path }) => path),
    [`master/${one}`, `master/${two}`],
    'oldest first',
  );
});

test('what is being written is young: by its files, and not by its folder', async (t) => {
  const { root, store } = await folderWorld(t);
  const partial = `.${five}.0123abcd.partial`;
  for (const name of [one, two, partial]) await makeBuild(root, `master/${name}`, 30);
  await makeLink(root, 'master/current', one);
  for (const name of [two, partial]) await age(root, `master/${name}/overcloud-full.tar`, 0.1);
  const plan = await planPrune(optionsOf(store), standing());
  t.deepEqual(plan.remove, []);
  t.deepEqual(told(plan.kept), [`.5.0123abcd.partial: too young`, '1: linked by master/current', '2: too young']);
});

test('temporary files of dead runs go, those of living ones stay', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two]) await makeBuild(root, `master/${hash}`, 30);
  await makeLink(root, 'links/current', `../master/${one}`);
  const files = {
    [`master/${one}/.agent.tar.0123456789ab.part`]: 30,
    [`master/${one}/.agent.tar.0123456789ac.part`]: 1,
    [`master/${one}/.mine.part`]: 30,
    'links/.x.0123456789ab.part': 30,
    'links/.notes': 30,
  };
  for (const [path, days] of Object.entries(files)) {
    await writeFile(join(root, path), 'part');
    await age(root, path, days);
  }
  await makeLink(root, 'links/.current.0123456789ab.link', `../master/${two}`);
  await age(root, `master/${two}`, 30);
  const options = optionsOf(store, { linkFolders: ['links'] });
  t.deepEqual(told((await planPrune(options, standing())).kept), [
    '1: linked by links/current',
    '2: linked by links/.current.0123456789ab.link',
  ]);
  const report = await applyPrune(await planPrune(options, standing()), options, standing());
  t.deepEqual(told(report.removed), [
    '1/.agent.tar.0123456789ab.part: a temporary file of an interrupted run',
    'links/.x.0123456789ab.part: a temporary file of an interrupted run',
  ]);
  const later = { ...standing(), clock: { now: () => Date.now() + 11 * day, sleep: () => Promise.resolve() } };
  const plan = await planPrune({ ...options, olderThanMs: 10 * day }, later);
  t.true(
    plan.remove.some(({ path }) => path === 'links/.current.0123456789ab.link'),
    'a dead link keeps nothing',
  );
  await applyPrune(plan, options, later);
  t.deepEqual(await readdir(join(root, 'links')), ['.notes', 'current']);
});

test('a link that is made after the plan is seen, up to the last moment', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two, three, four]) await makeBuild(root, `master/${hash}`, 30);
  await makeLink(root, 'master/current', one);
  const plan = await planPrune(optionsOf(store), standing());
  await makeLink(root, 'master/early', two);
  const rename = async (from: string, to: string): Promise<void> => {
    if (from.endsWith(`/${three}`)) await makeLink(root, 'master/late', three);
    await store.rename(from, to);
  };
  const report = await applyPrune(plan, optionsOf({ ...store, rename }), standing());
  t.deepEqual(told(report.removed), ['4: old, and nothing links to it']);
  t.deepEqual(told(report.kept), [
    '1: linked by master/current',
    '2: linked by master/early by now',
    '3: linked by master/late at the last moment',
  ]);
  t.deepEqual(await readdir(join(root, 'master', three)), ['overcloud-full.tar', 'set.json']);
});

test('what is written to after the plan stays', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two]) await makeBuild(root, `master/${hash}`, 30);
  await makeLink(root, 'master/current', one);
  const plan = await planPrune(optionsOf(store), standing());
  await age(root, `master/${two}/set.json`, 0);
  const report = await applyPrune(plan, optionsOf(store), standing());
  t.deepEqual([report.removed, told(report.kept)[1]], [[], '2: it was written to meanwhile (too young)']);
});

test('says it when a directory cannot be put back because it was published again', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two]) await makeBuild(root, `master/${hash}`, 30);
  await makeLink(root, 'master/current', one);
  const rename = async (from: string, to: string): Promise<void> => {
    await store.rename(from, to);
    if (!from.endsWith(`/${two}`)) return;
    await makeBuild(root, `master/${two}`, 0);
    await makeLink(root, 'master/new', two);
  };
  const faulty = optionsOf({ ...store, rename });
  const report = await applyPrune(await planPrune(faulty, standing()), faulty, standing());
  t.regex(told(report.kept)[1] ?? '', /^2: another master\/.* was published meanwhile; .*trash/);
  const next = await applyPrune(await planPrune(optionsOf(store), standing()), optionsOf(store), standing());
  t.deepEqual(told(next.removed), ['.trash-2: an interrupted prune had taken it away']);
  t.deepEqual((await readdir(join(root, 'master'))).sort(), [one, two, 'current', 'new'].sort());
});

test('finishes or takes back what an interrupted prune left', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const name of [one, `.trash-${two}`, `.trash-${three}`, `.gone-${four}`, `.trash-.${five}.0123abcd.partial`]) {
    await makeBuild(root, `master/${name}`, 30);
  }
  await makeLink(root, 'master/current', one);
  await makeLink(root, 'master/late', three);
  const plan = await planPrune(optionsOf(store), standing());
  t.deepEqual(told(plan.restore), ['3: linked by master/late, and was taken away']);
  const report = await applyPrune(plan, optionsOf(store), standing());
  t.deepEqual([report.restored.length, report.removed.length], [1, 3]);
  t.deepEqual((await readdir(join(root, 'master'))).sort(), [one, three, 'current', 'late'].sort());
});

test('a directory that lost a file never comes back, whatever is linked to it later', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two]) await makeBuild(root, `master/${hash}`, 30);
  await makeLink(root, 'master/current', one);
  const removeTree = async (path: string): Promise<void> => {
    if ((await store.stat(path)) === null) return;
    await store.remove(`${path}/set.json`);
    throw new Error('killed');
  };
  const plan = await planPrune(optionsOf(store), standing());
  await t.throwsAsync(applyPrune(plan, optionsOf({ ...store, removeTree }), standing()), { message: 'killed' });
  await makeLink(root, 'master/late', two);
  const next = await applyPrune(await planPrune(optionsOf(store), standing()), optionsOf(store), standing());
  t.deepEqual([next.restored, told(next.removed)], [[], ['.gone-2: an interrupted prune had taken it away']]);
  t.deepEqual((await readdir(join(root, 'master'))).sort(), [one, 'current', 'late'].sort());
});

const refusing = (store: Store, what: 'list' | 'readLink', which: string): Store => ({
  ...store,
  [what]: async (path: string) => {
    if (path.endsWith(which)) throw new StoreError('denied', `${path}: permission denied`);
    return store[what](path);
  },
});

test('a folder or link that cannot be read is no sign that nothing is linked', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two]) await makeBuild(root, `master/${hash}`, 30);
  await makeLink(root, 'master/current', one);
  await mkdir(join(root, 'links'));
  const options = optionsOf(store, { linkFolders: ['links'] });
  const faults = [
    refusing(store, 'list', 'links'),
    refusing(store, 'list', 'master'),
    refusing(store, 'readLink', 'current'),
  ];
  for (const faulty of faults) {
    await t.throwsAsync(planPrune({ ...options, store: faulty }, standing()), { code: 'denied' });
  }
  await t.throwsAsync(planPrune({ ...options, linkFolders: ['missing'] }, standing()), { code: 'unclear-links' });
  await t.throwsAsync(planPrune({ ...options, folder: 'missing' }, standing()), { code: 'unclear-links' });
  const plan = await planPrune({ ...options, store: refusing(store, 'list', two) }, standing());
  t.deepEqual(told(plan.kept), ['1: linked by master/current', '2: nobody knows how old it is']);
});

test('links that cannot be read once the directory is out of sight put it back', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two]) await makeBuild(root, `master/${hash}`, 30);
  await makeLink(root, 'master/current', one);
  const before = await tree(root);
  let taken = false;
  const faulty: Store = {
    ...store,
    rename: async (from, to) => {
      await store.rename(from, to);
      taken = true;
    },
    list: async (path) => {
      if (taken) throw new StoreError('unreachable', 'cut off');
      return store.list(path);
    },
  };
  const plan = await planPrune(optionsOf(store), standing());
  await t.throwsAsync(applyPrune(plan, optionsOf(faulty), standing()), { code: 'unreachable' });
  t.deepEqual(await tree(root), before);
});

test('an empty folder is nothing to do', async (t) => {
  const { root, store } = await folderWorld(t);
  await mkdir(join(root, 'master'));
  t.deepEqual(await planPrune(optionsOf(store), standing()), { remove: [], restore: [], kept: [] });
});

test('names that a server makes up reach nothing outside', async (t) => {
  const { root, store } = await folderWorld(t);
  await makeBuild(root, `master/${one}`, 30);
  await makeLink(root, 'master/current', one);
  const names = ['..', '.', '../other', `${two}/..`, `..${two}`, '', `.trash-../${two}`, `.gone-..`, `.${two}.partial`];
  const hostile: Store = {
    ...store,
    list: async (path) => [
      ...(await store.list(path)),
      ...names.map((name) => ({ name, kind: 'directory', size: 0, modified: 0 }) as const),
    ],
  };
  t.deepEqual((await planPrune(optionsOf(hostile), standing())).remove, []);
});

test('stops before the next removal when nothing more may be written', async (t) => {
  const { root, store } = await folderWorld(t);
  for (const hash of [one, two, three]) await makeBuild(root, `master/${hash}`, 30);
  await makeLink(root, 'master/current', one);
  const plan = await planPrune(optionsOf(store), standing());
  let allowed = 1;
  const before = (): Promise<void> => (allowed-- > 0 ? Promise.resolve() : Promise.reject(new Error('lease lost')));
  await t.throwsAsync(applyPrune(plan, optionsOf(store), { ...standing(), before }), { message: 'lease lost' });
  t.deepEqual((await readdir(join(root, 'master'))).length, 3);
});

test('refuses what shows no links, and an age that keeps nothing', async (t) => {
  const { root } = await folderWorld(t);
  const { store } = await httpWorld(t, root);
  await t.throwsAsync(planPrune(optionsOf(store), standing()), { message: /shows no links/, code: 'bad-layout' });
  for (const olderThanMs of [0, -1, NaN]) {
    await t.throwsAsync(planPrune(optionsOf(openFolder(root), { olderThanMs }), standing()), { message: /above zero/ });
  }
});
