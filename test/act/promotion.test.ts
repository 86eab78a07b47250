import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { Lab } from '@tagflow/lab';
import { type ActRun, labSecrets, runAct } from '../../scripts/run-act.ts';
import { imageFolder, readTruth } from '../pipelines/truth.ts';
import { failures, inPhase, promotionOutcome, startActLab } from './act-lab.ts';

const promoted = ['current-tripleo', 'current-tripleo-rdo', 'current-tripleo-rdo-internal'];
const upstream = inPhase('upstream');

// One world for all: each test goes on where the one before ended.
let lab: Lab;
let first: string;

test.before(async () => {
  // Little to move: what the actions do with much of it, their own tests show.
  lab = await startActLab({ imageBytes: 1 << 18, sftp: true });
});
test.after.always(() => lab.close());

const vars = (): Record<string, string> => ({ TAGFLOW_KNOWN_HOSTS: lab.env()['TAGFLOW_KNOWN_HOSTS'] ?? '' });

test.serial('promotion.yml takes one set through all phases', async (t) => {
  const run = await runAct({ lab, workflow: 'promotion.yml', vars: vars() });
  t.deepEqual(failures(run), []);
  t.is(run.exitCode, 0);
  t.deepEqual([...new Set(run.jobs.values())], ['success']);
  t.is(promotionOutcome(run, upstream), 'done');
  t.is(run.outputs.get(`${inPhase('osp-phase-0')}hand-off hand-off.outcome`), 'done');

  first = run.outputs.get(`${upstream}hash hash.full-hash`) ?? '';
  t.regex(first, /^[0-9a-f]{40}_[0-9a-f]{8}$/);
  const all = { repository: first, rdo: first, docker: first, public: first, internal: null };
  t.deepEqual(await readTruth(lab, 'current-tripleo'), all);
  t.deepEqual(await readTruth(lab, 'current-tripleo-rdo'), all);
  t.deepEqual(await readTruth(lab, 'current-tripleo-rdo-internal'), { ...all, docker: null, internal: first });
  t.deepEqual(await readdir(join(lab.root, 'hand-off')), [first]);
  t.is(await readlink(join(lab.root, 'rh1', imageFolder, 'current-tripleo')), first);

  const votes = lab.dlrn.state.votes.filter(({ user }) => user === lab.dlrn.username);
  t.is(votes.length, [...run.jobs.keys()].filter((job) => job.includes('/test ')).length);
  await assertNoSecrets(t, run);
});

test.serial('a failing featureset blocks the promotion, and with it the phases after it', async (t) => {
  const job = 'periodic-tripleo-ci-centos-7-multinode-1ctlr-featureset010-master';
  lab.builder.build();
  lab.ci.failJobs.add(job);
  const before = await Promise.all(promoted.map((label) => readTruth(lab, label)));
  const run = await runAct({ lab, workflow: 'promotion.yml', vars: vars() });
  t.is(run.exitCode, 1);
  t.deepEqual(failures(run), [
    `${upstream}test ${job}: ./actions/run-featureset-tests`,
    `${upstream}plan: ./actions/promote-symlink`,
  ]);
  t.is(run.outputs.get(`${upstream}test ${job} run.outcome`), 'failed');
  t.is(run.outputs.get(`${upstream}vote ${job} vote.outcome`), 'done', 'a failure is a vote too');
  t.is(promotionOutcome(run, upstream), 'blocked');
  t.false(
    [...run.jobs.keys()].some((name) => name.startsWith(inPhase('rdo-phase-1'))),
    'nothing after it ran',
  );
  t.false(run.jobs.has(`${upstream}promote`));
  t.false(run.jobs.has(`${upstream}mirror`));

  const second = run.outputs.get(`${upstream}hash hash.full-hash`) ?? '';
  t.not(second, first);
  t.is((await readTruth(lab, 'tripleo-ci-testing')).repository, second, 'it was pinned and tested');
  t.deepEqual(await Promise.all(promoted.map((label) => readTruth(lab, label))), before);
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
