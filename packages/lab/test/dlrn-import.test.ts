import type { IncomingMessage, ServerResponse } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { stringify } from 'yaml';
import { recordBuild } from '../src/dlrn/repository.ts';
import { type CommitRow, directoryOf, type DlrnState } from '../src/dlrn/state.ts';
import { startServer } from '../src/http-server.ts';
import { fakeSha } from '../src/random.ts';
import { type DlrnUnderTest, get, list, post, tree } from './dlrn-requests.ts';
import { startSeeded } from './lab-dlrn.ts';

const failed = (why: string): string => `Remote import failed with error: ${why}`;

function importFrom(dlrn: DlrnUnderTest, repoUrl: unknown): ReturnType<typeof post> {
  return post(dlrn, '/api/remote/import', { repo_url: repoUrl });
}

/** Builds the tripleo package once more, later than everything that was seeded. */
function buildNew(state: DlrnState): CommitRow {
  const component = state.mode === 'component' ? 'tripleo' : null;
  const [commitHash, distroHash] = [fakeSha('new', 'source'), fakeSha('new', 'distro')];
  const build = { project: 'lab-tripleo-1', component, commitHash, distroHash, extendedHash: null };
  return recordBuild(state, { ...build, status: 'SUCCESS' });
}

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: a build of another DLRN moves current, never consistent, and is served from here`, async (t) => {
    const [from, to] = await Promise.all([startSeeded(mode), startSeeded(mode)]);
    const folder = mode === 'component' ? 'component/tripleo/' : '';
    const consistent = to.lab.state.tree.readLink(`${folder}consistent`);
    const aggregate = await tree(to.dlrn, 'current/delorean.repo.md5');
    const row = buildNew(from.lab.state);
    const directory = directoryOf(row);

    const answer = await importFrom(to.dlrn, `${from.lab.reposUrl}/${directory}`);
    t.deepEqual([answer.status, answer.text], [201, `{"repo_url":"${from.lab.reposUrl}/${directory}"}\n`]);
    t.is(to.lab.state.tree.readLink(`${folder}current`), directory.slice(folder.length));
    t.is(to.lab.state.tree.readLink(`${folder}consistent`), consistent);
    t.true(
      (await tree(to.dlrn, `${directory}/delorean.repo`)).text.includes(`baseurl=${to.lab.reposUrl}/${directory}\n`),
    );
    for (const name of [`${row.nvr}.noarch.rpm`, 'rpmbuild.log']) {
      const path = `${directory}/${name}`;
      t.is((await tree(to.dlrn, path)).text, (await tree(from.dlrn, path)).text, name);
    }
    if (mode === 'component') {
      t.not((await tree(to.dlrn, 'current/delorean.repo.md5')).text, aggregate.text);
      t.true((await tree(to.dlrn, 'current/delorean.repo')).text.includes(`${to.lab.reposUrl}/${directory}\n`));
    }
    // A vote named consistent comes with a build of one's own only.
    t.false(to.lab.state.votes.some((vote) => vote.commit.commitHash === row.commitHash));
    t.is((await promote(to.dlrn, row)).status, 201);
    await Promise.all([from.lab.close(), to.lab.close()]);
  });

  test(`${mode}: the same build again, or an older one, is 201 and changes nothing`, async (t) => {
    const [from, to] = await Promise.all([startSeeded(mode), startSeeded(mode)]);
    const row = buildNew(from.lab.state);
    await importFrom(to.dlrn, `${from.lab.reposUrl}/${directoryOf(row)}`);
    const count = to.lab.state.commits.length;
    for (const again of [row, from.lab.state.commits.find((each) => each.project === row.project) ?? row]) {
      t.is((await importFrom(to.dlrn, `${from.lab.reposUrl}/${directoryOf(again)}/`)).status, 201);
    }
    t.is(to.lab.state.commits.length, count);
    await Promise.all([from.lab.close(), to.lab.close()]);
  });
}

function promote(dlrn: DlrnUnderTest, row: CommitRow): ReturnType<typeof post> {
  const { commitHash, distroHash } = row;
  return post(dlrn, '/api/promote', { commit_hash: commitHash, distro_hash: distroHash, promote_name: 'next' });
}

test('a build of a classic DLRN has the word None for its component', async (t) => {
  const [from, to] = await Promise.all([startSeeded('classic'), startSeeded('classic')]);
  const row = buildNew(from.lab.state);
  await importFrom(to.dlrn, `${from.lab.reposUrl}/${directoryOf(row)}`);
  await promote(to.dlrn, row);
  const [promotion] = list(await get(to.dlrn, '/api/promotions')) as readonly Record<string, unknown>[];
  t.is(promotion?.['component'], 'None');
  t.is(to.lab.state.tree.readLink('next'), directoryOf(row));
  await Promise.all([from.lab.close(), to.lab.close()]);
});

test('what cannot be had is a 500 that says why', async (t) => {
  const { lab, dlrn } = await startSeeded('component');
  const at = lab.reposUrl;
  const notThere = `404 Client Error: Not Found for url: ${at}/current/commit.yaml`;
  const refused = (path: string): string =>
    `HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: ${path} (Caused by ` +
    `NewConnectionError("HTTPConnection(host='127.0.0.1', port=1): Failed to establish a new connection: ` +
    `[Errno 111] Connection refused"))`;
  const cases: readonly (readonly [unknown, string])[] = [
    [`${at}/current`, notThere],
    [
      'nonsense',
      "Invalid URL 'nonsense/commit.yaml': No scheme supplied. Perhaps you meant https://nonsense/commit.yaml?",
    ],
    ['not a url', "Failed to parse: Host 'not a url' contains invalid character ' '"],
    ['ftp://x/y', "No connection adapters were found for 'ftp://x/y/commit.yaml'"],
    ['http://', "Invalid URL 'http:///commit.yaml': No host supplied"],
    ['http://127.0.0.1:x/', "Failed to parse: '127.0.0.1:x' is not a valid host or port"],
    ['http://127.0.0.1:1/x', refused('/x/commit.yaml')],
    ['https://[::1]:1', refused('/commit.yaml').replaceAll('HTTP', 'HTTPS').replaceAll('127.0.0.1', '::1')],
    [5, "unsupported operand type(s) for +: 'int' and 'str'"],
    [5.5, "unsupported operand type(s) for +: 'float' and 'str'"],
    [{}, "unsupported operand type(s) for +: 'dict' and 'str'"],
    [[], 'can only concatenate list (not "str") to list'],
    [null, "unsupported operand type(s) for +: 'NoneType' and 'str'"],
  ];
  for (const [url, why] of cases) {
    const { status, text } = await importFrom(dlrn, url);
    t.deepEqual([status, JSON.parse(text)], [500, { message: failed(why) }], String(url));
  }
  const away = await importFrom(dlrn, 'http://trunk.example/x');
  t.regex(away.text, /host='trunk\.example', port=80.*NameResolutionError/);
  t.is((await post(dlrn, '/api/remote/import', {})).text, '{"message":"Missing parameters"}\n');
  t.is((await post(dlrn, '/api/remote/import', [])).status, 500);
  await lab.close();
});

test('what the remote answers is told in its own words', async (t) => {
  const { lab, dlrn } = await startSeeded('component');
  const url = await start(t, (request, response) => {
    const [, folder = ''] = (request.url ?? '').split('/');
    if (folder === 'moved') response.writeHead(301, { location: '/gone/file?x' }).end();
    else if (folder === 'round') response.writeHead(302, { location: request.url }).end();
    else if (folder === 'gone') response.writeHead(404, 'File not found').end();
    else if (folder === 'tired') response.writeHead(503, 'Later, please').end();
    else if (folder === 'reset') request.socket.resetAndDestroy();
    else if (folder === 'end') request.socket.end();
    else response.end('<html></html>');
  });
  for (const [folder, why] of [
    ['gone', `404 Client Error: File not found for url: ${url}/gone/commit.yaml`],
    ['tired', `503 Server Error: Later, please for url: ${url}/tired/commit.yaml`],
    ['moved', `404 Client Error: File not found for url: ${url}/gone/file?x`],
    ['round', 'Exceeded 30 redirects.'],
    ['reset', "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"],
    ['end', "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))"],
    ['page', "string indices must be integers, not 'str'"],
  ] as const) {
    const { status, text } = await importFrom(dlrn, `${url}/${folder}`);
    t.deepEqual([status, JSON.parse(text)], [500, { message: failed(why) }], folder);
  }
  await lab.close();
});

const commit = {
  ...{ artifacts: 'None', commit_branch: 'master', component: 'tripleo', distro_hash: 'b'.repeat(40) },
  ...{ dt_build: '1600000000', dt_commit: '1599999100.0', dt_distro: '1599990000', extended_hash: 'None', flags: '0' },
  ...{ notes: 'it broke', project_name: 'lab-tripleo-1', status: 'FAILED', type: 'rpm' },
};
const [one, two, digits] = ['0a'.repeat(20), '0b'.repeat(20), '12e4'.repeat(10)];
const artifacts = (hash: string): string =>
  `repos/component/tripleo/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}_bbbbbbbb/x-1-1.el9.noarch.rpm`;

/** Serves commit.yaml files by the name of a folder, until the test ends. */
function serve(t: ExecutionContext, folders: Readonly<Record<string, Record<string, string>>>): Promise<string> {
  return start(t, (request, response) => {
    const [, folder = '', file = ''] = (request.url ?? '').split('/');
    const body = folders[folder]?.[file];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
}

/** Starts a server until the test ends, and returns its address. */
async function start(
  t: ExecutionContext,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = await startServer((request, response) => Promise.resolve(handle(request, response)));
  t.teardown(server.close);
  return server.url;
}

const yaml = (fields: Record<string, string>): string => stringify({ commits: [{ ...commit, ...fields }] });

test('a build that failed becomes a row with its logs, and moves nothing', async (t) => {
  const { lab, dlrn } = await startSeeded('component');
  const url = await serve(t, {
    failed: { 'commit.yaml': yaml({ commit_hash: one }), 'root.log': 'roots' },
    stranger: { 'commit.yaml': yaml({ commit_hash: two, project_name: 'stranger' }) },
    empty: { 'commit.yaml': yaml({ commit_hash: two, status: 'SUCCESS' }) },
    none: { 'commit.yaml': 'a: 1\n' },
  });
  const current = lab.state.tree.readLink('component/tripleo/current');
  t.is((await importFrom(dlrn, `${url}/failed`)).status, 201);
  const row = lab.state.commits.at(-1);
  t.like(row, { commitHash: one, status: 'FAILED', builtAt: 1_600_000_000 });
  t.is(lab.state.tree.readLink('component/tripleo/current'), current);
  const directory = `component/tripleo/0a/0a/${one}_bbbbbbbb`;
  for (const [file, text] of [
    ['notes.log', 'it broke'],
    ['rpmbuild.log', 'it broke'],
    ['root.log', 'roots'],
  ] as const) {
    t.is((await tree(dlrn, `${directory}/${file}`)).text, text, file);
  }
  t.regex((await tree(dlrn, `${directory}/commit.yaml`)).text, /^ +dt_commit: '1599999100.0'$/m);
  for (const [folder, why] of [
    ['stranger', 'list index out of range'],
    ['empty', "'NoneType' object has no attribute 'split'"],
    ['none', "'commits'"],
  ] as const) {
    t.is((await importFrom(dlrn, `${url}/${folder}`)).text, `{"message":"${failed(why)}"}\n`);
  }
  t.is(lab.state.commits.at(-1), row);
  await lab.close();
});

test('packages that are not there, and hashes that look like numbers, hold nothing up', async (t) => {
  const { lab, dlrn } = await startSeeded('component');
  const success = (hash: string): string =>
    yaml({ commit_hash: hash, status: 'SUCCESS', artifacts: artifacts(hash) }).replace(`"${hash}"`, hash);
  const url = await serve(t, { bare: { 'commit.yaml': success(digits), 'x-1-1.el9.noarch.rpm': 'the package' } });
  t.is((await importFrom(dlrn, `${url}/bare`)).status, 201);
  t.is(String(lab.state.commits.at(-1)?.commitHash), digits);
  const directory = artifacts(digits).slice('repos/'.length, -'/x-1-1.el9.noarch.rpm'.length);
  t.is((await tree(dlrn, `${directory}/x-1-1.el9.noarch.rpm`)).text, 'the package');
  t.is((await tree(dlrn, `${directory}/x-1-1.el9.src.rpm`)).status, 404);
  await lab.close();
});

test('a classic build has no place in a component line: the row stays, no label moves', async (t) => {
  const [from, to] = await Promise.all([startSeeded('classic'), startSeeded('component')]);
  const row = buildNew(from.lab.state);
  const answer = await importFrom(to.dlrn, `${from.lab.reposUrl}/${directoryOf(row)}`);
  const link = `'../../${directoryOf(row)}' -> 'repos/component/None/current_'`;
  t.deepEqual(
    [answer.status, JSON.parse(answer.text)],
    [500, { message: failed(`[Errno 2] No such file or directory: ${link}`) }],
  );
  t.like(to.lab.state.commits.at(-1), { commitHash: row.commitHash, component: 'None' });
  await Promise.all([from.lab.close(), to.lab.close()]);
});
