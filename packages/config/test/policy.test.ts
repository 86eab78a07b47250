import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ConfigError, loadPolicy } from '../src/index.ts';
import { parseConfig } from '../src/load.ts';
import { parsePolicy } from '../src/policy-load.ts';
import { minimal } from './minimal.ts';
import { aggregate, freeze, hold, one, two, waiver } from './policy-entries.ts';

const facts = 'owner: tripleo-ci, bug: LP#12, reason: the mirror is slow';
const whole = {
  'waivers.yaml': `waivers:
  - { id: fs001, job: job-a, hash: ${one}, release: master, label: current-tripleo, ${facts}, expires: 2026-12-01 }
`,
  'holds.yaml': `holds:
  - id: bad-kernel
    from: ${one}
    owner: rdo-ci
    bug: https://bugs.example/7
    reason: panics
    expires: 2026-12-01T13:30:00+01:00
`,
  'freezes.yaml': `freezes:
  - id: release-week
    label: current-tripleo
    owner: release-team
    bug: REL-9
    reason: the release is cut
    expires: "2026-12-04"
`,
};
const emptyDigest = 'sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945';

const parse = (files: Readonly<Record<string, string>>) =>
  parsePolicy(
    Object.entries(files).map(([name, text]) => ({ name, text })),
    'policy',
  );

async function folderOf(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-policy-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  return folder;
}

test('waivers, holds and freezes are read, each with the place where it is written', (t) => {
  t.deepEqual(parse(whole).entries, [waiver, hold, freeze]);
});

const hashes: readonly (readonly [written: string, range: unknown])[] = [
  [`hash: ${one}`, { from: one, to: one }],
  [`hash: ${aggregate}`, { from: aggregate, to: aggregate }],
  ['hash: any', null],
  [`from: ${one}`, { from: one, to: null }],
  [`from: ${one}, to: ${two}`, { from: one, to: two }],
];
for (const [written, range] of hashes) {
  test(`the hashes of a waiver: ${written}`, (t) => {
    const text = `waivers: [{ id: w, job: j, ${written}, ${facts}, expires: 2026-12-01 }]`;
    t.like(parse({ 'w.yaml': text }).entries[0], { hashes: range, release: null, label: null } as object);
  });
}

const bugs = ['https://bugs.example/1', 'http://bugs.example/1', 'rhbz#123', 'LP#123', 'owner/repo#9', 'PROJ-123'];
for (const bug of bugs) {
  test(`a bug may be ${bug}`, (t) => {
    const text = `freezes: [{ id: f, label: l, owner: o, bug: "${bug}", reason: r, expires: 2026-12-01 }]`;
    t.is(parse({ 'f.yaml': text }).entries[0]?.bug, bug);
  });
}

test('a component may be meant, or none', (t) => {
  const list = ['', 'component: network, ', 'component: none, '].map(
    (component, index) => `{ id: f${index}, label: l, ${component}${facts}, expires: 2026-12-01 }`,
  );
  const { entries } = parse({ 'f.yaml': `freezes: [${list.join(', ')}]` });
  t.deepEqual(
    entries.map(({ component }) => component),
    [undefined, 'network', null],
  );
});

test('what a rollback left needs no bug', (t) => {
  const stop = 'owner: o, reason: r, expires: 2026-12-01';
  const text = `
holds: [{ id: rollback-1-hold, hash: ${one}, ${stop} }]
freezes: [{ id: rollback-1-freeze, label: current-tripleo, ${stop} }]`;
  t.deepEqual(
    parse({ 'r.yaml': text }).entries.map(({ id, bug, where }) => [id, bug, where]),
    [
      ['rollback-1-hold', null, 'r.yaml:2'],
      ['rollback-1-freeze', null, 'r.yaml:3'],
    ],
  );
});

const empty: readonly (readonly [name: string, text: string])[] = [
  ['an empty file', ''],
  ['a file of comments', '# waivers:\n#   - id: old\n'],
  ['a list without entries', 'waivers:\nholds: []\n'],
];
for (const [name, text] of empty) {
  test(`${name} says nothing`, (t) => {
    t.deepEqual(parse({ 'x.yaml': text }), { entries: [], digest: emptyDigest });
  });
}

test('the digest is of what is said, whichever file says it', (t) => {
  const { digest } = parse(whole);
  t.regex(digest, /^sha256:[0-9a-f]{64}$/);
  t.is(
    parse({ 'all.yaml': `# all\n${whole['freezes.yaml']}${whole['holds.yaml']}${whole['waivers.yaml']}` }).digest,
    digest,
  );
  t.not(parse({ ...whole, 'holds.yaml': whole['holds.yaml'].replace('panics', 'hangs') }).digest, digest);
  t.not(parse({ ...whole, 'holds.yaml': '' }).digest, digest);
});

test('the folder of a tagflow.yaml is policy beside it, or the one that it names', (t) => {
  const policy = (text: string) => parseConfig(text, '/etc/tagflow/tagflow.yaml').policyFolder;
  t.deepEqual(policy(minimal), { path: '/etc/tagflow/policy', explicit: false });
  t.deepEqual(policy(`${minimal}policy: ../decided\n`), { path: '/etc/decided', explicit: true });
  t.deepEqual(policy(`${minimal}policy: /srv/decided\n`), { path: '/srv/decided', explicit: true });
});

test('a folder is read: *.yaml and *.yml sorted by name, links too; no folders, nothing hidden, nothing else', async (t) => {
  const bad = 'not: policy';
  const folder = await folderOf(t, {
    'b.yml': whole['holds.yaml'],
    'c.YAML': whole['freezes.yaml'],
    'README.md': '# why',
    '.hidden.yaml': bad,
    'old.yaml.bak': bad,
    'elsewhere.txt': whole['waivers.yaml'],
  });
  await mkdir(join(folder, 'd.yaml'));
  await writeFile(join(folder, 'd.yaml', 'e.yaml'), bad);
  await symlink('elsewhere.txt', join(folder, 'a.yaml'));
  const { entries } = await loadPolicy(folder, { explicit: true });
  t.deepEqual(
    entries.map(({ id, where }) => [id, where]),
    [
      ['fs001', 'a.yaml:2'],
      ['bad-kernel', 'b.yml:2'],
      ['release-week', 'c.YAML:2'],
    ],
  );
});

test('the default folder may be missing, one that somebody named may not', async (t) => {
  const folder = join(await folderOf(t, {}), 'policy');
  t.deepEqual(await loadPolicy(folder, { explicit: false }), { entries: [], digest: emptyDigest });
  const error = await t.throwsAsync(loadPolicy(folder, { explicit: true }), { instanceOf: ConfigError });
  t.is(error.code, 'unreadable');
  t.is(error.outcome, 'invalid');
  t.is(error.message, `policy ${folder} cannot be read: ENOENT: no such file or directory, scandir '${folder}'`);
  t.is(
    error.next,
    'Make it a readable folder of *.yaml files, or give the path of one as policy of tagflow.yaml or as policy-dir.',
  );
});

test('what cannot be read is never taken for nothing', async (t) => {
  const folder = await folderOf(t, { 'a.yaml': '' });
  await symlink('nowhere', join(folder, 'b.yaml'));
  await t.throwsAsync(loadPolicy(folder, { explicit: false }), { code: 'unreadable', message: /b\.yaml/ });
  await t.throwsAsync(loadPolicy(join(folder, 'a.yaml'), { explicit: false }), {
    code: 'unreadable',
    message: /ENOTDIR/,
  });
  if (process.getuid?.() === 0) return; // who reads everything cannot be refused
  await rm(join(folder, 'b.yaml'));
  await chmod(join(folder, 'a.yaml'), 0);
  await t.throwsAsync(loadPolicy(folder, { explicit: false }), { code: 'unreadable', message: /EACCES/ });
});
