import test, { type ExecutionContext } from 'ava';
import { type LabGithubOptions, type LabGithubRun, startLabGithub } from '@tagflow/lab';
import { createRemoteCi, RunnerError } from '../src/index.ts';
import { createGithubCi, type GithubCiConfig } from '../src/github/github-ci.ts';
import { namesKey, stateOfRun } from '../src/github/result.ts';
import { ended, hash, logFrom, never, reportsOf, requestOf, stage, testEffects } from './remote-ci-world.ts';

const token = 'ghp_token-of-robot';
const config: Omit<GithubCiConfig, 'url'> = {
  plainHttp: false,
  repository: 'rdo/tests',
  workflow: 'featureset.yml',
  ref: 'main',
  inputs: { 'full-hash': '{full-hash}' },
  keyInput: 'key',
  reports: 'junit',
};

async function scene(t: ExecutionContext, options: Partial<LabGithubOptions> = {}) {
  const jobs = stage<LabGithubRun>();
  const workflows = { 'featureset.yml': ['full-hash', 'key'] };
  const title = (inputs: Readonly<Record<string, string>>): string => `test [${inputs['key'] ?? ''}]`;
  const common = { repository: config.repository, workflows, artifact: 'junit', token, title };
  const lab = await startLabGithub({ ...common, run: jobs.play, ...options });
  t.teardown(lab.close);
  const effects = testEffects();
  const newCi = (changes: object = {}, mine = token) =>
    createGithubCi({ config: { ...config, url: lab.url, ...changes }, token: mine, effects });
  return { lab, jobs, effects, newCi, ci: await newCi() };
}

test('a workflow is dispatched, waits, runs, and ends: its inputs, logs and reports', async (t) => {
  const { lab, jobs, ci, newCi } = await scene(t);
  t.is(await ci.find(requestOf(), never), null);
  lab.holdRuns(true);
  const run = await ci.start(requestOf(), never);
  t.deepEqual(run, { id: '1000', url: `${lab.url}/rdo/tests/actions/runs/1000` });
  if (run === null) return;
  t.is(ended(await ci.state(run, never)), 'queued');
  t.deepEqual(await ci.find(requestOf(), never), run);
  t.is(await ci.find(requestOf('key'), never), null, 'the key and not what it begins with');
  lab.holdRuns(false);
  const job = await jobs.nth(1);
  t.deepEqual(job.parameters, { 'full-hash': hash, key: 'key-1' });
  t.is(ended(await ci.state(run, never)), 'running');
  job.write('früh\n2026-01-01 is no time of GitHub\n');
  t.deepEqual(await logFrom(ci, run, 0), ['', 0], 'the log of a job that goes on cannot be read');
  job.nextJob();
  const [first, position] = await logFrom(ci, run, 0);
  t.is(first, 'früh\n2026-01-01 is no time of GitHub\n');
  t.deepEqual(await logFrom(ci, run, position), ['', position]);
  job.write('second job\nno end');
  job.keep('logs/junit.xml', '<testsuites/>');
  job.keep('big.xml', 'x'.repeat(300_000));
  await jobs.end('failure');
  t.is(ended(await ci.state(run, never)), 'failure: failure');
  const [second, end] = await logFrom(ci, run, position);
  t.is(second, 'second job\nno end');
  t.deepEqual(await logFrom(await newCi(), run, 7), [(first + second).slice(7), end]);
  t.deepEqual(await logFrom(ci, run, end), ['', end]);
  const logs = lab.requests.filter(({ path }) => path === '/storage/100000.log');
  t.is(logs.length, 2, 'once by each process');
  t.deepEqual(await reportsOf(t, ci, run), { 'big.xml': 'x'.repeat(300_000), 'logs/junit.xml': '<testsuites/>' });
});

test('a server that does not know how to name the run is asked again without, and the run is found', async (t) => {
  const { lab, ci, jobs } = await scene(t, { knowsRunDetails: false });
  t.is(await ci.start(requestOf(), never), null);
  await jobs.nth(1);
  t.is((await ci.find(requestOf(), never))?.id, '1000');
  t.is(lab.runs.length, 1);
});

test('a run is ended; one that has ended already, and one that is gone, are fine', async (t) => {
  const { jobs, ci } = await scene(t);
  const run = await ci.start(requestOf(), never);
  if (run === null) return t.fail();
  await jobs.nth(1);
  await ci.cancel(run, never);
  t.is(ended(await ci.state(run, never)), 'cancelled: cancelled');
  await ci.cancel(run, never);
  const gone = { id: '77', url: '' };
  await ci.cancel(gone, never);
  t.is(ended(await ci.state(gone, never)), 'lost: the run is not there any more');
  t.deepEqual(await logFrom(ci, gone, 0), ['', 0]);
  t.deepEqual(await reportsOf(t, ci, gone), {});
});

test('it is found among many', async (t) => {
  const { lab, ci, jobs } = await scene(t);
  const run = await ci.start(requestOf(), never);
  await jobs.nth(1);
  const [own] = lab.runs;
  if (own === undefined) return t.fail();
  const others = Array.from({ length: 150 }, (_, index) => ({ ...own, id: 5000 + index, title: `test [k-${index}]` }));
  lab.runs.unshift(...others);
  t.deepEqual(await ci.find(requestOf(), never), run);
});

const limits: readonly (readonly [string, number, Readonly<Record<string, string>>, number | null])[] = [
  ['none left until a time', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1030' }, 30_000],
  ['a time to stay away', 403, { 'retry-after': '7' }, 7000],
  ['too much', 429, { 'retry-after': '9' }, 9000],
  ['none left for an hour', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4600' }, null],
];

for (const [what, status, headers, wait] of limits) {
  test(`a rate limit is waited for, where that is not too long: ${what}`, async (t) => {
    const { lab, ci, effects } = await scene(t);
    Object.assign(lab.troubles, { count: 1, status, headers });
    if (wait === null) {
      const error = await t.throwsAsync(ci.find(requestOf(), never), { code: 'ci-unreachable' });
      t.regex(error?.message ?? '', /allows no more requests for 3600 s/);
    } else {
      t.is(await ci.find(requestOf(), never), null);
      t.deepEqual(effects.sleeps, [wait]);
    }
  });
}

test('what GitHub refuses is said, and no token with it', async (t) => {
  const { lab, newCi, effects } = await scene(t);
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{}, 'ghp_wrong-one', /with 401: Bad credentials/],
    [{ workflow: 'other.yml' }, token, /with 404: Not Found/],
    [{ inputs: { release: '{release}' } }, token, /with 422: Unexpected inputs provided: \["release"\]/],
  ];
  const told: string[] = [];
  for (const [changes, mine, message] of cases) {
    const ci = await newCi(changes, mine);
    const error = await t.throwsAsync(ci.start(requestOf(), never), { instanceOf: RunnerError, message });
    t.like(error, { code: 'ci-refused', outcome: 'invalid' });
    told.push(JSON.stringify([error.message, error.next]), String((error.cause as Error | undefined)?.stack));
  }
  t.is(lab.runs.length, 0);
  for (const secret of [token, 'ghp_wrong-one']) t.false([...told, ...effects.lines].join().includes(secret));
});

test('an aborted signal ends a request', async (t) => {
  const { ci } = await scene(t);
  const reason = new Error('Ctrl-C');
  t.is(await t.throwsAsync(ci.find(requestOf(), AbortSignal.abort(reason))), reason);
});

test('what is written down wrongly is refused before the first request', async (t) => {
  const url = 'http://ci.example.org';
  const effects = testEffects();
  const make = (changes: object) => createGithubCi({ config: { ...config, url, ...changes }, token, effects });
  await t.throwsAsync(make({}), { code: 'bad-ci', message: /could read the token/ });
  await t.throwsAsync(make({ url: 'https://x', repository: 'tests' }), {
    code: 'bad-ci',
    message: /is not owner\/name/,
  });
  const ci = { kind: 'github', ...config, url } as const;
  await t.throwsAsync(createRemoteCi(ci, { token: null }, effects), { code: 'bad-ci', message: /without a token/ });
});

const states: readonly (readonly [string | null, string | null, string])[] = [
  ['queued', null, 'queued'],
  ['waiting', null, 'queued'],
  ['in_progress', null, 'running'],
  ['something new', null, 'running'],
  ['completed', 'success', 'success: success'],
  ['completed', 'failure', 'failure: failure'],
  ['completed', 'timed_out', 'timed-out: timed_out'],
  ['completed', 'cancelled', 'cancelled: cancelled'],
  ['completed', 'startup_failure', 'lost: startup_failure'],
  ['completed', 'action_required', 'lost: action_required'],
  ['completed', 'stale', 'lost: stale'],
  ['completed', 'neutral', 'lost: neutral'],
  ['completed', 'skipped', 'lost: skipped'],
  ['completed', null, 'lost: no conclusion'],
  ['completed', 'valueOf', 'lost: valueOf'],
];

test('what the states of a workflow run mean', (t) => {
  t.deepEqual(
    states.map(([status, conclusion]) => ended(stateOfRun(status, conclusion))),
    states.map(([, , expected]) => expected),
  );
});

test('a title names a key as a word', (t) => {
  const titles = ['k-1', 'test k-1', '(k-1): x', 'k-11, k-1'];
  const others = ['', 'k-11', 'ak-1', 'k-1.x', 'x-k-1'];
  t.deepEqual(
    [...titles, ...others].filter((title) => namesKey(title, 'k-1')),
    titles,
  );
});
