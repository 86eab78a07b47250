import test from 'ava';
import {
  diffSets,
  formatDiffMarkdown,
  formatDiffText,
  formatSetText,
  isSameSet,
  type SetDetails,
  summaryOf,
} from '../src/index.ts';
import { empty, from, hash, heat, image, nova, sha, to } from './diff-data.ts';

test('as text: what there is of everything first, then everything, within 80 columns', (t) => {
  const text = formatDiffText(diffSets(from, to));
  t.is(
    text,
    `from  previous-current-tripleo (master)
      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_aaaaaaaa
      http://127.0.0.1/r/aa/aa/aaaa
to    current-tripleo (master)
      bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb_bbbbbbbb

packages    1 added, 1 removed, 1 up, 1 the same
containers  1 changed; 1 new layer (3.5 kB), 0 shared
images      1 changed (+500.0 kB)
criteria    1 job added, 1 more waiver

note: registry docker could not be read: it is down

packages:
  + python-new  2.0-1.el9
  - openstack-old  2.0-1.el9
  ↑ openstack-heat
      1.0.1-0.20260101000000.aaaaaaa.el9 → 1.0.2-0.20260102000000.bbbbbbb.el9
      source 111111111111 → 333333333333  https://git.example/heat

containers:
  ~ heat-api  111111111111 → 222222222222
      1 new layer, 3.5 kB; 0 shared, 0 B; 1 gone

images:
  ~ overcloud-full.tar  1.5 MB → 2.0 MB (+500.0 kB)
      sha256 111111111111 → 222222222222

criteria:
  + job  b
  + waiver  w1 of periodic-b, ci, until 2026-01-31: flaky
`,
  );
});

test('as Markdown: nothing that others wrote is Markdown or HTML', (t) => {
  const evil = { ...heat, project: 'a|b<img>', nvr: null, sourceRepo: 'javascript:alert(1)', status: '*x*\n# y' };
  const built = { ...evil, sourceSha: sha('4'), status: null };
  const diff = diffSets({ ...from, packages: [evil] }, { ...to, packages: [built] });
  const markdown = formatDiffMarkdown(diff);
  t.true(markdown.includes('| packages | 1 other |\n'));
  t.true(
    markdown.includes(
      String.raw`| ~ | a\|b\<img\> | never built | source 111111111111 → 444444444444<br>status \*x\* # y → none |`,
    ),
    markdown,
  );
  t.false(markdown.includes('javascript'));
  t.true(
    formatDiffMarkdown(diffSets(from, to)).includes(
      '| [source 111111111111 → 333333333333](https://git.example/heat) |',
    ),
  );
});

test('in a terminal, what others wrote moves no cursor', (t) => {
  const evil = { ...heat, project: 'heat\u001b[2J\r\u202e' };
  t.notRegex(formatDiffText(diffSets({ ...empty, packages: [evil] }, empty)), /[^\P{C}\n]/u);
  t.notRegex(formatSetText({ ...empty, packages: [evil] }), /[^\P{C}\n]/u);
});

test('what is unknown on one side is not compared, and is no difference', (t) => {
  const blind = { ...empty, packages: null, containers: null, images: null, notes: ['the mirror is down'] };
  const diff = diffSets(from, { ...blind, fullHash: from.fullHash });
  t.deepEqual([diff.packages, diff.containers, diff.images, diff.criteria], [null, null, null, null]);
  t.true(isSameSet(diff));
  t.deepEqual(diff.notes, ['the mirror is down']);
  t.deepEqual(summaryOf(diff)[0], { part: 'packages', text: 'cannot be compared, see the notes' });
});

test('a whole set: everything with its facts', (t) => {
  const set: SetDetails = {
    ...to,
    members: [
      { component: 'common', fullHash: hash('c') },
      { component: 'tripleo', fullHash: hash('d') },
    ],
    packages: [heat, { ...nova, status: 'FAILED' }],
    images: [{ ...image('rhel.tar', 1500, '3'), visibility: 'internal', md5: '4'.repeat(32), builder: 'ci run 7' }],
  };
  t.is(
    formatSetText(set),
    `set         current-tripleo
hash        bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb_bbbbbbbb
release     master
repository  unknown
packages    2
containers  1
images      1, 1.5 kB

note: registry docker could not be read: it is down

promotion:
  id        p1
  promote   current-tripleo, version 3
  from      nothing
  by        ci, 2026-01-01T00:00:00.000Z
  verdict   yes
  waiver    w1 of periodic-b, ci, until 2026-01-31: flaky

builds:
  common   cccccccccccccccccccccccccccccccccccccccc_cccccccc
  tripleo  dddddddddddddddddddddddddddddddddddddddd_dddddddd

packages:
  openstack-heat  1.0.1-0.20260101000000.aaaaaaa.el9
  openstack-nova  2.0-1.el9 (last build: FAILED)

containers:
  heat-api  sha256:2222222222222222222222222222222222222222222222222222222222222222

images:
  rhel.tar  1.5 kB (1500 bytes), internal
    sha256 3333333333333333333333333333333333333333333333333333333333333333
    md5    44444444444444444444444444444444
    built by ci run 7
`,
  );
});
