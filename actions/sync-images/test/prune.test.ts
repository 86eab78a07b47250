import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startLabImageServer } from '@tagflow/lab';
import { openLedger } from '@tagflow/ledger';
import { type Label, parseFullHash, parseLabel, type Plan } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { configOf, startWorld } from './world.ts';

const hashOf = (digit: string) => parseFullHash(`${digit.repeat(40)}_${digit.repeat(8)}`);
const [one, two, three] = [hashOf('1'), hashOf('2'), hashOf('3')] as const;
const [four, five, six] = [hashOf('4'), hashOf('5'), hashOf('6')] as const;

/** A store with six old hashes, of which the first is linked, and a DLRN whose labels are files. */
async function startOldStore(t: ExecutionContext, ledger: string) {
  const world = await startWorld(t);
  const folder = join(world.root, 'rdo/centos9/master');
  for (const hash of [one, two, three, four, five, six]) {
    await mkdir(join(folder, hash), { recursive: true });
    await writeFile(join(folder, hash, 'overcloud-full.tar'), 'four');
    await age(join(folder, hash, 'overcloud-full.tar'));
    await age(join(folder, hash));
  }
  await symlink(one, join(folder, 'current-tripleo'));
  const repos = await mkdtemp(join(tmpdir(), 'sync-images-repos-'));
  const dlrn = await startLabImageServer({ root: repos });
  t.teardown(() => dlrn.close());
  const text = configOf(world).replace('http://127.0.0.1:1/repos', dlrn.url);
  const config = await world.file('tagflow.yaml', `${text}ledger: ${ledger}\n`);
  const label = async (name: string, digit: string): Promise<void> => {
    await mkdir(join(repos, name), { recursive: true });
    const lines = [`- commit_hash: ${digit.repeat(40)}`, `  distro_hash: ${digit.repeat(40)}`, '  component: None'];
    await writeFile(join(repos, name, 'commit.yaml'), `commits:\n${lines.join('\n')}\n`);
  };
  const prune = { config, ...world.login, phase: 'upstream', mode: 'prune' };
  const left = async () => (await readdir(folder)).sort();
  return { world, prune, label, left, config, database: join(dirname(config), '.tagflow/ledger.db') };
}

async function age(path: string): Promise<void> {
  const old = new Date(Date.now() - 20 * 24 * 60 * 60 * 1000);
  await utimes(path, old, old);
}

const promoted = parseLabel('current-tripleo');

function planOf(label: Label, from: Plan['fromHash'], to: Plan['toHash']): Plan {
  return {
    ...{ mode: 'promote', release: 'master', component: null, label, candidateLabel: null, fromHash: from, toHash: to },
    set: { fullHash: to, release: 'master', repository: { url: null, builds: [] }, containers: [], images: [] },
    fromSet: null,
    ...{ irreversible: [], criteria: 'none' as const, waivers: [], version: 1, policyDigest: 'sha256:p' },
    moves: [{ destination: 'dlrn', kind: 'repository', label, pointer: label, from, to }],
    notes: [],
    verdict: {
      answer: 'yes',
      fullHash: to,
      reasons: [],
      waivers: [],
      votes: [],
      criteriaDigest: `sha256:${'0'.repeat(64)}`,
    },
    ...{ configDigest: `sha256:${'1'.repeat(64)}`, reason: null, actor: 'test', createdAt: '2026-01-02T03:04:05.000Z' },
  };
}

const ledgerEffects = { clock: { now: () => Date.now(), sleep: () => Promise.resolve() }, random: Math.random };

test('removes what no link, no promotion and no label of the repository needs', async (t) => {
  const { prune, label, left, world, database } = await startOldStore(t, '{}');
  await label('tripleo-ci-testing', '2');
  const ledger = await openLedger(`sqlite:${database}`, ledgerEffects);
  await ledger.finish(await ledger.begin(planOf(promoted, three, one)), 'done');
  await ledger.finish(await ledger.begin(planOf(promoted, one, six)), 'failed');
  await ledger.begin(planOf(parseLabel('current-tripleo-rdo'), null, four));
  await ledger.close();
  const dry = await world.run({ ...prune, 'dry-run': 'true' });
  const stale = [five, six].map((hash) => `centos9/master/${hash}`);
  t.is(dry.outcome, 'planned', dry.message);
  t.deepEqual((dry.outputs['files'] ?? '').split(',').sort(), stale);
  for (const why of [
    /1{40}_1{8} \| 20 d \| 1 kB \| stays: current-tripleo names it/,
    /2{40}_2{8} .*stays: tripleo-ci-testing names it in the repository/,
    /3{40}_3{8} .*stays: current-tripleo named it before/,
    /4{40}_4{8} .*stays: promotion .* of current-tripleo-rdo is not finished/,
    /5{40}_5{8} .*would remove: old, and nothing links to it/,
  ]) {
    t.regex(dry.summary ?? '', why);
  }
  t.is((await left()).length, 7, 'a dry run removes nothing');
  const done = await world.run(prune);
  t.is(done.outcome, 'done', done.message);
  t.is(done.message, 'removed 2 (1 kB); 4 stay');
  t.deepEqual(await left(), [one, two, three, four, 'current-tripleo']);
  t.is((await world.run(prune)).outcome, 'nothing-to-do');
});

test('waits for a promotion that holds the links, and names who it is', async (t) => {
  const { prune, left, world, database } = await startOldStore(t, '{}');
  const ledger = await openLedger(`sqlite:${database}`, ledgerEffects);
  const { host } = new URL(world.sftp.url);
  const lease = await ledger.acquire(
    [`images:sftp://${host}/rdo:centos9/master/previous-current-tripleo`],
    'cli:somebody',
    120_000,
  );
  const result = await world.run(prune);
  t.is(result.outcome, 'waiting', result.message);
  t.regex(result.message ?? '', /is held by cli:somebody/);
  t.is((await left()).length, 7);
  await lease.release();
  t.is((await world.run(prune)).outcome, 'done');
  const again = await ledger.acquire([`images:sftp://${host}/rdo:centos9/master/current-tripleo`], 'x', 1000);
  await again.release();
  await ledger.close();
});

test('looking makes no ledger, nor does a prune where the CI system keeps runs apart', async (t) => {
  const { prune, left, world, database } = await startOldStore(t, '{lock: ci}');
  t.is((await world.run({ ...prune, 'dry-run': 'true', 'keep-latest': '6' })).outcome, 'nothing-to-do');
  t.is((await world.run({ ...prune, 'full-hash': two })).outcome, 'done');
  t.deepEqual(await left(), [one, two, 'current-tripleo']);
  t.false(existsSync(database));
});

test('removes nothing while the repository cannot say what its labels name', async (t) => {
  const { prune, left, world, config } = await startOldStore(t, '{lock: ci}');
  await writeFile(config, `${configOf(world)}ledger: {lock: ci}\n`);
  const result = await world.run(prune);
  t.is(result.outcome, 'waiting', result.message);
  t.is((await left()).length, 7);
});

test('by URL: a store without any link is pruned only when it is said', async (t) => {
  const { world } = await startOldStore(t, '{}');
  const destination = `${world.sftp.url}/rdo`;
  const prune = { mode: 'prune', release: 'master', destination, layout: '{distro}/{release}/{hash}', ...world.login };
  const inputs = { ...prune, distro: 'centos9', 'link-layout': '{distro}/{release}/{label}' };
  t.is((await world.run({ ...inputs, 'dry-run': 'true' })).outcome, 'planned');
  await mkdir(join(world.root, 'rdo/centos9/pike', two), { recursive: true });
  for (const path of [two, '']) await age(join(world.root, 'rdo/centos9/pike', path));
  const refused = await world.run({ ...inputs, release: 'pike' });
  t.is(refused.error?.code, 'unclear-links');
  const told = await world.run({ ...inputs, release: 'pike', unlinked: 'true' });
  t.deepEqual([told.outcome, told.outputs['files']], ['done', `centos9/pike/${two}`]);
});
