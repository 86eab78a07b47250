import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { executeAction } from '@tagflow/action-kit';
import {
  createLabBuilder,
  createVirtualClock,
  promoteBatch,
  startLabDlrn,
  startLabGithub,
  type VirtualClock,
} from '@tagflow/lab';
import { fullHashOfCommit } from '@tagflow/model';
import { action } from '../src/action.ts';

type Inputs = Readonly<Record<string, string>>;

const token = 'ghs_token-of-the-job';
const commit = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';
const day = 24 * 3_600_000;

/** A DLRN with one build that is a candidate, a GitHub, and the action between them. */
async function bench(t: ExecutionContext) {
  const clock: VirtualClock = createVirtualClock('2026-01-01T00:00:00Z');
  const dlrn = await startLabDlrn({
    clock,
    mode: 'classic',
    projects: [{ name: 'lab-tripleo', component: 'tripleo' }],
  });
  const github = await startLabGithub({
    ...{ repository: 'rdo/promotions', workflows: {}, artifact: '', token, commits: [commit], clock },
    run: () => Promise.resolve('success'),
  });
  const folder = await mkdtemp(join(tmpdir(), 'publish-status-'));
  t.teardown(async () => {
    await Promise.all([dlrn.close(), github.close(), rm(folder, { recursive: true })]);
  });
  const row = createLabBuilder({ dlrn: dlrn.state, clock, seed: 'status' }).build();
  const hash = fullHashOfCommit(row);
  const promote = (label: string): void => void promoteBatch(dlrn.state, [{ ...row, label }], 'ciuser');
  const config = join(folder, 'tagflow.yaml');
  const configure = (apiUrl: string) =>
    writeFile(
      config,
      `release: master
distro: centos9
dlrn: { api-url: '${apiUrl}', repos-url: '${dlrn.reposUrl}' }
owners: { 'periodic-*': tripleo-ci }
phases:
  upstream:
    pin: { from: consistent, to: tripleo-ci-testing }
    promote: { from: tripleo-ci-testing, to: current-tripleo, criteria: { all-of: [periodic-fs001] } }
  osp-phase-0:
    hand-off: { label: current-tripleo, destination: 'file:out' }
`,
    );
  await configure(dlrn.apiUrl);
  const env = {
    ...{ GITHUB_API_URL: github.url, GITHUB_REPOSITORY: 'rdo/promotions', GITHUB_SHA: commit, GITHUB_RUN_ID: '77' },
    GITHUB_SERVER_URL: 'https://github.example',
  };
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const run = (inputs: Inputs, more: Readonly<Record<string, string | undefined>> = env) =>
    executeAction(action, new Map(Object.entries({ config, phase: 'upstream', 'full-hash': hash, ...inputs })), {
      clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
      log: { debug: say, info: say, warning: say },
      progress: () => undefined,
      signal: new AbortController().signal,
      ...{ outDir: '/nonexistent', cwd: '/nonexistent', actor: 'test', random: () => 0, env: more },
    });
  return { clock, dlrn, github, board: github.board, hash, promote, configure, env, lines, run };
}

const verdict = JSON.stringify({
  answer: 'no',
  reasons: [
    { kind: 'job', met: false, job: 'periodic-fs001', text: 'periodic-fs001 failed' },
    { kind: 'job', met: true, job: 'other', text: 'other succeeded' },
    { kind: 'informing', met: false, job: 'periodic-fs035', text: 'periodic-fs035 failed' },
  ],
});
const blocked = { outcome: 'blocked', verdict, 'github-token': token };

test('a label that is promoted no more gets an issue, until it is', async (t) => {
  const { board, clock, hash, promote, run } = await bench(t);
  promote('tripleo-ci-testing');
  const early = await run(blocked);
  t.is(early.outcome, 'done', early.message);
  t.deepEqual(Object.keys(early.outputs), ['status']);
  t.is(board.commitStatuses[0]?.description, `blocked: ${hash}: periodic-fs001 failed`.slice(0, 140));
  t.is(board.commitStatuses[0]?.['target_url'], 'https://github.example/rdo/promotions/actions/runs/77');

  await clock.advance(8 * day);
  const patient = await run({ ...blocked, 'red-after': '30d' });
  t.is(patient.outputs['issue'], undefined);
  const late = await run(blocked);
  t.regex(late.outputs['issue'] ?? '', /\/rdo\/promotions\/issues\/1$/);
  const [issue] = board.issues;
  t.regex(
    issue?.body ?? '',
    /Never promoted; its first candidate is of 2026-01-01[^]*`tripleo-ci`[^]*periodic-fs001 failed/,
  );
  t.notRegex(issue?.body ?? '', /fs035/);

  promote('current-tripleo');
  const told = await run({ outcome: 'done', verdict, 'promotion-id': 'p-1', 'github-token': token });
  t.is(told.outcome, 'done', told.message);
  t.deepEqual(Object.keys(told.outputs), ['deployment', 'status', 'issue']);
  t.is(issue?.state, 'closed');
  t.is(board.deployments[0]?.environment, 'current-tripleo');
  t.is(board.commitStatuses.at(-1)?.description, `done: ${hash}`);
  t.is((await run({ outcome: 'done', 'promotion-id': 'p-1', 'github-token': token })).outcome, 'nothing-to-do');
});

test('without a token, a repository or a promotion nobody is asked', async (t) => {
  const { dlrn, github, env, run } = await bench(t);
  const before = dlrn.requests.length;
  const ends = [
    await run({ outcome: 'done' }),
    await run({ ...blocked }, { ...env, GITHUB_REPOSITORY: undefined }),
    await run({ ...blocked, phase: 'osp-phase-0' }),
  ];
  t.deepEqual(
    ends.map(({ outcome, message }) => `${outcome}: ${message}`),
    [
      'nothing-to-do: GitHub is not told: there is no github-token',
      'nothing-to-do: GitHub is not told: there is no repository',
      'nothing-to-do: phase osp-phase-0 promotes nothing',
    ],
  );
  t.deepEqual([dlrn.requests.length - before, github.requests.length], [0, 0]);
});

test('a dry run writes nothing', async (t) => {
  const { github, promote, run } = await bench(t);
  promote('current-tripleo');
  const result = await run({ outcome: 'done', 'promotion-id': 'p-1', 'github-token': token, 'dry-run': 'true' });
  t.is(result.outcome, 'planned');
  t.regex(result.message ?? '', /^would write: deployment of .*; would write: commit status .*; no issue: /);
  t.false(github.requests.some(({ method }) => method !== 'GET'));
});

test('what cannot be told makes it wait, and is never a failure', async (t) => {
  const { board, configure, lines, run } = await bench(t);
  await configure('http://127.0.0.1:1/api');
  const without = await run({ outcome: 'done', 'promotion-id': 'p-1', 'github-token': token });
  t.deepEqual([without.outcome, without.ok, without.error?.code], ['waiting', false, 'unreachable']);
  t.is(board.deployments.length, 1, 'the promotion was told all the same');
  board.permissions.deployments = 'read';
  const refused = await run({
    outcome: 'done',
    'promotion-id': 'p-2',
    'github-token': token,
    'ok-outcomes': 'waiting',
  });
  t.deepEqual([refused.outcome, refused.ok, refused.error?.code], ['waiting', true, 'github-refused']);
  t.regex(refused.error?.next ?? '', /"deployments: write"/);
  t.false(JSON.stringify([without, refused, lines]).includes(token));
});

test('what is wrong is told at once, before anybody is asked', async (t) => {
  const { github, env, run } = await bench(t);
  const bad = {
    ...{ 'full-hash': 'x', verdict: '{}', commit: 'main', repository: 'rdo', 'github-token': token },
    'github-url': 'http://github.example/api/v3',
  };
  const { outcome, problems } = await run(bad, env);
  t.is(outcome, 'invalid');
  const wrong = ['full-hash', 'verdict', 'commit', 'github-url', 'repository'];
  t.deepEqual(
    problems.map((problem) => /input "([^"]+)"/.exec(problem)?.[1]),
    wrong,
    problems.join('\n'),
  );
  t.regex((await run({ outcome: 'well' })).message ?? '', /"well" is not one of done, nothing-to-do/);
  t.deepEqual(github.requests, []);
});
