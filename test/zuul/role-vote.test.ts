import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { docsYaml } from './docs-zuul.ts';
import { calledIn, writeProgram } from './role-program.ts';
import { makeRig, type Rig, type RigRun } from './role-rig.ts';

// The vote after a test, in the playbook of docs/zuul.md: what an untrusted run left is data, and none of it is trusted.

const test = anyTest as TestFn<{ readonly rig: Rig }>;
test.beforeEach(async (t) => {
  t.context = { rig: await makeRig() };
});
test.afterEach.always((t) => t.context.rig.close());

const secret = 'hunter2-{{ 7 * 7 }}-$HOME "q"';
const job = 'periodic-featureset001';
const voteJob = {
  name: job,
  playbook: docsYaml().get('playbooks/tagflow/vote.yaml') ?? '',
  secrets: { promotion_vote: { 'dlrn-url': 'https://dlrn.example', username: 'ci', password: secret } },
};
const fileOf = (status: string): string =>
  JSON.stringify({
    jobs: [
      { job, status },
      { job: 'another', status: 'success' },
    ],
  });

async function voted(t: { readonly context: { readonly rig: Rig } }, success: boolean, more = {}): Promise<RigRun> {
  const vars = {
    promotion_tagflow: writeProgram(t.context.rig.folder),
    promotion_needs: { hash: { outputs: { 'full-hash': 'abc' }, files: {} } },
    tagflow_zuul_url: 'https://zuul.example/',
    ...more,
  };
  const ran = await t.context.rig.run({ ...voteJob, success, vars });
  const { tagflow_vote: vote } = ran.data;
  return { ...ran, data: vote === undefined ? {} : { result: vote } };
}

test.serial(
  'the vote: of this job alone, to where the secret says, of the hash that an earlier job gave',
  async (t) => {
    const logs = join(t.context.rig.work, 'logs/tagflow-jobs');
    mkdirSync(logs, { recursive: true });
    t.deepEqual((await voted(t, true)).data, {}, 'a run that left nothing has nothing to say');

    writeFileSync(join(logs, 'results.json'), fileOf('success'));
    writeFileSync(join(t.context.rig.project, 'tagflow.yaml'), 'dlrn: { api-url: https://attacker.example }');
    const first = await voted(t, true);
    t.is(first.code, 0, first.log);
    const { flags, files } = calledIn(first);
    t.deepEqual(
      [flags['job'], flags['full-hash'], flags['dlrn-url'], flags['username']],
      [job, 'abc', 'https://dlrn.example', 'ci'],
    );
    t.regex(flags['log-url'] ?? '', /^https:\/\/zuul\.example\/t\/lab\/build\/build\d$/);
    t.deepEqual(
      ['config', 'phase', 'status'].filter((name) => name in flags),
      [],
      'nothing of the workspace is read',
    );
    t.is(files['results']?.text, fileOf('success'));
    t.false(flags['results']?.startsWith(t.context.rig.work));
    t.is(files['password-file']?.text, secret);
    t.false(first.log.includes('hunter2'));

    const lied = calledIn(await voted(t, false)).flags;
    t.deepEqual([lied['status'], lied['job'], lied['results']], ['failure', job, undefined]);
    writeFileSync(join(logs, 'results.json'), fileOf('failure'));
    t.true('results' in calledIn(await voted(t, false)).flags);
    const all = { promotion_vote_all: true };
    t.true('results' in calledIn(await voted(t, false, all)).flags, 'all tests in one job, and one that failed');
    writeFileSync(join(logs, 'results.json'), fileOf('success'));
    t.deepEqual((await voted(t, false, all)).data, {}, 'none that failed, and Zuul saw the run fail');
    t.true('results' in calledIn(await voted(t, true, all)).flags);
    t.deepEqual((await voted(t, true, { promotion_report: false })).data, {}, 'jobs after a promotion do not vote');
  },
);

test.serial('the vote: a link, a pipe, a folder and a file that is too big are not taken', async (t) => {
  const { work, folder } = t.context.rig;
  const logs = join(work, 'logs/tagflow-jobs');
  const path = join(logs, 'results.json');
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(folder, 'password'), 'top-secret-text');
  const traps: Readonly<Record<string, () => void>> = {
    'is a symbolic link': () => symlinkSync(join(folder, 'password'), path),
    'no regular file': () => execFileSync('mkfifo', [path]),
    'results.json is no regular file': () => mkdirSync(path),
    'at most 100 are taken': () => writeFileSync(path, ' '.repeat(101)),
  };
  for (const [says, make] of Object.entries(traps)) {
    rmSync(path, { recursive: true, force: true });
    make();
    const ran = await voted(t, true, { promotion_results_limit: 100 });
    t.is(ran.code, 2);
    t.true(ran.log.includes('the results of the run are not taken'), says);
    t.true(ran.log.includes(says), ran.log);
    t.false(ran.log.includes('top-secret-text'));
  }
  rmSync(logs, { recursive: true });
  symlinkSync(folder, logs);
  t.regex((await voted(t, true)).log, /logs\/tagflow-jobs\/results\.json is a symbolic link/);
});

test.serial('the vote: facts that the run left change neither the hash nor the server', async (t) => {
  const rig = await makeRig((folder) => ({
    ANSIBLE_CACHE_PLUGIN: 'jsonfile',
    ANSIBLE_CACHE_PLUGIN_CONNECTION: join(folder, 'facts'),
  }));
  t.teardown(() => rig.close());
  const evil = {
    promotion_needs: { hash: { outputs: { 'full-hash': 'evil' } } },
    promotion_vote_inputs: { 'dlrn-url': 'https://attacker.example', 'full-hash': 'evil' },
    ...{ tagflow_job: 'another', promotion_results_path: 'evil.json', promotion_vote_all: true },
  };
  const leave = [{ hosts: 'localhost', gather_facts: false, tasks: [{ set_fact: { ...evil, cacheable: true } }] }];
  t.is((await rig.run({ playbook: JSON.stringify(leave), vars: {} })).code, 0);
  const logs = join(rig.work, 'logs/tagflow-jobs');
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(logs, 'results.json'), fileOf('success'));
  const ran = await voted({ ...t, context: { rig } }, true);
  const { flags } = calledIn(ran);
  t.deepEqual([flags['full-hash'], flags['dlrn-url'], flags['job']], ['abc', 'https://dlrn.example', job], ran.log);
});
