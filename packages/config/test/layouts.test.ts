import test from 'ava';
import { layoutNames, layoutPresets, readLayout } from '../src/image-layouts.ts';
import { parseConfig } from '../src/load.ts';
import { minimal } from './minimal.ts';

const inner = [{ name: 'stable', target: '.' }];

const rows: readonly (readonly [options: string, path: string, links: readonly string[], innerLinks?: typeof inner])[] =
  [
    ['', '{release}/{hash}', ['{release}/{label}']],
    ['layout: plain', '{release}/{hash}', ['{release}/{label}']],
    ['layout: rdo', '{distro}/{release}/rdo_trunk/{hash}', ['{distro}/{release}/rdo_trunk/{label}']],
    ['layout: rdo-2017', '{release}/rdo_trunk/{hash}', ['{release}/rdo_trunk/{label}'], inner],
    [
      'layout: build-system, pin: current-tripleo-rdo',
      '{release}/rdo_trunk/current-tripleo-rdo/{hash}',
      ['{release}/rdo_trunk/current-tripleo-rdo/{label}'],
    ],
    [
      'layout: build-system, build-sys: delorean, pin: current-tripleo',
      '{release}/delorean/current-tripleo/{hash}',
      ['{release}/delorean/current-tripleo/{label}'],
    ],
    ['layout: downstream', '{distro}/{release}/{hash}', ['{distro}/{release}/{label}']],
    ['layout: downstream, release-name: rhos-16.2', '{distro}/rhos-16.2/{hash}', ['{distro}/rhos-16.2/{label}']],
    ['layout: flat', 'builds-{release}/{hash}', ['builds-{release}/{label}']],
    [`path: '{distro}/{release}/{hash}'`, '{distro}/{release}/{hash}', ['{distro}/{release}/{label}']],
    [`link: '{label}'`, '{release}/{hash}', ['{label}']],
    [`path: '{hash}', link: ['{label}', 'l/{label}']`, '{hash}', ['{label}', 'l/{label}']],
    [`layout: rdo-2017, link: 'all/{label}'`, '{release}/rdo_trunk/{hash}', ['all/{label}'], inner],
    [`path: '{build_sys}/{pin}/{hash}', pin: x`, 'rdo_trunk/x/{hash}', ['rdo_trunk/x/{label}']],
  ];

for (const [options, pathTemplate, linkTemplates, innerLinks = []] of rows) {
  test(`an image store with ${options || 'nothing but its url'}`, (t) => {
    const text = `${minimal}image-stores: { s: { url: 'file:///s', ${options} } }`;
    const {
      name: _name,
      url: _url,
      readUrl: _readUrl,
      visibility: _visibility,
      hostKey: _hostKey,
      ...layout
    } = parseConfig(text, 't.yaml').imageStores['s'] ?? { name: 'none' };
    t.deepEqual(layout as unknown, { pathTemplate, linkTemplates, innerLinks });
  });
}

test('a text names a layout, or is its path', (t) => {
  const flat = { pathTemplate: 'builds-{release}/{hash}', innerLinks: [] };
  t.deepEqual(readLayout('flat'), { ...flat, linkTemplates: ['builds-{release}/{label}'] });
  t.deepEqual(readLayout('flat', 'links/{label}'), { ...flat, linkTemplates: ['links/{label}'] });
  t.is(readLayout('x/{hash}').linkTemplates[0], 'x/{label}');
  t.is(readLayout('build-system', undefined, 'current').pathTemplate, '{release}/rdo_trunk/current/{hash}');
});

test('every preset has a description, and its hash last', (t) => {
  for (const name of layoutNames) {
    const { description, path, links } = layoutPresets[name];
    t.true(description.length > 10 && path.endsWith('/{hash}') && links.every((link) => link.endsWith('/{label}')));
  }
});
