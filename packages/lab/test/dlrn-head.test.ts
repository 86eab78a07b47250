import test from 'ava';
import { fetchPlain, type PlainAnswer } from '../src/fetch.ts';
import { startLabDlrn } from '../src/dlrn/server.ts';
import { builds, get, good, hashes, json, list, member, post, vote } from './dlrn-requests.ts';
import { startSeeded } from './lab-dlrn.ts';

const errors = (count: number, shown: string): string => `Errors detected: ${count} {${shown}}`;
const notFound = 'commit_hash+distro_hash+extended_hash combination not found';
const model = 'ParsingModel[List[dlrn.api.inputs.promotions.PromoteInput]]';

/** Requests that the head refuses with words of its own: [path, query or body, status, message]. */
const reads: readonly (readonly [string, string, number, string])[] = [
  ['last_tested_repo', '', 400, errors(1, "'max_age': 'field required'")],
  ['last_tested_repo', 'max_age=x', 400, errors(1, "'max_age': 'value is not a valid integer'")],
  ['last_tested_repo', 'max_age=-1&success=maybe', 400, 'Max age parameter must be greater than or equal to 0'],
  ['last_tested_repo', 'sequential_mode=1', 400, 'Missing parameter previous_job_id'],
  [
    'last_tested_repo',
    'max_age=0&success=maybe&sequential_mode=q',
    400,
    errors(
      2,
      "'success': 'value could not be parsed to a boolean', 'sequential_mode': 'value could not be parsed to a boolean'",
    ),
  ],
  ['last_tested_repo', 'max_age=1&job_id=nobody', 400, 'No vote found'],
  ['promotions', 'limit=many', 400, errors(1, "'limit': 'value is not a valid integer'")],
  ['promotions', 'offset=-1', 400, errors(1, "'offset': 'ensure this value is greater than or equal to 0'")],
  ['promotions', 'commit_hash=a', 400, 'Both commit_hash and distro_hash must be specified if one of them is.'],
  ['repo_status', '', 400, errors(2, "'commit_hash': 'field required', 'distro_hash': 'field required'")],
  ['repo_status', 'commit_hash=a&distro_hash=b', 400, notFound],
  ['agg_status', '', 400, errors(1, "'aggregate_hash': 'field required'")],
  ['metrics/builds', 'start_date=2018-06-01', 400, errors(1, "'end_date': 'field required'")],
  ['metrics/builds', 'start_date=yesterday', 400, 'Invalid date format, it must be YYYY-mm-dd'],
  ['civotes.html', 'offset=x', 400, errors(1, "'offset': 'value is not a valid integer'")],
  [
    'civotes_detail.html',
    'commit_hash=a',
    400,
    'Please specify either commit_hash+distro_hash, component or ci_name as parameters.',
  ],
];

const half = { commit_hash: 'a', distro_hash: 'b' };
const writes: readonly (readonly [string, unknown, number, string])[] = [
  ['promote', {}, 400, 'Both commit_hash and distro_hash must be specified.'],
  ['promote', { promote_name: 'current' }, 403, 'Invalid promote_name current'],
  ['promote', half, 400, errors(1, "'promote_name': 'field required'")],
  ['promote', { ...half, promote_name: null }, 400, errors(1, "'promote_name': 'none is not an allowed value'")],
  ['promote', { ...half, promote_name: 5 }, 400, errors(1, "'promote_name': 'str type expected'")],
  ['promote', { ...half, promote_name: 'x' }, 400, notFound],
  [
    'promote-batch',
    {},
    400,
    `1 validation error for ${model}\n__root__\n  value is not a valid list (type=type_error.list)`,
  ],
  ['promote-batch', [{ ...half, promote_name: 'consistent' }], 403, 'Invalid promote_name consistent'],
  ['promote-batch', [{ ...half, promote_name: 'x' }], 400, `${notFound} for a_b_None`],
  [
    'promote-batch',
    [half, 7],
    400,
    `2 validation errors for ${model}\n__root__ -> 0 -> promote_name\n  field required (type=value_error.missing)\n` +
      '__root__ -> 1\n  value is not a valid dict (type=type_error.dict)',
  ],
  ['report_result', {}, 400, '"Either the aggregate hash or both commit_hash and distro_hash must be provided"'],
  [
    'report_result',
    { aggregate_hash: 'x', job_id: 5, success: 'q', timestamp: '1.5' },
    400,
    errors(
      4,
      "'timestamp': 'value is not a valid integer', 'success': 'value could not be parsed to a boolean', " +
        "'job_id': 'str type expected', 'url': 'field required'",
    ),
  ],
  ['last_tested_repo', { max_age: 0 }, 400, errors(1, "'reporting_job_id': 'field required'")],
  ['remote/import', {}, 400, errors(1, "'repo_url': 'field required'")],
  ['remote/import', { repo_url: 'nonsense' }, 400, errors(1, "'repo_url': 'invalid or missing URL scheme'")],
  ['remote/import', { repo_url: 'ftp://x/y' }, 400, errors(1, "'repo_url': 'URL scheme not permitted'")],
  ['remote/import', { repo_url: 'http://' }, 400, errors(1, "'repo_url': 'URL host invalid'")],
  [
    'remote/import',
    { repo_url: 'http://127.0.0.1:x/' },
    400,
    errors(1, `'repo_url': "URL invalid, extra characters found after valid URL: ':x/'"`),
  ],
  [
    'remote/import',
    { repo_url: "http://127.0.0.1:it's" },
    400,
    errors(1, `'repo_url': 'URL invalid, extra characters found after valid URL: ":it\\'s"'`),
  ],
  ['recheck_package', {}, 400, errors(1, "'package_name': 'field required'")],
];

test('input is checked before anything else, and every mistake is named', async (t) => {
  const { lab, dlrn } = await startSeeded('component', { release: 'H' });
  const refused = (answer: PlainAnswer, status: number, message: string, what: string): void => {
    t.deepEqual([answer.status, answer.text], [status, `${JSON.stringify({ message })}\n`], what);
  };
  for (const [path, query, status, message] of reads) {
    refused(await fetchPlain(`${dlrn.apiUrl}/api/${path}?${query}`), status, message, `${path}?${query}`);
  }
  for (const [path, body, status, message] of writes) {
    refused(await post(dlrn, `/api/${path}`, body), status, message, `${path} ${JSON.stringify(body)}`);
  }
  t.is((await post(dlrn, '/api/promote', [])).status, 500);
  t.is((await post(dlrn, '/api/promote-batch', [])).status, 500);
  t.is((await post(dlrn, '/api/promote', {}, { 'content-type': `${json}; charset=utf-8` })).status, 415);
  await lab.close();
});

test('truth may be JSON, and a result comes back as it is kept', async (t) => {
  const { lab, dlrn } = await startSeeded('component', { release: 'H' });
  const commit = good(dlrn);
  const answer = await post(
    dlrn,
    '/api/report_result',
    vote(commit, 'fs001', { success: true, timestamp: '1600000000' }),
  );
  t.is(answer.status, 201);
  t.like(JSON.parse(answer.text), { success: true, timestamp: 1_600_000_000, notes: '' });
  const found = await fetchPlain(`${dlrn.apiUrl}/api/repo_status`, {
    headers: { 'content-type': json },
    body: JSON.stringify({ ...hashes(commit), success: true }),
  });
  t.true(list(found).some((each) => member(each, 'job_id') === 'fs001'));
  await lab.close();
});

test('a day is read as 0.26.1 reads it', async (t) => {
  for (const release of ['R', 'H'] as const) {
    const { lab, dlrn } = await startSeeded('classic', { release });
    for (const [start, status] of [
      ['2018-06-01', 200],
      ['2018-6-1', 200],
      ['2018-06- 1', 200],
      ['2018-06-31', 400],
      ['0000-01-01', 400],
    ] as const) {
      const query = { start_date: start, end_date: '2018-06-02' };
      t.is((await get(dlrn, '/api/metrics/builds', query)).status, status, `${release} ${start}`);
    }
    await lab.close();
  }
});

test('a GET that says JSON is read from its body alone; another from its query and form', async (t) => {
  const { lab, dlrn } = await startSeeded('classic', { release: 'H' });
  const url = `${dlrn.apiUrl}/api/last_tested_repo`;
  const ask = async (search: string, type: string, body: string): Promise<number> =>
    (await fetchPlain(`${url}${search}`, { headers: { 'content-type': type }, body })).status;
  t.is(await ask('?max_age=0', json, '{}'), 400);
  t.is(await ask('?max_age=x', json, '{"max_age":0}'), 200);
  t.is(await ask('?max_age=x', `${json}; charset=utf-8`, '{"max_age":0}'), 200);
  t.is(await ask('?max_age=0', json, ''), 400);
  t.is(await ask('?max_age=0', json, '[]'), 500);
  t.is(await ask('', 'application/x-www-form-urlencoded', 'max_age=0'), 200);
  t.is(await ask('?max_age=0', 'application/x-www-form-urlencoded', 'max_age=x'), 200);
  t.is(await ask('?max_age=0', 'text/plain', '{"max_age":"x"}'), 200);
  await lab.close();
});

test('promotions without a limit are all of them, with one at most 100', async (t) => {
  for (const [release, all] of [
    ['R', 100],
    ['H', 120],
  ] as const) {
    const { lab, dlrn } = await startSeeded('classic', { release });
    const wishes = Array.from({ length: 120 }, () => ({ ...hashes(good(dlrn)), promote_name: 'x' }));
    await post(dlrn, '/api/promote-batch', wishes);
    const count = async (query: Record<string, string>): Promise<number> =>
      list(await get(dlrn, '/api/promotions', query)).length;
    t.is(await count({}), all);
    t.is(await count({ limit: '1000' }), 100);
    t.is(await count({ limit: '7', offset: '115' }), 5);
    t.is(await count({ offset: '100' }), 20);
    await lab.close();
  }
});

test('components are those that were promoted; 0.26.1 does not know the question', async (t) => {
  const { lab, dlrn } = await startSeeded('component', { release: 'H' });
  t.is((await get(dlrn, '/api/components')).text, '{"components":[]}\n');
  const [tripleo, compute] = builds(dlrn);
  for (const commit of [tripleo, compute, tripleo]) {
    await post(dlrn, '/api/promote', { ...hashes(commit ?? good(dlrn)), promote_name: 'x' });
  }
  t.is((await get(dlrn, '/api/components')).text, '{"components":["compute","tripleo"]}\n');
  await lab.close();
  const older = await startSeeded('component');
  t.is((await get(older.dlrn, '/api/components')).status, 404);
  t.is((await post(older.dlrn, '/api/recheck_package', { package_name: 'x' })).status, 404);
  await older.lab.close();
});

test('a package that failed can be built again, and no other', async (t) => {
  const { lab, dlrn } = await startSeeded('component', { release: 'H' });
  const recheck = (name: string): Promise<PlainAnswer> => post(dlrn, '/api/recheck_package', { package_name: name });
  const none = 'There are no existing commits or the commit to be rechecked is already marked as RETRY.';
  for (const [name, status, message] of [
    ['nope', 400, `Error while rechecking nope. ${none}`],
    ['lab-retry', 400, `Error while rechecking lab-retry. ${none}`],
    ['lab-tripleo-1', 409, "Error while rechecking lab-tripleo-1. It's not possible to recheck a successful commit"],
  ] as const) {
    const { status: answered, text } = await recheck(name);
    t.deepEqual([answered, JSON.parse(text)], [status, { message }]);
  }
  t.deepEqual(await recheck('lab-failed').then(({ status, text }) => [status, text]), [201, '{"result":"ok"}\n']);
  t.false(lab.state.commits.some((row) => row.project === 'lab-failed'));
  t.is((await recheck('lab-failed')).status, 400);
  // Any content type will do.
  t.is(
    (await post(dlrn, '/api/recheck_package?package_name=lab-tripleo-1', 'x', { 'content-type': 'text/plain' })).status,
    409,
  );
  await lab.close();
});

test('reads can be protected, but for graphql and the metrics', async (t) => {
  const { lab, dlrn } = await startSeeded('component', { release: 'H', protectReads: true });
  const basic = (password: string): string => `Basic ${Buffer.from(`${dlrn.username}:${password}`).toString('base64')}`;
  const ask = async (path: string, headers: Record<string, string>, method = 'GET'): Promise<number> =>
    (await fetchPlain(`${dlrn.apiUrl}${path}`, { headers, method })).status;
  for (const [path, open] of [
    ['/api/health', false],
    ['/api/promotions', false],
    ['/api/components', false],
    ['/api/report.html', false],
    ['/metrics', true],
    ['/api/graphql?query={commits{id}}', true],
  ] as const) {
    t.is(await ask(path, {}), open ? 200 : 401, path);
    t.is(await ask(path, { authorization: basic('wrong') }), open ? 200 : 401, path);
    t.is(await ask(path, { authorization: basic(dlrn.password) }), 200, path);
  }
  t.is(await ask('/api/health', {}, 'HEAD'), 401);
  t.is(await ask('/api/nothing', {}), 404);
  t.is(await ask('/api/promote', {}), 405);
  t.is((await fetchPlain(`${lab.reposUrl}/report.html`)).status, 200);
  await lab.close();
  const clock = { now: () => 0 };
  await t.throwsAsync(startLabDlrn({ clock, mode: 'classic', protectReads: true }), { instanceOf: RangeError });
});

test('unprotected reads do not look at credentials', async (t) => {
  const { lab, dlrn } = await startSeeded('classic', { release: 'H' });
  t.is((await fetchPlain(`${dlrn.apiUrl}/api/health`, { headers: { authorization: 'Basic eDp5' } })).status, 200);
  await lab.close();
});
