import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Lab, startLab } from '@tagflow/lab';
import { type ActRun, labSecrets, runAct } from '../../scripts/run-act.ts';
import { root } from '../../scripts/workspaces.ts';

const labels = ['tripleo-ci-testing', 'current-tripleo', 'current-tripleo-rdo', 'current-tripleo-rdo-internal'];
const promoted = labels.slice(1);

/** Where the labels point, read past tagflow: kind and place → hash, `mixed`, or null where there is no such label. */
interface Pointers {
  readonly repository: string | null;
  readonly rdo: string | null;
  readonly docker: string | null;
  readonly images: string | null;
  readonly internal: string | null;
}

async function pointersOf(lab: Lab, label: string): Promise<Pointers> {
  return {
    repository: await repositoryHash(lab, label),
    rdo: tagHash(lab.rdo, label),
    docker: tagHash(lab.docker, label),
    images: await linkHash(lab, 'images', label),
    internal: await linkHash(lab, 'internal', label),
  };
}

async function repositoryHash(lab: Lab, label: string): Promise<string | null> {
  const response = await fetch(`${lab.dlrn.reposUrl}/${label}/delorean.repo`);
  if (response.status === 404) return null;
  return /^baseurl=.*\/([0-9a-f]{40}_[0-9a-f]{8})$/m.exec(await response.text())?.[1] ?? 'unreadable';
}

// The hash whose tag has the digest of the label, if that is one hash in all repositories.
function tagHash(registry: Lab['rdo'], label: string): string | null {
  const repositories = registry.repositories().filter((name) => registry.tags(name).includes(label));
  if (repositories.length === 0) return null;
  const hashes = repositories.map((name) => {
    const digest = registry.manifest(name, label)?.digest;
    return registry.tags(name).find((tag) => tag.includes('_') && registry.manifest(name, tag)?.digest === digest);
  });
  const containers = registry.repositories().filter((name) => !name.endsWith('/tagflow-set'));
  const [first] = hashes;
  return repositories.length === containers.length && hashes.every((hash) => hash === first)
    ? (first ?? null)
    : 'mixed';
}

async function linkHash(lab: Lab, store: string, label: string): Promise<string | null> {
  return readlink(join(lab.root, store, 'master/rdo_trunk', label)).catch(() => null);
}

function failures({ events }: ActRun): readonly string[] {
  return events
    .filter(({ stepResult }) => stepResult === 'failure')
    .map(({ job, step }) => `${job}: ${step.replace('Main ', '')}`);
}

// One world for all: each test goes on where the one before ended.
let lab: Lab;
let first: string;

test.before(async () => {
  const self = [process.execPath, join(root, 'dist/tagflow.js')];
  // Little to move: what the actions do with much of it, their own tests show.
  lab = await startLab({ self, containers: 4, imageBytes: 1 << 18, sftp: true });
});
test.after.always(() => lab.close());

const vars = (): Record<string, string> => ({ TAGFLOW_KNOWN_HOSTS: lab.env()['TAGFLOW_KNOWN_HOSTS'] ?? '' });

test.serial('promotion.yml takes one set through all phases', async (t) => {
  const run = await runAct({ lab, workflow: 'promotion.yml', vars: vars() });
  t.deepEqual(failures(run), []);
  t.is(run.exitCode, 0);
  t.deepEqual([...new Set(run.jobs.values())], ['success']);
  t.is(run.outputs.get('upstream/promote promote.outcome'), 'done');
  t.is(run.outputs.get('osp-phase-0/hand-off hand-off.outcome'), 'done');

  first = run.outputs.get('upstream/hash hash.full-hash') ?? '';
  t.regex(first, /^[0-9a-f]{40}_[0-9a-f]{8}$/);
  const all = { repository: first, rdo: first, docker: first, images: first, internal: null };
  t.deepEqual(await pointersOf(lab, 'current-tripleo'), all);
  t.deepEqual(await pointersOf(lab, 'current-tripleo-rdo'), all);
  t.deepEqual(await pointersOf(lab, 'current-tripleo-rdo-internal'), { ...all, docker: null, internal: first });
  t.deepEqual(await readdir(join(lab.root, 'hand-off')), [first]);
  t.is(await linkHash(lab, 'rh1', 'current-tripleo'), first);

  const votes = lab.dlrn.state.votes.filter(({ user }) => user === lab.dlrn.username);
  t.is(votes.length, [...run.jobs.keys()].filter((job) => job.includes('/test ')).length);
  await assertNoSecrets(t, run);
});

test.serial('a failing featureset blocks the promotion, and with it the phases after it', async (t) => {
  const job = 'periodic-tripleo-ci-centos-7-multinode-1ctlr-featureset010-master';
  lab.builder.build();
  lab.ci.failJobs.add(job);
  const before = await Promise.all(promoted.map((label) => pointersOf(lab, label)));
  const run = await runAct({ lab, workflow: 'promotion.yml', vars: vars() });
  t.is(run.exitCode, 1);
  t.deepEqual(failures(run), [
    `upstream/test ${job}: ./actions/run-featureset-tests`,
    'upstream/promote: ./actions/promote-symlink',
  ]);
  t.is(run.outputs.get(`upstream/test ${job} run.outcome`), 'failed');
  t.is(run.outputs.get(`upstream/test ${job} report.outcome`), 'done', 'a failure is a vote too');
  t.is(run.outputs.get('upstream/promote promote.outcome'), 'blocked');
  t.false(
    [...run.jobs.keys()].some((name) => !name.startsWith('upstream/')),
    'nothing after it ran',
  );
  t.false(run.jobs.has('upstream/mirror'));

  const second = run.outputs.get('upstream/hash hash.full-hash') ?? '';
  t.not(second, first);
  t.is(await repositoryHash(lab, 'tripleo-ci-testing'), second, 'it was pinned and tested');
  t.deepEqual(await Promise.all(promoted.map((label) => pointersOf(lab, label))), before);
  await assertNoSecrets(t, run);
});

test.serial('a phase can be run alone, from a hash, and says that there is nothing to do', async (t) => {
  const run = await runAct({
    lab,
    workflow: 'phase-osp-phase-0.yml',
    inputs: { 'full-hash': first, 'known-hosts': vars()['TAGFLOW_KNOWN_HOSTS'] ?? '' },
  });
  t.deepEqual(Object.fromEntries(run.jobs), { hash: 'success', 'hand-off': 'success' });
  t.is(run.outputs.get('hand-off hand-off.outcome'), 'nothing-to-do');
});

async function assertNoSecrets(
  t: { is(a: unknown, b: unknown, c?: string): void; true(a: boolean): void },
  run: ActRun,
): Promise<void> {
  const { DLRN_PASSWORD = '', REGISTRY_AUTH = '', SSH_KEY = '' } = await labSecrets(lab);
  const [, auth = ''] = /"auth":"([^"]+)"/.exec(REGISTRY_AUTH) ?? [];
  const account = Buffer.from(auth, 'base64').toString();
  const key = SSH_KEY.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
  const secrets = [DLRN_PASSWORD, Buffer.from(DLRN_PASSWORD).toString('base64'), REGISTRY_AUTH, auth, account, ...key];
  t.true(key.length > 0 && secrets.every((secret) => secret.length > 5));
  t.true(run.text.includes('password: ***'));
  for (const [index, secret] of secrets.entries()) t.is(run.text.indexOf(secret), -1, `secret ${String(index)}`);
}
