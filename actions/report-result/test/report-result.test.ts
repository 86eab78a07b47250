import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import type { LabMode } from '@tagflow/lab';
import { type Bench, bench } from './support.ts';

const votesOf = ({ lab }: Bench, mode: LabMode): readonly (readonly [boolean, string | null])[] =>
  (mode === 'classic' ? lab.state.votes : lab.state.aggregateVotes)
    .filter((row) => row.job !== 'consistent')
    .map((row) => [row.success, row.url]);

const requestsTo = ({ lab }: Bench, path: string) => lab.requests.filter((request) => request.path === path);

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: one vote, read back`, async (t) => {
    const the = await bench(t, mode);
    const { lab, good, run, clock } = the;
    // The clock is the caller's, and DLRN wants whole seconds.
    await clock.advance(1999);
    const result = await run(good);
    t.is(result.outcome, 'done', result.message);
    t.deepEqual(JSON.parse(result.outputs['vote'] ?? ''), {
      job: 'periodic-fs001',
      result: 'success',
      timestamp: Date.parse('2026-01-01T00:00:01Z') / 1000,
      url: 'https://logs.example/1',
      notes: 'all good',
      user: 'ciuser',
    });
    t.deepEqual(votesOf(the, mode), [[true, 'https://logs.example/1']]);
    const [sent, ...more] = requestsTo(the, '/api/report_result');
    t.is(more.length, 0);
    const body = JSON.parse(sent?.body ?? '') as Record<string, unknown>;
    t.is(body['timestamp'], Date.parse('2026-01-01T00:00:01Z') / 1000);
    if (mode === 'classic') {
      const [commit = '', distro = ''] = ['commit_hash', 'distro_hash'].map((name) => String(body[name]));
      for (const hash of [commit, distro]) t.regex(hash, /^[0-9a-f]{40}$/, 'a whole hash');
      t.is(`${commit}_${distro.slice(0, 8)}`, good['full-hash'] ?? '');
      t.false('aggregate_hash' in body);
    } else {
      t.is(body['aggregate_hash'], good['full-hash']);
      t.false('commit_hash' in body, 'an aggregate carries no commit');
    }

    const page = result.outputs['votes-url'] ?? '';
    const of =
      mode === 'classic'
        ? /civotes_detail\.html\?commit_hash=[0-9a-f]{40}&distro_hash=/
        : /agg_detail\.html\?ref_hash=/;
    t.regex(page, of);
    t.true(page.startsWith(`${lab.apiUrl}/api/`));
  });

  test(`${mode}: a run of a job votes once, and again when it says something else`, async (t) => {
    const the = await bench(t, mode);
    const { good, run, warnings } = the;
    const first = await run(good);
    const again = await run({ ...good, notes: 'other words' });
    t.deepEqual([first.outcome, again.outcome], ['done', 'nothing-to-do'], again.message);
    t.deepEqual(again.outputs, first.outputs);
    t.is(requestsTo(the, '/api/report_result').length, 1);
    t.deepEqual(warnings, []);

    t.is((await run({ ...good, status: 'failure' })).outcome, 'done');
    t.is(warnings.length, 1);
    t.regex(
      warnings[0] ?? '',
      /periodic-fs001 has reported success with https:\/\/logs\.example\/1 before, and now says failure/,
    );
    // What it said last counts: the success before the failure must not swallow this one.
    t.is((await run(good)).outcome, 'done');
    t.is((await run({ ...good, job: 'periodic-fs002' })).outcome, 'done');
    t.is((await run({ ...good, 'log-url': 'https://logs.example/2' })).outcome, 'done');
    t.is((await run(good)).outcome, 'nothing-to-do', 'another run of the job does not make this one new');
    t.deepEqual(votesOf(the, mode), [
      [true, 'https://logs.example/1'],
      [false, 'https://logs.example/1'],
      [true, 'https://logs.example/1'],
      [true, 'https://logs.example/1'],
      [true, 'https://logs.example/2'],
    ]);
  });

  test(`${mode}: without a log one run cannot be told from another`, async (t) => {
    const the = await bench(t, mode);
    const nameless = { ...the.good, 'log-url': '' };
    t.is((await the.run(nameless)).outcome, 'done');
    await the.clock.advance(1000);
    t.is((await the.run(nameless)).outcome, 'done');
    t.deepEqual(votesOf(the, mode), [
      [true, ''],
      [true, ''],
    ]);
  });

  test(`${mode}: a dry run votes for nobody`, async (t) => {
    const { lab, good, run } = await bench(t, mode);
    const result = await run({ ...good, 'dry-run': 'true' });
    t.is(result.outcome, 'planned', result.message);
    t.regex(result.message ?? '', /periodic-fs001 would report success on [0-9a-f_]+ to http/);
    t.false(lab.requests.some((request) => request.method === 'POST'));
    t.regex(result.outputs['votes-url'] ?? '', /civotes/);
    await run(good);
    t.is((await run({ ...good, password: '', 'dry-run': 'true' })).outcome, 'nothing-to-do', 'reading needs no login');
  });

  test(`${mode}: what DLRN refuses is told`, async (t) => {
    const { lab, good, run } = await bench(t, mode);
    const wrong = await run({ ...good, password: 'wrong-password' });
    t.deepEqual([wrong.outcome, wrong.error?.code], ['failed', 'unauthorized']);
    t.notRegex(JSON.stringify(wrong), /wrong-password/);
    const gone = mode === 'component' ? 'f'.repeat(32) : `${'f'.repeat(40)}_${'f'.repeat(8)}`;
    const url = mode === 'component' ? {} : { 'repo-url': `${lab.reposUrl}/ff/ff/${gone}` };
    const unknown = await run({ ...good, 'full-hash': gone, ...url });
    t.deepEqual([unknown.outcome, unknown.error?.code], ['failed', 'nothing-there']);
    const advice =
      mode === 'component'
        ? /^Pin it first \(promote-symlink with mode pin\).*check dlrn-url and full-hash/
        : /^Give the repo-url/;
    t.regex(unknown.error?.next ?? '', advice);
    if (mode === 'component') t.regex(unknown.message ?? '', /aggregate f{32}: it was never promoted there to a label/);
    lab.setFaults((request) => (request.path === '/api/report_result' ? 'html' : undefined));
    const broken = await run(good);
    t.deepEqual([broken.outcome, broken.error?.code], ['failed', 'server-error']);
  });
}

test('what DLRN just has room for is voted with', async (t) => {
  const { good, run } = await bench(t, 'classic');
  const long = { job: 'j'.repeat(255), 'log-url': `http://h/${'l'.repeat(1015)}`, notes: 'é'.repeat(32_767) };
  const result = await run({ ...good, ...long });
  t.is(result.outcome, 'done', result.message);
  t.like(JSON.parse(result.outputs['vote'] ?? ''), { job: long.job, url: long['log-url'], notes: long.notes });
});

test('the way to log in is that of the input, else that of tagflow.yaml; kerberos takes no name and no password', async (t) => {
  const { lab, good, run } = await bench(t, 'classic');
  const front = await listeningFront(t, lab.apiUrl);
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-report-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const config = join(folder, 'tagflow.yaml');
  await writeFile(
    config,
    `release: master
distro: centos9
dlrn: { api-url: '${front.apiUrl}', repos-url: '${lab.reposUrl}', auth-method: kerberos, protected-reads: true }
phases: { osp-phase-0: { hand-off: { label: x, destination: 'file:out' } } }
`,
  );
  const { 'dlrn-url': _url, username: _username, password: _password, ...vote } = good;
  // There is no curl on an empty PATH, which is as far as a login can come without a KDC.
  const result = await run({ ...vote, config });
  t.deepEqual([result.outcome, result.error?.code], ['invalid', 'unauthorized'], result.message);
  t.regex(result.message ?? '', /Kerberos needs the program curl/);
  t.regex(result.error?.next ?? '', /Install curl/);
  t.deepEqual(front.seen, [], 'protected reads: no question without a login either');

  const byPassword = { ...vote, config, username: lab.username, password: lab.password, 'auth-method': 'basic' };
  t.is((await run(byPassword)).outcome, 'done');
  t.deepEqual([...new Set(front.seen)].toSorted(), ['GET Basic', 'POST Basic']);
  t.is((await run({ ...good, 'dlrn-url': front.apiUrl })).outcome, 'nothing-to-do');
  t.is(front.seen.at(-1), 'GET -', 'other reads go without');
});

/** Stands before a DLRN, and notes of each request its method and how it logs in. */
async function listeningFront(t: ExecutionContext, apiUrl: string): Promise<{ apiUrl: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push(`${method} ${headers.authorization?.split(' ')[0] ?? '-'}`);
    const { host: _host, connection: _connection, ...kept } = headers;
    const pass = async (): Promise<void> => {
      const body = method === 'GET' ? {} : { body: await text(request) };
      const answer = await fetch(new URL(url, apiUrl), { method, headers: kept as Record<string, string>, ...body });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(await answer.text());
    };
    pass().catch((error: unknown) => response.destroy(error as Error));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  return { apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(apiUrl).pathname}`, seen };
}
