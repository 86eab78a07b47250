import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLayout } from '@tagflow/config';
import {
  buildImages,
  createLabBuilder,
  createVirtualClock,
  startLabDlrn,
  startLabImageServer,
  startLabSftpServer,
} from '@tagflow/lab';
import { fullHashOfCommit } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { parse, stringify } from 'yaml';
import { root } from '../scripts/workspaces.ts';
import { blocks, commandsOf, makeFolder, shell, shellWithNpx, tagflow, textOf, withoutPorts } from './docs-page.ts';

// docs/images.md, as a reader would follow it: its tagflow.yaml, and every command, in one folder. The servers that it
// names are stood in for on loopback.

const page = 'images.md';
const commands = commandsOf(page);
const files = ['overcloud-full.tar', 'ironic-python-agent.tar'];
const [shownOfLab = '', shownOfFlatTree = ''] = blocks(page, 'text');
const oldHash = `${'0'.repeat(40)}_${'0'.repeat(8)}`;

interface Ended {
  readonly outcome: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly stderr: string;
}

interface Reader {
  readonly folder: string;
  readonly hash: string;
  /** Roots of the trees that stand for images.rdoproject.org and for RH1's mirror, as their readers see them. */
  readonly publicTree: string;
  readonly rh1Tree: string;
  /** Returns a text of the page with the addresses of this lab. */
  onLoopback(text: string): string;
  run(mark: string): Promise<Ended>;
}

async function startReader(t: ExecutionContext): Promise<Reader> {
  const folder = await makeFolder(t);
  const [publicTree, rh1Tree] = ['public', 'rh1'].map((name) => join(folder, 'servers', name, 'images')) as [
    string,
    string,
  ];
  for (const tree of [publicTree, rh1Tree]) await mkdir(tree, { recursive: true });
  const sftp = await startLabSftpServer({ root: join(folder, 'servers'), commands: true });
  t.teardown(() => sftp.close());
  const http = await startLabImageServer({ root: publicTree });
  t.teardown(() => http.close());
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const project = { name: 'openstack-tripleo-common', component: 'tripleo' };
  const dlrn = await startLabDlrn({ clock, mode: 'classic', projects: [project] });
  t.teardown(() => dlrn.close());
  const hash = fullHashOfCommit(createLabBuilder({ dlrn: dlrn.state, clock, seed: 'docs' }).build());

  const { port } = new URL(sftp.url);
  const real: readonly (readonly [string, string])[] = [
    ['sftp://uploader@images.rdoproject.org', `${sftp.url}/public`],
    ['sftp://uploader@66.187.229.139', `${sftp.url}/rh1`],
    ['ssh uploader@66.187.229.139', `ssh -p ${port} lab@127.0.0.1`],
    ["'cd /images/", "'cd /rh1/images/"],
    ['https://images.rdoproject.org', http.url],
  ];
  const onLoopback = (text: string): string => real.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  await writeFile(join(folder, 'tagflow.yaml'), wholeConfig(onLoopback(blocks(page, 'yaml')[0] ?? ''), dlrn, folder));
  await writeFile(join(folder, 'id_ed25519'), sftp.privateKey, { mode: 0o600 });
  await writeFile(join(folder, 'known_hosts'), `${sftp.hostKey}\n`);
  const { signal } = new AbortController();
  const build = { fullHash: hash, files, sizeBytes: 300_000, outDir: join(folder, 'built') };
  await buildImages({ ...build, signal, write: () => undefined });

  const run = async (mark: string): Promise<Ended> => {
    const command = commands.find((line) => isKnownBy(line, mark)) ?? '';
    const line = onLoopback(command).replace('npx tagflow', `exec ${tagflow}`);
    const { error, stdout, stderr } = await shell(line, folder, { HASH: hash, HOME: folder });
    if (stdout === '') throw error ?? new Error(stderr);
    return { ...(JSON.parse(stdout) as Omit<Ended, 'stderr'>), stderr };
  };
  return { folder, hash, publicTree, rh1Tree, onLoopback, run };
}

/** The page shows the part that it is about. */
function wholeConfig(
  part: string,
  { apiUrl, reposUrl }: Readonly<Record<'apiUrl' | 'reposUrl', string>>,
  folder: string,
): string {
  const { phases, ...stores } = parse(part) as {
    readonly phases: Readonly<Record<string, Readonly<Record<string, object>>>>;
  };
  const test = { command: ['true'], jobs: ['job'] };
  const criteria = { 'all-of': ['job'] };
  return stringify({
    ...{ release: 'master', distro: 'centos9', ...stores },
    dlrn: { 'api-url': apiUrl, 'repos-url': reposUrl },
    ledger: { url: `sqlite:${join(folder, 'ledger.db')}` },
    phases: {
      upstream: {
        ...{ ...phases['upstream'], test },
        pin: { from: 'consistent', to: 'tripleo-ci-testing' },
        promote: { from: 'tripleo-ci-testing', to: 'current-tripleo', criteria, ...phases['upstream']?.['promote'] },
      },
      'rdo-phase-2': {
        ...{ ...phases['rdo-phase-2'], test },
        promote: { from: 'current-tripleo-rdo', to: 'current-tripleo-rdo-internal', criteria },
      },
    },
  });
}

/** What each command is known by. */
const marks = {
  inLab: 'npx tagflow lab up --sftp',
  lookUp: 'npx tagflow get-repo-hash',
  publish: '--mode publish --full-hash',
  linkOwn: '--label known-good',
  fetch: '--phase rdo-phase-2 --mode fetch --full-hash',
  fetchBare: '--mode fetch --source https://images.rdoproject.org',
  mirror: '--phase upstream --mode mirror',
  mirrorBare: '--mode mirror --source https://images.rdoproject.org',
  linkMirror: '--mode link --destination',
  verify: '--mode verify --full-hash',
  prune: '--mode prune --ssh-key-file',
  pruneMirror: '--mode prune --destination',
  benchmark: 'npm run bench -- images',
} as const;

function isKnownBy(command: string, mark: string): boolean {
  // Within the lab's command there are others, which are run with it.
  return mark.startsWith('np') || command.startsWith(marks.inLab) ? command.startsWith(mark) : command.includes(mark);
}

const hashes = 'centos9/master/rdo_trunk';

/** Lets RDO's own tree have the images: with the `.md5` that the build made, and nothing else. */
async function fillAsRdo({ folder, publicTree, hash }: Reader): Promise<void> {
  await cp(join(folder, 'built'), join(publicTree, hashes, hash), { recursive: true });
}

/** Publishes the hash, and lets the label name it as a promotion would. */
async function publishAndPromote({ publicTree, hash, run }: Reader): Promise<void> {
  await run(marks.publish);
  await symlink(hash, join(publicTree, hashes, 'current-tripleo'));
}

/** Puts a hash beside the others that nobody needs any more. */
async function addOldHash(folder: string): Promise<void> {
  await mkdir(join(folder, oldHash));
  await utimes(join(folder, oldHash), new Date('2020-01-01'), new Date('2020-01-01'));
}

test('docs/images.md: every command is run by a test', (t) => {
  for (const command of commands) {
    const known = Object.values(marks).filter((mark) => isKnownBy(command, mark));
    t.is(known.length, 1, command);
  }
  t.is(commands.length, Object.keys(marks).length);
  // The only one that is not run: it takes its time.
  t.true(existsSync(join(root, 'test', 'bench', 'images.bench.ts')));
});

for (const where of ['docs/images.md', 'actions/sync-images/README.md']) {
  test(`${where}: the layouts are those that there are`, async (t) => {
    const text = await readFile(join(root, where), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z0-9-]+)` +\| `([^`]*\{hash\})` +\|/gm)];
    t.deepEqual(
      rows.map(([, name]) => name),
      ['plain', 'rdo', 'rdo-2017', 'build-system', 'downstream', 'flat'],
    );
    for (const [, name = '', path = ''] of rows)
      t.is(path.replace('{build_sys}', 'rdo_trunk'), readLayout(name).pathTemplate, name);
  });
}

test('docs/images.md: HASH is what get-repo-hash finds', async (t) => {
  const { run, hash } = await startReader(t);
  t.like(await run(marks.lookUp), { outcome: 'done', outputs: { 'full-hash': hash } });
});

test('docs/images.md: publish, link, fetch, verify', async (t) => {
  const reader = await startReader(t);
  const { folder, publicTree, hash, run } = reader;
  t.is((await run(marks.publish)).outcome, 'done');
  const published = await readdir(join(publicTree, hashes, hash));
  const beside = files.flatMap((name) => [name, `${name}.cidx`, `${name}.md5`, `${name}.sha256`]);
  t.deepEqual(published, [...beside, 'set.json'].sort());
  for (const name of ['overcloud-full.tar`', '.tar.md5`', '.sha256`', '.cidx`', '`set.json`'])
    t.true(textOf(page).includes(name), name);
  t.is((await run(marks.publish)).outcome, 'nothing-to-do');
  t.is((await run(marks.linkOwn)).outcome, 'done');
  t.is(await readlink(join(publicTree, hashes, 'known-good')), hash);
  t.is((await run(marks.verify)).outcome, 'done');

  t.is((await run(marks.fetch)).outcome, 'done');
  t.true(existsSync(join(folder, 'images', 'overcloud-full.qcow2')), 'unpacked');
  const [entry = ''] = await readdir(join(folder, '.cache', 'tagflow', 'images', 'overcloud-full.tar'));
  t.regex(entry, /^0\.0\.0-sha256-[0-9a-f]{64}$/);
  await rm(join(folder, 'images'), { recursive: true });
  t.like(await run(marks.fetch), { outcome: 'done', outputs: { 'bytes-moved': '0' } });

  await writeFile(join(publicTree, hashes, hash, 'overcloud-full.tar'), 'damaged');
  t.is((await run(marks.verify)).outcome, 'failed');
});

test('docs/images.md: RDO’s own tree is fetched, and mirrored', async (t) => {
  const reader = await startReader(t);
  await fillAsRdo(reader);
  const { folder, hash, run } = reader;
  t.is((await run(marks.fetchBare)).outcome, 'done');
  t.deepEqual(await readFile(join(folder, 'images', 'overcloud-full.tar')), await readBuilt(reader));
  t.is((await run(marks.mirrorBare)).outcome, 'done');
  t.is((await run(marks.linkMirror)).outcome, 'done');
  const label = join(folder, 'mirror', hashes, 'current-tripleo');
  t.is(await readlink(label), hash);
  for (const name of ['set.json', 'overcloud-full.tar.cidx']) t.true(existsSync(join(label, name)), name);
});

function readBuilt({ folder }: Reader): Promise<Buffer> {
  return readFile(join(folder, 'built', 'overcloud-full.tar'));
}

test('docs/images.md: mirror, into a flat tree that was none', async (t) => {
  const reader = await startReader(t);
  const { rh1Tree, hash, run, onLoopback } = reader;
  await publishAndPromote(reader);
  const release = join(rh1Tree, 'builds-master');
  await mkdir(join(release, 'current-tripleo'), { recursive: true });
  const refused = await run(marks.mirror);
  t.is(refused.outcome, 'failed');
  const shown = onLoopback(shownOfFlatTree).split('\n');
  for (const line of shown) t.true(refused.stderr.split('\n').includes(line), `${line}\n\n${refused.stderr}`);
  t.deepEqual(await readdir(release), ['current-tripleo'], 'nothing was copied');

  // What the error says, on the server's machine.
  const [, onServer = ''] = / '(cd .+)'$/.exec(shown[1] ?? '') ?? [];
  t.is((await shell(onServer.replace('/rh1/images', rh1Tree), rh1Tree, {})).error, null);
  t.is((await run(marks.mirror)).outcome, 'done');
  t.is(await readlink(join(release, 'current-tripleo')), hash);
  t.true(existsSync(join(release, 'current-tripleo.before')));
});

test('docs/images.md: prune', async (t) => {
  const reader = await startReader(t);
  const { publicTree, rh1Tree, run } = reader;
  await publishAndPromote(reader);
  await addOldHash(join(publicTree, hashes));
  t.like(await run(marks.prune), { outcome: 'planned', outputs: { files: `${hashes}/${oldHash}` } });
  t.true(existsSync(join(publicTree, hashes, oldHash)));

  await run(marks.mirror);
  const release = join(rh1Tree, 'builds-master');
  await addOldHash(release);
  t.is((await run(marks.pruneMirror)).outcome, 'done');
  t.deepEqual((await readdir(release)).sort(), [reader.hash, 'current-tripleo'].sort());
});

test('docs/images.md: the command in a lab says what the page shows', async (t) => {
  const { error, stderr } = await shellWithNpx(t, commands.find((line) => isKnownBy(line, marks.inLab)) ?? '');
  t.is(error, null, stderr);
  // On a slow machine there is a rate behind the bytes.
  const steady = (text: string): readonly string[] =>
    withoutPorts(text)
      .replaceAll(/file:\S*\/tagflow-lab-\w+/g, 'file:///tagflow-lab')
      .replaceAll(/ \([\d.]+ MB\/s\)|, [\d.]+ MB\/s(?=\))/g, '')
      .split('\n')
      .map((line) => line.trim());
  const said = steady(stderr);
  let from = 0;
  for (const line of steady(shownOfLab)) {
    const at = said.findIndex((text, index) => index >= from && text === line);
    t.true(at >= 0, `${line}\n\nis not there, or not in this place:\n${stderr}`);
    from = at + 1;
  }
});
