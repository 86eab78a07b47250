import test from 'ava';
import type { NewChangeset } from '@changesets/types';
import { changelogSection, withSection } from '../scripts/release/changelog.ts';
import type { Definition } from '../scripts/release/definition.ts';
import { levelAfter, movingTag, nextVersion } from '../scripts/release/level.ts';
import { pinUses } from '../scripts/release/pins.ts';
import { planReleases } from '../scripts/release/plan.ts';
import type { ReleaseRecord } from '../scripts/release/record.ts';
import { pushArguments } from '../scripts/release/remote.ts';
import { repositoryName } from '../scripts/release/repository.ts';
import type { Unit } from '../scripts/release/unit.ts';

const definition: Definition = {
  ...{ inputs: {}, outputs: ['outcome', 'set'], outcomes: {}, runs: 'node24', workflows: [], permissions: {} },
};

test('versions and tags', (t) => {
  t.deepEqual(
    [nextVersion('0.0.0', 'major'), nextVersion('0.4.1', 'minor'), nextVersion('1.2.3', 'patch')],
    ['1.0.0', '0.5.0', '1.2.4'],
  );
  t.deepEqual(
    [levelAfter('0.4.1', 'major'), levelAfter('1.0.0', 'major'), levelAfter('0.4.1', 'patch')],
    ['minor', 'major', 'patch'],
  );
  t.deepEqual([movingTag('x', '1.2.3'), movingTag('x', '0.4.1')], ['x-v1', 'x-v0.4']);
});

const record = (name: string, files: Record<string, string>, parts: readonly string[]): ReleaseRecord => ({
  ...{ name, version: '1.0.0', definition, files, parts },
});

const unit = (name: string, more: Partial<Unit> = {}): Unit => {
  const files = { [`actions/${name}/src/action.ts`]: '1', 'packages/oci/src/blob.ts': '1' };
  const released = record(name, files, ['axios@1.0.0']);
  return {
    ...{ name, folder: `actions/${name}`, version: '1.0.0', released, definition, files, parts: ['axios@1.0.0'] },
    ...more,
  };
};
const changed = (name: string, path: string, more: Partial<Unit> = {}): Unit => {
  const { files, ...rest } = unit(name, more);
  return { ...rest, files: { ...files, [path]: '2' } };
};
const changeset = (
  id: string,
  releases: Readonly<Record<string, NewChangeset['releases'][0]['type']>>,
): NewChangeset => ({
  id,
  summary: `What ${id} says.`,
  releases: Object.entries(releases).map(([name, type]) => ({ name: `@tagflow/${name}`, type })),
});
const plan = (units: readonly Unit[], changesets: readonly NewChangeset[] = []) => {
  const commitsOf = (_: Unit, files: readonly string[]) => [`touched ${files.join(' and ')} (abc)`];
  const made = planReleases({ units, packages: ['oci', 'http'], changesets, commitsOf });
  const short = made.releases.map(({ unit: { name }, version, notes }) => ({ name, version, notes }));
  return { ...made, short };
};
const notes = { breaks: [], added: [], fixed: [], parts: [] };

test('nobody changed it: it is not released', (t) => {
  t.deepEqual(plan([unit('a')]).releases, []);
});

test('a change in a package releases those that hold it, and tells its commits', (t) => {
  const { short } = plan([changed('a', 'packages/oci/src/blob.ts'), unit('b')]);
  const parts = ['packages/oci: touched packages/oci/src/blob.ts (abc)'];
  t.deepEqual(short, [{ name: 'a', version: '1.0.1', notes: { ...notes, parts } }]);
});

test("a package's changeset gives its level and its words to those that hold a change of it", (t) => {
  const { short, used, unused } = plan(
    [changed('a', 'packages/oci/src/blob.ts'), unit('b')],
    [changeset('x', { oci: 'minor' }), changeset('y', { http: 'patch' })],
  );
  t.deepEqual(short, [{ name: 'a', version: '1.1.0', notes: { ...notes, parts: ['packages/oci: What x says.'] } }]);
  t.deepEqual([used, unused], [['x'], ['y']]);
});

test('a library, and a source of its own that nobody wrote of', (t) => {
  t.deepEqual(plan([unit('a', { parts: ['axios@1.0.1'] })]).short, [
    { name: 'a', version: '1.0.1', notes: { ...notes, parts: ['axios 1.0.0 → 1.0.1'] } },
  ]);
  t.deepEqual(plan([changed('a', 'actions/a/src/action.ts')]).short, [
    { name: 'a', version: '1.0.1', notes: { ...notes, fixed: ['touched actions/a/src/action.ts (abc)'] } },
  ]);
});

test('what a changeset tells is not told again by commits', (t) => {
  const changes = [changeset('x', { a: 'patch', oci: 'patch' })];
  const { files, ...rest } = changed('a', 'actions/a/src/action.ts');
  const { short } = plan([{ ...rest, files: { ...files, 'packages/oci/src/blob.ts': '2' } }], changes);
  t.deepEqual(short, [{ name: 'a', version: '1.0.1', notes: { ...notes, fixed: ['What x says.'] } }]);
});

test('the highest of several changesets counts, each says its own', (t) => {
  const sets = [
    changeset('x', { a: 'patch', b: 'none' }),
    changeset('y', { a: 'major' }),
    changeset('z', { a: 'minor' }),
  ];
  const { short, used } = plan([unit('a'), unit('b')], sets);
  const said = { breaks: ['What y says.'], added: ['What z says.'], fixed: ['What x says.'], parts: [] };
  t.deepEqual(short, [{ name: 'a', version: '2.0.0', notes: said }]);
  t.deepEqual(used, ['x', 'y', 'z']);
});

test('a name that is not here is refused', (t) => {
  t.deepEqual(plan([unit('a')], [changeset('x', { typo: 'patch' })]).refusals, [
    '.changeset/x.md names @tagflow/typo, which is not here; there are @tagflow/a, @tagflow/oci, @tagflow/http',
  ]);
});

const broken = { definition: { ...definition, outputs: ['outcome'] } };
const refusals: readonly (readonly [string, Unit, readonly NewChangeset[], string | null])[] = [
  [
    'a break without a changeset',
    changed('a', 'actions/a/src/action.ts', broken),
    [],
    'a: what changed since a-v1.0.0 breaks those who use it, and needs major, not patch:\n  - output "set" was removed\n' +
      "  no changeset names @tagflow/a: write .changeset/<any name>.md that says '@tagflow/a': major",
  ],
  [
    'a break that is declared as less',
    unit('a', broken),
    [changeset('x', { a: 'minor' })],
    'a: what changed since a-v1.0.0 breaks those who use it, and needs major, not minor:\n  - output "set" was removed\n' +
      "  .changeset/x.md says minor: it must say '@tagflow/a': major",
  ],
  [
    'a break before 1.0.0',
    unit('a', { ...broken, version: '0.3.0' }),
    [changeset('x', { a: 'patch' })],
    'a: what changed since a-v0.3.0 breaks those who use it, and needs minor (before 1.0.0 a break is a minor release), ' +
      'not patch:\n  - output "set" was removed\n  .changeset/x.md says patch: it must say \'@tagflow/a\': minor',
  ],
  [
    'something new that is declared as a fix',
    unit('a', { definition: { ...definition, outputs: ['outcome', 'set', 'url'] } }),
    [changeset('x', { a: 'patch' })],
    'a: what changed since a-v1.0.0 gives its users something new, and needs minor, not patch:\n  - output "url" is new\n' +
      "  .changeset/x.md says patch: it must say '@tagflow/a': minor",
  ],
  ['a break that is declared', unit('a', broken), [changeset('x', { a: 'major' })], null],
  [
    'a break before 1.0.0 that is declared',
    unit('a', { ...broken, version: '0.3.0' }),
    [changeset('x', { a: 'minor' })],
    null,
  ],
  ['what was never released', unit('a', { ...broken, released: null }), [changeset('x', { a: 'patch' })], null],
];

for (const [name, given, changesets, refusal] of refusals) {
  test(`${refusal === null ? 'accepted' : 'refused'}: ${name}`, (t) => {
    t.deepEqual(plan([given], changesets).refusals, refusal === null ? [] : [refusal]);
  });
}

test('the pipelines follow the actions that they use', (t) => {
  const released = record('pipelines', {}, ['a@1.0.0', 'b@1.0.0']);
  const own = { files: {}, parts: ['a', 'b'], released, folder: '.github/pipelines' };
  const { short, releases } = plan([unit('a'), unit('b'), unit('pipelines', own)], [changeset('x', { a: 'minor' })]);
  t.deepEqual(short[1], { name: 'pipelines', version: '1.0.1', notes: { ...notes, parts: ['a 1.0.0 → 1.1.0'] } });
  t.deepEqual(releases[1]?.record.parts, ['a@1.1.0', 'b@1.0.0']);
  t.deepEqual(plan([unit('a'), unit('b'), unit('pipelines', own)]).releases, []);
  const never = [unit('a', { released: null }), unit('b'), unit('pipelines', { ...own, released: null })];
  t.regex(
    plan(never, [changeset('x', { pipelines: 'minor' })]).refusals.join(),
    /^pipelines: the workflows use \.\/actions\/a, which was never released/,
  );
});

test('a changelog: the newest first, and what was said before the first release is gone', (t) => {
  const first = changelogSection('1.0.0', '2026-01-31', { ...notes, added: ['One.\nMore of it.'] });
  const once = withSection('a', '# Changes of a\n\nNothing yet.\n', first);
  t.is(once, '# Changes of a\n\n## 1.0.0 (2026-01-31)\n\n### New\n\n- One.\n  More of it.\n');
  const second = changelogSection('1.0.1', '2026-02-01', { ...notes, fixed: ['Two.'], parts: ['axios 1.0.0 → 1.0.1'] });
  t.is(
    withSection('a', once, second),
    '# Changes of a\n\n## 1.0.1 (2026-02-01)\n\n### Fixed\n\n- Two.\n\n### From its parts\n\n- axios 1.0.0 → 1.0.1\n\n' +
      '## 1.0.0 (2026-01-31)\n\n### New\n\n- One.\n  More of it.\n',
  );
});

const commit = '4d83689'.padEnd(40, '0');
const pins = { repository: 'octo/tagflow', pins: new Map([['actions/a', { commit, tag: 'a-v1.0.0' }]]) };
const steps = (line: string): string => `jobs:\n  x:\n    steps:\n      - id: one\n        ${line}\n`;

test('a local reference is pinned, and nothing else changes', (t) => {
  const text = `# uses: ./actions/a\n${steps('uses: ./actions/a')}      - uses: actions/checkout@v4 # it\n`;
  t.is(
    pinUses('x.yml', text, pins),
    `# uses: ./actions/a\n${steps(`uses: octo/tagflow/actions/a@${commit} # a-v1.0.0`)}      - uses: actions/checkout@v4 # it\n`,
  );
});

const leftOver: readonly (readonly [string, RegExp])[] = [
  ['uses: ./actions/b', /^x\.yml uses \.\/actions\/b, which was never released$/],
  ['uses: >-\n          ./actions/a', /^x\.yml: a local "uses" is written in a way that cannot be pinned/],
  ['"uses": ./actions/a', /^x\.yml: a local "uses" is written in a way that cannot be pinned/],
  ['uses: .//actions/a', /^x\.yml/],
  ['run: node dist/tagflow.js', /^x\.yml: "run" has dist\/tagflow\.js, which a caller's checkout has not$/],
  ['run: node ./scripts/x.ts', /^x\.yml: "run" has \.\/scripts\/x\.ts, which/],
];

for (const [line, message] of leftOver) {
  test(`not pinned: ${line}`, (t) => void t.throws(() => pinUses('x.yml', steps(line), pins), { message }));
}

const remotes: readonly (readonly [string | undefined, string | null, string | null])[] = [
  [undefined, 'https://github.com/octo/tagflow.git', 'octo/tagflow'],
  [undefined, 'https://github.com/octo/tagflow', 'octo/tagflow'],
  [undefined, 'git@github.com:octo/tagflow.git', 'octo/tagflow'],
  [undefined, 'ssh://git@example.org:22/octo/tagflow/', 'octo/tagflow'],
  ['octo/fork', 'https://github.com/octo/tagflow.git', 'octo/fork'],
  ['fork', null, null],
  [undefined, null, null],
];

for (const [given, remote, expected] of remotes) {
  test(`repository: ${String(given)}, ${String(remote)}`, (t) => {
    if (expected === null) t.throws(() => repositoryName(given, remote), { message: /give --repository OWNER\/NAME$/ });
    else t.is(repositoryName(given, remote), expected);
  });
}

test('a push is one, and moves a tag only from where it was', (t) => {
  const tags = [
    { name: 'a-v1.1.0', commit: 'new', was: 'new' },
    { name: 'a-v1', commit: 'new', was: 'new' },
    { name: 'b-v1', commit: 'old', was: 'old' },
  ];
  const remote = {
    url: 'x',
    head: 'old',
    tags: new Map([
      ['a-v1', 'old'],
      ['b-v1', 'old'],
    ]),
  };
  t.deepEqual(pushArguments('main', 'new', tags, remote), [
    ...['push', '--atomic', '--force-with-lease=refs/tags/a-v1:old', 'origin'],
    ...['new:refs/heads/main', 'new:refs/tags/a-v1.1.0', 'new:refs/tags/a-v1'],
  ]);
  t.is(pushArguments('main', 'old', tags.slice(2), remote), null);
  const taken = { ...remote, tags: new Map([['a-v1.1.0', 'other']]) };
  t.throws(() => pushArguments('main', 'new', tags, taken), {
    message: /a-v1\.1\.0 is at other at origin and at new here/,
  });
});
