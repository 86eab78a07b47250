import { parseLabel } from '@tagflow/model';
import test from 'ava';
import { checksumOf, formatSumFile, parseSumFile } from '../src/checksum.ts';
import { createLayout, hashOfTarget, relativeTarget } from '../src/layout.ts';
import { hashA } from './world.ts';

test('computes both digests in one pass, and md5 only on request', async (t) => {
  const body = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('hello ');
    yield Buffer.from('wörld');
  };
  t.deepEqual(await checksumOf(body(), true), {
    size: 12,
    sha256: '821cd58a9fb899141dd98c29b6cabb6ccdded70ad0197b8cc7657b76f70e64ff',
    md5: '8c6e15df743a0380aaa26e5741794d7b',
  });
  t.is((await checksumOf(body(), false)).md5, null);
});

const sums: readonly (readonly [text: string, kind: 'md5' | 'sha256', digest: string | null])[] = [
  [formatSumFile('0'.repeat(32), 'a.tar'), 'md5', '0'.repeat(32)],
  [`${'AB'.repeat(16)} *a.tar\r\n`, 'md5', 'ab'.repeat(16)],
  ['1'.repeat(64), 'sha256', '1'.repeat(64)],
  ['1'.repeat(63), 'sha256', null],
  ['<html>not found</html>', 'md5', null],
  ['', 'md5', null],
];

for (const [text, kind, digest] of sums) {
  test(`a ${kind} file ${JSON.stringify(text)}`, (t) => {
    if (digest === null) t.throws(() => parseSumFile(text, kind, 'a'), { code: 'checksum-mismatch' });
    else t.is(parseSumFile(text, kind, 'a'), digest);
  });
}

test('fills the templates of a store', (t) => {
  const layout = createLayout({
    pathTemplate: '{distro}/{release}/rdo_trunk/{hash}',
    linkTemplates: ['{distro}/{release}/rdo_trunk/{label}', 'links/{label}'],
    release: 'master',
    distro: 'centos9',
  });
  t.is(layout.directory(hashA), `centos9/master/rdo_trunk/${hashA}`);
  t.deepEqual(layout.links(parseLabel('current-tripleo')), [
    'centos9/master/rdo_trunk/current-tripleo',
    'links/current-tripleo',
  ]);
});

const badLayouts: readonly (readonly [pathTemplate: string, linkTemplates: readonly string[], message: RegExp])[] = [
  ['{hash}/images', ['{label}'], /does not end in/],
  ['{release}/x{hash}', ['{label}'], /does not end in/],
  ['{hash}', [], /no link template/],
  ['{hash}', ['current'], /does not hold \{label\}/],
  ['{arch}/{hash}', ['{label}'], /\{arch\} is not a placeholder/],
  ['{distro}/{hash}', ['{label}'], /needs a distro/],
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
