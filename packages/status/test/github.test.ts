import test from 'ava';
import type { Outcome } from '@tagflow/model';
import { openGithub, type PromotionFacts, StatusError } from '../src/index.ts';
import { commit, hash, olderHash, promoted, red, scene, token } from './world.ts';

type Board = Awaited<ReturnType<typeof scene>>['board'];

/** What a board shows, as short as it gets. */
function shown({ deployments, commitStatuses }: Board) {
  return {
    deployments: deployments.map(({ statuses }) => statuses.map(({ state }) => state).join(' ')),
    commit: commitStatuses.map(({ state }) => state),
  };
}

test('a promotion is a deployment, and a status of the commit', async (t) => {
  const { board, tell, lab } = await scene(t);
  const report = await tell({ ...promoted, environmentUrl: 'https://images.example/' });
  t.is(report.outcome, 'done', report.message);
  t.is(report.error, null);
  t.like(board.deployments[0], {
    ...{ sha: commit, task: 'promote', environment: 'current-tripleo' },
    description: `promotion p-1: master current-tripleo ${hash}`,
    payload: {
      ...{ release: 'master', label: 'current-tripleo', component: null },
      ...{ 'full-hash': hash, 'previous-hash': olderHash, 'promotion-id': 'p-1' },
    },
  });
  t.like(board.deployments[0]?.statuses[0], {
    ...{ state: 'success', log_url: promoted.logPage, environment_url: 'https://images.example/' },
  });
  t.like(board.commitStatuses[0], {
    ...{ context: 'tagflow/master/current-tripleo', state: 'success', description: `done: ${hash}`, sha: commit },
    target_url: promoted.logPage,
  });
  t.deepEqual(board.issues, []);
  const page = `${lab.url}/rdo/promotions`;
  t.deepEqual(
    [report.deployment, report.status, report.issue],
    [`${page}/api/deployments/1`, `${page}/api/statuses/${commit}`, null],
  );
});

const ends: readonly (readonly [Outcome | null, string | null, ReturnType<typeof shown>])[] = [
  ['done', 'p', { deployments: ['success'], commit: ['success'] }],
  ['done', null, { deployments: ['success'], commit: ['success'] }],
  ['half-done', 'p', { deployments: ['error'], commit: ['error'] }],
  ['failed', 'p', { deployments: ['failure'], commit: ['failure'] }],
  ['failed', null, { deployments: [], commit: ['failure'] }],
  ['blocked', null, { deployments: [], commit: ['failure'] }],
  ['invalid', null, { deployments: [], commit: ['error'] }],
  ['waiting', null, { deployments: [], commit: ['pending'] }],
  ['planned', null, { deployments: [], commit: ['pending'] }],
  ['nothing-to-do', null, { deployments: [], commit: ['success'] }],
  [null, null, { deployments: [], commit: ['pending'] }],
];

test('every end has its states, and the same told twice adds nothing', async (t) => {
  for (const [outcome, promotionId, expected] of ends) {
    const { board, tell, writes } = await scene(t);
    const facts = { ...promoted, outcome, promotionId, reason: 'because' };
    t.is((await tell(facts)).outcome, 'done', String(outcome));
    t.deepEqual(shown(board), expected, String(outcome));
    const before = writes();
    const again = await tell({ ...facts, logPage: 'https://github.example/rdo/promotions/actions/runs/78' });
    t.is(again.outcome, 'nothing-to-do', `${outcome}: ${again.message}`);
    t.is(writes(), before);
  }
});

test('what was half-done and is resumed is one deployment', async (t) => {
  const { board, tell } = await scene(t);
  await tell({ ...promoted, outcome: 'half-done' });
  await tell({ ...promoted, runId: '78' });
  t.deepEqual(shown(board), { deployments: ['error success'], commit: ['error', 'success'] });
});

test('a promotion ends what the same release had in the environment, and nothing of another one', async (t) => {
  const { board, tell } = await scene(t);
  await tell(promoted);
  await tell({ ...promoted, release: 'wallaby', promotionId: 'w-1' });
  await tell({ ...promoted, promotionId: 'p-2' });
  t.deepEqual(shown(board).deployments, ['success inactive', 'success', 'success']);
  t.is((await tell(promoted)).outcome, 'nothing-to-do', 'and an old one is not brought to life again');
});

test('the deployment that GitHub made for the job gets the status', async (t) => {
  const { board, tell } = await scene(t);
  const page = 'https://github.example/rdo/promotions/actions/runs';
  const job = { environment: 'current-tripleo', sha: commit };
  board.startJob({ ...job, page: `${page}/7/job/1` });
  const own = board.startJob({ ...job, page: `${page}/77/job/2` });
  board.startJob({ ...job, page: `${page}/77/job/3`, state: 'waiting' });
  const { deployment } = await tell(promoted);
  t.regex(deployment ?? '', new RegExp(`/deployments/${own.id}$`));
  t.deepEqual(shown(board).deployments, ['in_progress', 'in_progress success', 'waiting']);
  t.is(own.statuses[1]?.description, `promotion p-1: master current-tripleo ${hash}`);
  t.is((await tell(promoted)).outcome, 'nothing-to-do');
  board.startJob({ ...job, page: `${page}/77/job/4` });
  board.startJob({ ...job, page: `${page}/77/job/5` });
  await tell({ ...promoted, release: 'wallaby', promotionId: 'w-1' });
  t.is(board.deployments.at(-1)?.task, 'promote', 'where two could be meant, it is none of them');
});

test('what one permission keeps is named, and does not keep the rest', async (t) => {
  const { board, tell } = await scene(t);
  board.permissions.statuses = 'read';
  board.permissions.issues = 'none';
  const report = await tell({ ...red, outcome: 'done', promotionId: 'p-1' });
  t.is(report.outcome, 'waiting');
  t.is(board.deployments.length, 1);
  t.regex(report.message, /POST \/statuses\/\{sha\} with 403.*needs the permission "statuses: write"/);
  t.regex(report.message, /GET \/issues with 403.*needs the permission "issues: read"/);
  t.deepEqual([report.error?.code, report.error?.outcome], ['github-refused', 'waiting']);
  t.regex(report.error?.next ?? '', /"statuses: write".*"issues: read"/);
  board.permissions.issues = 'write';
  board.permissions.statuses = 'write';
  t.is((await tell({ ...red, outcome: 'done', promotionId: 'p-1' })).outcome, 'done', 'later the rest is told');
  t.is(board.deployments.length, 1);
});

const refusals: readonly (readonly [string, Partial<PromotionFacts>, (board: Board) => void, RegExp])[] = [
  ['an unknown commit', { commit: 'f'.repeat(40) }, () => undefined, /422: (?:No ref|No commit) found/],
  ['a label that is left out', red, (board) => (board.dropsLabels = true), /may not give issues the label tagflow-red/],
];

test('what GitHub refuses is told', async (t) => {
  for (const [name, facts, arrange, expected] of refusals) {
    const { board, tell } = await scene(t);
    arrange(board);
    const report = await tell({ ...promoted, ...facts });
    t.is(report.outcome, 'waiting', name);
    t.regex(report.message, expected, name);
    t.false(board.issues.some(({ state }) => state === 'open'));
  }
});

test('a rate limit is waited for, and one that lasts is told once', async (t) => {
  const { lab, tell, sleeps } = await scene(t);
  Object.assign(lab.troubles, { count: 1, status: 403, headers: { 'retry-after': '30' }, only: /POST/ });
  t.is((await tell(promoted)).outcome, 'done');
  t.deepEqual(sleeps, [30_000]);
  Object.assign(lab.troubles, { count: 99, status: 403, headers: { 'retry-after': '900' }, only: null });
  const before = lab.requests.length;
  const report = await tell({ ...promoted, promotionId: 'p-2' });
  t.deepEqual([report.outcome, report.error?.code], ['waiting', 'github-silent']);
  t.regex(report.message, /allows no more requests for 900 s/);
  t.is(lab.requests.length - before, 1, 'nothing more is asked');
});

test('a token that is not known is told once, and never shown', async (t) => {
  const { lab, tell, lines } = await scene(t);
  const mine = 'ghs_wrong-and-secret';
  const report = await tell(promoted, { mine });
  t.deepEqual([report.outcome, report.error?.code], ['waiting', 'github-token']);
  t.is(lab.requests.length, 1);
  const all = JSON.stringify([report, report.error, String(report.error?.stack), report.error?.cause ?? '', lines]);
  t.false(all.includes(mine));
  t.false(all.includes(token));
});

test('a dry run writes nothing, and says what it would', async (t) => {
  const { board, tell, writes } = await scene(t);
  const report = await tell({ ...red, outcome: 'done', promotionId: 'p-1' }, { dryRun: true });
  t.is(report.outcome, 'planned');
  t.is(writes(), 0);
  t.deepEqual([board.deployments.length, board.issues.length], [0, 0]);
  t.is(
    report.message,
    [
      `would write: deployment of ${hash} in environment current-tripleo: success`,
      'would write: commit status tagflow/master/current-tripleo: success',
      'would write: issue of master/current-tripleo: opened',
    ].join('; '),
  );
  await tell(promoted);
  t.is((await tell(promoted, { dryRun: true })).outcome, 'nothing-to-do', 'there is nothing left to write');
});

test('outside of GitHub there is no commit, and of an unknown past no issue', async (t) => {
  const { tell, writes } = await scene(t);
  const report = await tell({ ...promoted, commit: null, runId: null, logPage: null, redness: null });
  t.is(report.outcome, 'nothing-to-do');
  t.regex(report.message, /of which commit.*which commit.*nobody knows how long master\/current-tripleo stands/);
  t.is(writes(), 0);
});

test('a repository or an address that cannot be used is refused before anything is asked', async (t) => {
  const { effects } = await scene(t);
  const open = (url: string, repository: string) => openGithub({ url, repository, token, dryRun: false, effects });
  for (const [url, repository, words] of [
    ['https://api.github.example', 'rdo', /"rdo" is not owner\/name/],
    ['http://api.github.example', 'rdo/x', /everybody on the way could read the token/],
    ['https://u:p@api.github.example', 'rdo/x', /holds credentials/],
  ] as const) {
    const error = await t.throwsAsync(open(url, repository), { instanceOf: StatusError, message: words });
    t.deepEqual([error?.code, error?.outcome], ['bad-github', 'invalid']);
  }
});
