import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { fetchPlain, type PlainAnswer } from '../src/fetch.ts';
import { builds, type DlrnUnderTest, good, json, member, post, vote } from './dlrn-requests.ts';
import { startSeeded } from './lab-dlrn.ts';

function ask(dlrn: DlrnUnderTest, query: string, more: Record<string, string> = {}): Promise<PlainAnswer> {
  return fetchPlain(`${dlrn.apiUrl}/api/graphql?${new URLSearchParams({ query, ...more }).toString()}`);
}

async function dataOf(dlrn: DlrnUnderTest, query: string, more: Record<string, string> = {}): Promise<unknown> {
  return member(JSON.parse((await ask(dlrn, query, more)).text), 'data');
}

const id = (type: string, key: number): string => Buffer.from(`${type}:${key}`).toString('base64');
const cursor = (index: number): string => id('arrayconnection', index);

test('commits, votes, packages and nodes are told to anybody', async (t) => {
  const { lab, dlrn } = await startSeeded('component', { extended: true });
  const oldest = good(dlrn);
  await post(dlrn, '/api/report_result', vote(oldest, 'fs001', { notes: 'n' }));
  const mine = lab.state.votes.length;
  const row = lab.state.commits.find((each) => each.commitHash === oldest.commit_hash);
  const extended = oldest.extended_hash ?? '';
  const cases: readonly (readonly [string, unknown])[] = [
    ['{commits(limit:2){id}}', { commits: [{ id: id('Commit', 9) }, { id: id('Commit', 8) }] }],
    ['{commits(limit:1,offset:8){projectName status}}', { commits: [{ projectName: 'lab-failed', status: 'FAILED' }] }],
    ['{commits(limit:0){id}}', { commits: [] }],
    ['{commits(status:"RETRY"){projectName flags}}', { commits: [{ projectName: 'lab-retry', flags: 0 }] }],
    [
      `{commits(commitHash:"${oldest.commit_hash}",distroHash:"${oldest.distro_hash}",component:"tripleo")` +
        '{type dtBuild dtCommit dtDistro dtExtended commitBranch component versionsCsv}}',
      {
        commits: [
          {
            ...{ type: 'rpm', dtBuild: row?.builtAt, dtCommit: (row?.builtAt ?? 0) - 900, dtExtended: 0 },
            ...{
              dtDistro: (row?.builtAt ?? 0) - 86_400,
              commitBranch: 'master',
              component: 'tripleo',
              versionsCsv: null,
            },
          },
        ],
      },
    ],
    // As in SQL: % is anything, _ any character, and case does not matter.
    [`{commits(extendedHash:"${extended.toUpperCase()}"){extendedHash}}`, { commits: [{ extendedHash: extended }] }],
    [`{commits(extendedHash:"_${extended.slice(1, 9)}%"){extendedHash}}`, { commits: [{ extendedHash: extended }] }],
    [`{commits(extendedHash:"${extended.slice(0, 9)}"){id}}`, { commits: [] }],
    [
      '{civote(ciName:"fs001"){id commitId ciUrl ciVote ciInProgress timestamp notes user component commit{commitHash}}}',
      {
        civote: [
          {
            ...{ id: id('CIVote', mine), commitId: row?.id, ciUrl: 'http://ci.example/1', ciVote: true, notes: 'n' },
            ...{ ciInProgress: false, timestamp: 1_600_000_000, user: dlrn.username, component: 'tripleo' },
            commit: { commitHash: oldest.commit_hash },
          },
        ],
      },
    ],
    ['{civote(ciVote:false){id}}', { civote: [] }],
    [
      `{commits(commitHash:"${oldest.commit_hash}"){civotes(last:1){edges{cursor node{ciName}} pageInfo{hasPreviousPage hasNextPage}}}}`,
      {
        commits: [
          {
            civotes: {
              // The first is DLRN's own, consistent.
              edges: [{ cursor: cursor(1), node: { ciName: 'fs001' } }],
              pageInfo: { hasPreviousPage: true, hasNextPage: false },
            },
          },
        ],
      },
    ],
    [
      '{a:packageStatus(projectName:"lab-retry"){id status lastSuccess} b:packageStatus(projectName:"x"){status} c:packageStatus(status:"FAILED"){id}}',
      { a: [{ id: '0', status: 'FAILED', lastSuccess: '1970-01-01T00:00:00' }], b: [{ status: 'NO_BUILD' }], c: [] },
    ],
    [
      `{node(id:"${id('Commit', 9)}"){__typename ... on Commit{status}}}`,
      { node: { __typename: 'Commit', status: 'SUCCESS' } },
    ],
    [`{node(id:"${id('Promotion', 1)}"){id}}`, { node: null }],
  ];
  for (const [query, data] of cases) t.deepEqual(await dataOf(dlrn, query), data, query);
  await lab.close();
});

test('pages go on after a cursor, and never hold more than 100', async (t) => {
  const { lab, dlrn } = await startSeeded('classic');
  const commit = good(dlrn);
  for (let index = 0; index < 130; index += 1) {
    await post(dlrn, '/api/report_result', vote(commit, `job${index}`, { timestamp: index }));
  }
  const count = async (args: string): Promise<number | undefined> => {
    const found = member(await dataOf(dlrn, `{civote${args}{id}}`), 'civote');
    return Array.isArray(found) ? found.length : undefined;
  };
  t.is(await count(''), 100);
  t.is(await count('(limit:1000)'), 100);
  t.is(await count('(offset:100)'), lab.state.votes.length - 100);
  // As SQLite takes it.
  t.is(await count('(limit:-1)'), lab.state.votes.length);
  const page = `{commits(commitHash:"${commit.commit_hash}"){civotes(first:2,after:"${cursor(4)}"){edges{node{ciName}} pageInfo{hasNextPage endCursor}}}}`;
  t.deepEqual(await dataOf(dlrn, page), {
    commits: [
      {
        civotes: {
          edges: [{ node: { ciName: 'job5' } }, { node: { ciName: 'job6' } }],
          pageInfo: { hasNextPage: true, endCursor: cursor(6) },
        },
      },
    ],
  });
  await lab.close();
});

test('a query comes in the address, as JSON, as itself or in a form; what is none is refused as JSON', async (t) => {
  const { lab, dlrn } = await startSeeded('classic');
  const query = '{commits(limit:1){status}}';
  const found = '{"data":{"commits":[{"status":"SUCCESS"}]}}';
  const message = (text: string): string => JSON.stringify({ errors: [{ message: text }] });
  const mutation = '{"errors":[{"message":"Schema is not configured for mutations"}],"data":null}';
  const cases: readonly (readonly [string, string, string, string, number, string])[] = [
    // method, query, content type, body; status, answer
    ['GET', `?query=${query}`, '', '', 200, found],
    ['GET', `?query=${query}`, json, '', 400, message('POST body sent invalid JSON.')],
    ['POST', '', json, JSON.stringify({ query }), 200, found],
    ['POST', `?query=${query}`, json, '{}', 200, found],
    ['POST', '', `${json}; charset=utf-8`, JSON.stringify({ query }), 200, found],
    ['POST', '', 'application/graphql', query, 200, found],
    ['POST', '', 'application/x-www-form-urlencoded', `query=${query}`, 200, found],
    ['POST', '', 'text/plain', query, 400, message('Must provide query string.')],
    ['POST', '', json, '[]', 400, message('Batch GraphQL requests are not enabled.')],
    ['POST', '', json, '"x"', 400, message("GraphQL params should be a dict. Received 'x'.")],
    ['POST', '', json, '{"query":5}', 400, message('The query must be a string')],
    ['POST', '', json, '{"query":"mutation{x}"}', 200, mutation],
    ['GET', '?query=mutation{x}', '', '', 405, message('Can only perform a mutation operation from a POST request.')],
    ['PUT', '', '', '', 405, message('GraphQL only supports GET and POST requests.')],
  ];
  for (const [method, search, type, body, status, text] of cases) {
    const headers = type === '' ? {} : { 'content-type': type };
    const answer = await fetchPlain(`${dlrn.apiUrl}/api/graphql${search}`, { method, headers, body });
    t.deepEqual([answer.status, answer.text], [status, text], `${method} ${search} ${type} ${body}`);
  }
  t.is((await fetchPlain(`${dlrn.apiUrl}/api/graphql`, { method: 'PATCH' })).status, 405);
  for (const wrong of [
    '{promotions{id}}',
    '{commits{nope}}',
    '{commits(',
    '{commits(limit:null){id}}',
    '{commits(where:{}){id}}',
  ]) {
    const answer = await ask(dlrn, wrong);
    t.is(answer.status, 400, wrong);
    t.deepEqual(Object.keys(JSON.parse(answer.text) as object), ['errors'], wrong);
  }
  const variables = { variables: '{"l":1}', operationName: 'B' };
  const two = 'query A{commits{id}} query B($l:Int){commits(limit:$l){status}}';
  t.deepEqual(await dataOf(dlrn, two, variables), { commits: [{ status: 'SUCCESS' }] });
  await lab.close();
});

test('the head filters votes by time, and knows the newest aggregate', async (t) => {
  const { lab, dlrn } = await startSeeded('component', { release: 'H' });
  for (const [index, commit] of builds(dlrn).slice(0, 2).entries()) {
    const { commit_hash, distro_hash } = commit;
    const promoted = await post(dlrn, '/api/promote', { commit_hash, distro_hash, promote_name: 'x' });
    const aggregate_hash = member(JSON.parse(promoted.text), 'aggregate_hash');
    for (const timestamp of [10 + index, 20 - index]) {
      const said = { job_id: `job${timestamp}`, success: true, url: '', timestamp, aggregate_hash };
      await post(dlrn, '/api/report_result', said);
    }
  }
  const cases: readonly (readonly [string, readonly string[] | null])[] = [
    ['(where:{timestamp:{gt:10,lte:19}})', ['job19', 'job11']],
    ['(where:{timestamp:{gte:11,lt:19}})', ['job11']],
    ['(where:{timestamp:{eq:20}})', ['job20']],
    ['(lastRefHash:true,ciName:"job11")', ['job20', 'job10']],
    ['(lastRefHash:true,timestamp:10)', null],
  ];
  for (const [args, jobs] of cases) {
    const data = await dataOf(dlrn, `{civoteAgg${args}{ciName}}`);
    t.deepEqual(data, { civoteAgg: jobs?.map((ciName) => ({ ciName })) ?? null }, args);
  }
  await lab.close();
});

test('the library is loaded when the first query comes', async (t) => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { startLabDlrn } = await import(${JSON.stringify(join(import.meta.dirname, '../src/index.ts'))});
    const has = () => loaded.some((url) => url.includes('/node_modules/graphql/'));
    const lab = await startLabDlrn({ clock: { now: () => 0 }, mode: 'classic' });
    const before = has();
    await fetch(lab.apiUrl + '/api/graphql?query={commits{id}}');
    console.log(before, has());
    await lab.close();
  `;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  t.is(stdout, 'false true\n');
});
