import test, { type ExecutionContext } from 'ava';
import type { LabDlrnFault, LabDlrnRequest } from '@tagflow/lab';
import { type Api, createApi } from '@tagflow/http';
import { type CommitBuild, parseCommitBuild, parseLabel } from '@tagflow/model';
import { createDlrnClient, reportLink, voteLink, voteTargetOf } from '../src/index.ts';
import { bench } from './bench.ts';
import { failsWith, testEffects } from './client-suite.ts';

const json = (value: unknown, status = 200): LabDlrnFault => ({
  ...{ status, body: JSON.stringify(value), contentType: 'application/json' },
});
const page = (status: number): LabDlrnFault => ({ status, body: `<title>${status}</title>`, contentType: 'text/html' });
const at =
  (path: string) =>
  (request: LabDlrnRequest): boolean =>
    request.path === path;

test('what an older DLRN lacks is told from a wrong address', async (t) => {
  const { client, fail, started } = await bench(t, 'classic');
  fail(page(404), at('/api/components'));
  const error = await failsWith(t, 'unsupported', () => client.components());
  t.regex(error.next ?? '', /after DLRN 0\.26\.1/);
  const elsewhere = createDlrnClient(createApi(testEffects), { apiUrl: `${started.apiUrl}/elsewhere` });
  await failsWith(t, 'not-found', () => elsewhere.components());
  fail({ status: 503, body: 'down', contentType: 'text/plain' }, () => true);
  await failsWith(t, 'server-error', () => client.components());
});

test('components are a list of names', async (t) => {
  const { client, fail } = await bench(t, 'component');
  fail(json({ components: ['compute', 'tripleo'] }), at('/api/components'));
  t.deepEqual(await client.components(), ['compute', 'tripleo']);
  for (const answer of [{}, { components: [null] }, { components: 'compute' }, []]) {
    fail(json(answer), at('/api/components'));
    await failsWith(t, 'unexpected-answer', () => client.components());
  }
});

// The words of DLRN's development head.
const rechecks = [
  [json({ result: 'ok' }, 201), 'rechecked'],
  [json({ message: "Error while rechecking x. It's not possible to recheck a successful commit" }, 409), 'not-failed'],
  [
    json(
      {
        message:
          'Error while rechecking x. There are no existing commits or the commit to be rechecked is already marked as RETRY.',
      },
      400,
    ),
    'nothing-to-recheck',
  ],
] as const;

test('a recheck has three ends, and errors', async (t) => {
  const { client, fail } = await bench(t, 'classic');
  for (const [answer, outcome] of rechecks) {
    fail(answer, at('/api/recheck_package'));
    t.is(await client.recheckPackage('x'), outcome);
  }
  for (const [answer, code] of [
    [page(404), 'unsupported'],
    [json({ message: 'Errors detected: 1' }, 400), 'invalid-request'],
    [json({ message: 'Error occurred while committing' }, 500), 'server-error'],
    [json({ result: 'later' }, 201), 'unexpected-answer'],
  ] as const) {
    fail(answer, at('/api/recheck_package'));
    await failsWith(t, code, () => client.recheckPackage('x'));
  }
});

test('builds are counted between two days', async (t) => {
  const { client, fail } = await bench(t, 'classic');
  for (const [from, to] of [
    ['2026-02-30', '2026-03-01'],
    ['2026-1-1', '2026-03-01'],
    ['2026-01-01', 'today'],
    ['2026-01-02', '2026-01-01'],
  ] as const) {
    t.is((await failsWith(t, 'bad-input', () => client.buildMetrics({ from, to }))).outcome, 'invalid');
  }
  for (const answer of [{}, { succeeded: 1, failed: 1, total: 3 }, { succeeded: '1', failed: 1, total: 2 }]) {
    fail(json(answer), at('/api/metrics/builds'));
    await failsWith(t, 'unexpected-answer', () => client.buildMetrics({ from: '2026-01-01', to: '2026-01-02' }));
  }
});

test('promotions are asked for in pages that DLRN keeps', async (t) => {
  const { client, fail } = await bench(t, 'classic');
  for (const query of [{ limit: 0 }, { limit: 101 }, { limit: 1.5 }, { limit: 1, offset: -1 }]) {
    t.is((await failsWith(t, 'bad-input', () => client.promotions(query))).outcome, 'invalid');
  }
  t.deepEqual(await client.promotionsOf(parseLabel('label'), { limit: 0 }), []);
  const [promotion] = await client.promotions({ limit: 1 });
  const build = promotion?.build as CommitBuild;
  const row = {
    ...{ promote_name: 'label', commit_hash: build.commitHash, distro_hash: build.distroHash, timestamp: 1 },
  };
  fail(json([row, row]), at('/api/promotions'));
  const error = await failsWith(t, 'unexpected-answer', () => client.promotions({ limit: 1 }));
  t.regex(error.message, /answered 2 rows where at most 1 were asked for/);
  fail(json([{ ...row, extended_hash: 'e'.repeat(40) }]), at('/api/promotions'));
  const other = await failsWith(t, 'unexpected-answer', () => client.promotions({ build, limit: 1 }));
  t.regex(other.message, /was asked about extended_hash null and answered about "e{40}"/);
});

test('a row of an old form is left out, said, and ends its batch', async (t) => {
  const { started, fail } = await bench(t, 'component');
  const warnings: string[] = [];
  const log = { warning: (message: string) => void warnings.push(message) };
  const client = createDlrnClient(createApi(testEffects), { apiUrl: started.apiUrl, log });
  const row = (component: string, aggregate: string | null, commit = component[0]?.repeat(40)): unknown => ({
    ...{ promote_name: 'label', commit_hash: commit, distro_hash: 'd'.repeat(40), component, user: 'ciuser' },
    ...{ aggregate_hash: aggregate?.repeat(32) ?? null, timestamp: 7 },
  });
  const rows = [row('a', '1'), row('b', null), row('c', '2', 'short'), row('e', null), row('f', '3')];
  fail(json(rows), at('/api/promotions'));
  const sets = await client.promotionsOf(parseLabel('label'), { limit: 10 });
  t.deepEqual(
    sets.map((set) => `${set.fullHash[0]}: ${set.promotions.map(({ build }) => build.component).join(' ')}`),
    ['1: a b', '3: f'],
  );
  t.is(warnings.length, 1);
  t.regex(warnings[0] ?? '', /left out a promotion of "label" at DLRN: commit_hash "short"/);
});

test('an answer without a health is none', async (t) => {
  const { client, fail } = await bench(t, 'classic');
  fail(json({ state: 'ok' }), at('/api/health'));
  await failsWith(t, 'unexpected-answer', () => client.health());
});

test('a filter that was not kept is noticed', async (t) => {
  const { client, first, fail } = await bench(t, 'component');
  const target = voteTargetOf(first.fullHash, first.builds);
  const row = { aggregate_hash: first.fullHash, job_id: 'a', success: true, in_progress: false, timestamp: 1 };
  fail(json([row]), at('/api/agg_status'));
  t.is((await client.votes(target, { success: true })).length, 1);
  const error = await failsWith(t, 'unexpected-answer', () => client.votes(target, { success: false }));
  t.regex(error.message, /success=false was asked about success false and answered about true/);
  fail(json([{ ...row, success: false, in_progress: true }]), at('/api/agg_status'));
  t.deepEqual(await client.votes(target, { success: false }), [], 'who runs has not failed');
  t.is((await client.votes(target)).length, 1);
});

const take = { maxAgeHours: 0, job: 'tested', reportingJob: 'taking' };

/** A DLRN where `tested` voted on the first build; `meanwhile` happens right before that is taken. */
async function takeBench(t: ExecutionContext, meanwhile: (second: CommitBuild) => Promise<unknown>) {
  const { client, started, first, second, fail } = await bench(t, 'classic');
  const [one, two] = [first.builds[0] as CommitBuild, second.builds[0] as CommitBuild];
  const report = { job: 'tested', success: true, url: '', timestamp: 1_700_000_000 };
  await client.reportResult({ kind: 'commit', build: one }, report);
  const api = createApi(testEffects);
  const disturbed: Api = {
    async request(request) {
      if (request.method === 'POST') await meanwhile(two);
      return api.request(request);
    },
  };
  const { apiUrl, username, password } = started;
  const taker = createDlrnClient(disturbed, { apiUrl, credentials: { username, password } });
  return { client, taker, one, two, fail, report };
}

test('a vote that comes in while a build is taken counts', async (t) => {
  const { client, taker, two, report } = await takeBench(t, (build) =>
    client.reportResult({ kind: 'commit', build }, { ...report, timestamp: report.timestamp + 1 }),
  );
  const taken = await taker.takeLastTested(take);
  t.is(taken?.kind, 'match');
  t.deepEqual(taken?.tested.build, two);
});

test('a build that stands in, taken all the same, is an error that says what was noted', async (t) => {
  const { client, taker, two, fail } = await takeBench(t, () => Promise.resolve());
  const [voted] = await client.votes({ kind: 'commit', build: two });
  t.is(voted?.job, 'consistent');
  const answer = {
    ...{ commit_hash: two.commitHash, distro_hash: two.distroHash, extended_hash: null, component: null },
    ...{ job_id: 'taking', success: false, in_progress: true, timestamp: 1, user: 'ciuser' },
  };
  fail(json(answer, 201), (request) => request.method === 'POST' && request.path === '/api/last_tested_repo');
  const error = await failsWith(t, 'substituted', () => taker.takeLastTested(take));
  t.true(error.message.includes(two.commitHash));
  t.regex(error.message, /DLRN lists taking as running there from now on/);

  fail(json({ ...answer, job_id: 'tested' }, 201), (request) => request.method === 'POST');
  await failsWith(t, 'unexpected-answer', () => taker.takeLastTested(take));
  fail(json({ message: 'No vote found' }, 400), (request) => request.method === 'POST');
  t.is(await taker.takeLastTested(take), null);
});

test('a page shows votes or builds to people', (t) => {
  const api = 'https://trunk.example/api-centos9-master-uc';
  const [commit, distro] = ['a'.repeat(40), 'b'.repeat(40)];
  const build = parseCommitBuild({ commit_hash: commit, distro_hash: distro });
  const detail = `${api}/api/civotes_detail.html?commit_hash=${commit}&distro_hash=${distro}`;
  t.is(voteLink(api, { kind: 'commit', build }), detail);
  t.is(voteLink(`${api}/`, { kind: 'commit', build }), detail);
  const aggregate = voteTargetOf('c'.repeat(32) as Parameters<typeof voteTargetOf>[0], []);
  t.is(voteLink(api, aggregate), `${api}/api/civotes_agg_detail.html?ref_hash=${'c'.repeat(32)}`);
  t.is(reportLink(api), `${api}/api/report.html`);
  t.is(
    reportLink(api, { package: 'python-a&b', component: 'compute', success: false }),
    `${api}/api/report.html?package=python-a%26b&component=compute&success=0`,
  );
});
