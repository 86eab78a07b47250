import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLabel } from '@tagflow/model';
import type { Store } from '@tagflow/store';
import test from 'ava';
import { makeInnerLinks } from '../src/links/inner-links.ts';
import { createLayout, hashOfTarget, relativeTarget } from '../src/layout.ts';
import { assertSwitchable } from '../src/links/switchable.ts';
import { folderWorld, hashA, httpWorld, sftpWorld } from './world.ts';

const current = parseLabel('current-tripleo');

const layouts: readonly (readonly [path: string, link: string, directory: string, labelled: string])[] = [
  ['{release}/{hash}', '{release}/{label}', `osp17/${hashA}`, 'osp17/current-tripleo'],
  [
    '{distro}/{release}/rdo_trunk/{hash}',
    '{distro}/{release}/rdo_trunk/{label}',
    `centos9/osp17/rdo_trunk/${hashA}`,
    'centos9/osp17/rdo_trunk/current-tripleo',
  ],
  ['{hash}', 'links/{release}-{label}', hashA, 'links/osp17-current-tripleo'],
  ['builds-{release}/{hash}', 'builds-{release}/{label}', `builds-osp17/${hashA}`, 'builds-osp17/current-tripleo'],
];

for (const [pathTemplate, link, directory, labelled] of layouts) {
  test(`fills the layout ${pathTemplate} with ${link}`, (t) => {
    const options = { pathTemplate, linkTemplates: [link], release: 'osp17', distro: 'centos9' };
    const layout = createLayout(options);
    t.is(layout.directory(hashA), directory);
    t.deepEqual(layout.links(current), [labelled]);
    t.deepEqual(layout.innerLinks, []);
    t.is(layout.folder, directory.split('/').slice(0, -1).join('/'));
    t.deepEqual(layout.linkFolders, [labelled.split('/').slice(0, -1).join('/')]);
  });
}

test('a folder of links is listed once', (t) => {
  const linkTemplates = ['{release}/{label}', '{release}/x-{label}', 'links/{label}'];
  const { linkFolders } = createLayout({ pathTemplate: '{hash}', linkTemplates, release: 'master' });
  t.deepEqual(linkFolders, ['master', 'links']);
});

const badLayouts: readonly (readonly [pathTemplate: string, linkTemplates: readonly string[], message: RegExp])[] = [
  ['{hash}/images', ['{label}'], /"\{hash\}\/images" does not end in.*allowed/],
  ['{release}/x{hash}', ['{label}'], /does not end in/],
  ['{hash}/{hash}', ['{label}'], /does not end in/],
  ['{hash}', [], /no link template/],
  ['{hash}', ['current'], /"current" does not hold \{label\}/],
  ['{hash}', ['{label}/stable'], /"\{label\}\/stable" has \{label\} in a folder/],
  [
    '{arch}/{hash}',
    ['{label}'],
    /"\{arch\}\/\{hash\}": \{arch\} is not a placeholder.*\{release\}, \{distro\}, \{hash\}/,
  ],
  ['{pin}/{hash}', ['{label}'], /\{pin\} is not a placeholder that is known here/],
  ['{hash}', ['{hash}-{label}'], /\{hash\} is not a placeholder.*\{release\}, \{distro\}, \{label\}/],
  ['{distro}/{hash}', ['{label}'], /"\{distro\}\/\{hash\}" needs a distro for \{distro\}/],
];

for (const [pathTemplate, linkTemplates, message] of badLayouts) {
  test(`refuses the layout ${pathTemplate} with ${linkTemplates.join(' ') || 'no links'}`, (t) => {
    const error = t.throws(() => createLayout({ pathTemplate, linkTemplates, release: 'master' }), { message });
    t.like(error, { code: 'bad-layout', outcome: 'invalid' });
  });
}

const targets: readonly (readonly [link: string, directory: string, target: string])[] = [
  ['master/current', 'master/hash', 'hash'],
  ['current', 'hash', 'hash'],
  ['links/current', 'master/rdo/hash', '../master/rdo/hash'],
  ['master/links/current', 'master/hash', '../hash'],
];

for (const [link, directory, target] of targets) {
  test(`a link at ${link} leads to ${directory} by ${target}`, (t) => {
    t.is(relativeTarget(link, directory), target);
    t.is(hashOfTarget(target), 'hash');
  });
}

test('reads the absolute targets of the old promoter', (t) => {
  t.is(hashOfTarget(`/var/www/html/images/master/rdo_trunk/${hashA}/`), hashA);
});

const stable = [{ name: 'stable', target: '.' }];
const files = (store: Store, ...paths: readonly string[]): Promise<readonly (string | null)[]> =>
  Promise.all(paths.map((path) => store.readText(path)));

test('one flip of a label moves what is read through the label and through the link inside', async (t) => {
  const { root, store } = await sftpWorld(t);
  const { store: web } = await httpWorld(t, root);
  for (const build of ['one', 'two']) {
    const directory = `master/rdo_trunk/${build}`;
    await store.makeDirectory(directory);
    await store.write(`${directory}/overcloud-full.tar.md5`, build);
    await makeInnerLinks(store, directory, stable);
    await makeInnerLinks(store, directory, stable);
  }
  const label = 'master/rdo_trunk/current-tripleo';
  const both = [`${label}/overcloud-full.tar.md5`, `${label}/stable/overcloud-full.tar.md5`];
  await store.link(label, 'one');
  t.deepEqual(await files(web, ...both), ['one', 'one']);
  await store.link(label, 'two');
  t.deepEqual(await files(web, ...both), ['two', 'two']);
});

test('an inner link that leads elsewhere is mended, and what is no link stays', async (t) => {
  const { root, store } = await folderWorld(t);
  await mkdir(join(root, 'hash'));
  await symlink('..', join(root, 'hash', 'stable'));
  await writeFile(join(root, 'hash', 'file'), 'published');
  await makeInnerLinks(store, 'hash', [...stable, { name: 'file', target: '.' }]);
  t.is(await store.readLink('hash/stable'), '.');
  t.is(await store.readText('hash/file'), 'published');
});

for (const kind of ['folder', 'sftp'] as const) {
  test(`says before anything moves that RH1's own files cannot be switched, and how they can: ${kind}`, async (t) => {
    const { root, store } = await (kind === 'folder' ? folderWorld(t) : sftpWorld(t));
    const link = 'builds-master/current-tripleo';
    await assertSwitchable(store, link);
    await mkdir(join(root, 'builds-master'));
    await symlink('anything', join(root, link));
    await assertSwitchable(store, link);
    await mkdir(join(root, 'builds-pike', 'current tripleo'), { recursive: true });
    const error = await t.throwsAsync(assertSwitchable(store, 'builds-pike/current tripleo'), {
      message: /builds-pike\/current tripleo is a folder or file of its own.*cannot be replaced in one step/,
    });
    t.like(error, { code: 'cannot-switch', outcome: 'failed' });
    const next = (error as unknown as { next: string }).next;
    t.true(next.includes('builds-pike && mv -nT -- '), next);
    t.is(/ by: ssh -p \d+ lab@127\.0\.0\.1 '/.test(next), kind === 'sftp', next);
  });
}

test('the command that is advised makes a link of the folder, and keeps what it holds', async (t) => {
  const { root, store } = await folderWorld(t);
  const link = "builds-pike/it's current";
  await mkdir(join(root, link), { recursive: true });
  await writeFile(join(root, link, 'overcloud-full.tar'), 'old');
  const error = (await t.throwsAsync(assertSwitchable(store, link))) as unknown as { next: string };
  const command = error.next.split(' by: ')[1] ?? '';
  execFileSync('sh', ['-c', command]);
  await assertSwitchable(store, link);
  t.is(await store.readText(`${link}/overcloud-full.tar`), 'old');
});
