import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type FailureReason, formatResults, type JobResult } from '@tagflow/featureset';
import { parseFullHash } from '@tagflow/model';
import { type Bench, bench } from './support.ts';

const infra: FailureReason = {
  ...{
    pattern: 'mirror',
    reason: 'a mirror does not answer',
    kind: 'infra',
    severity: 2,
    bug: 'https://bugs.example/1',
  },
  ...{ file: 'job.log', line: 7, text: 'Cannot reach mirror, token=abc123' },
};
const product: FailureReason = {
  ...{ pattern: 'nova', reason: 'nova does not start', kind: 'product', severity: 3, bug: null },
  ...{ file: 'nova.log', line: 9, text: 'Traceback' },
};

function result(job: string, more: Partial<JobResult> = {}): JobResult {
  return {
    ...{ job, featureset: '001', nodes: null, voting: true, status: 'success', exitCode: 0, durationMs: 1000 },
    ...{ logUrl: `https://logs.example/${job}`, reason: null, tail: [], attempts: 1, runUrl: null },
    ...{ tests: null, reasons: null },
    ...more,
  };
}

const failed = result('fs-failed', {
  ...{ status: 'failure', exitCode: 2, reason: 'it exited with status 2', voting: false, attempts: 2 },
  ...{ runUrl: 'https://ci.example/5', reasons: { first: infra, worst: product } },
  tests: { passed: 9, failed: 2, skipped: 1, files: ['results/a.xml'], failures: [{ test: 'a.b', message: '1 != 2' }] },
});
const timedOut = result('fs-timed-out', { status: 'timed-out', exitCode: null, reason: 'it took more than 4 h' });
const mute = (['cancelled', 'not-started', 'lost'] as const).map((status) =>
  result(`fs-${status}`, { status, exitCode: null, reason: 'nobody knows' }),
);

interface World extends Bench {
  /** The inputs without a status, with a results file of these jobs. */
  withResults(jobs: readonly JobResult[], hash?: string): Promise<Record<string, string>>;
}

async function world(t: ExecutionContext): Promise<World> {
  const the = await bench(t, 'classic');
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-results-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const { job: _job, status: _status, 'log-url': _logUrl, notes: _notes, ...place } = the.good;
  return {
    ...the,
    async withResults(jobs, hash = the.good['full-hash']) {
      const results = join(folder, `${jobs.length}-${hash}.json`);
      const fullHash = parseFullHash(hash ?? '');
      const startedAt = '2026-01-01T00:00:00Z';
      await writeFile(results, formatResults({ fullHash, release: 'master', distro: 'centos9', startedAt, jobs }));
      return { ...place, results };
    },
  };
}

const votesOf = ({ lab }: Bench) =>
  lab.state.votes.filter(({ job }) => job !== 'consistent').map(({ job, success, url }) => [job, success, url]);

test('every job of a results file votes for itself, once; one that learned nothing does not', async (t) => {
  const the = await world(t);
  // The same featureset on two architectures and two distributions: jobs of their own, and nothing is merged.
  const arches = ['x86_64', 'ppc64le'].map((arch) => result(`fs001-${arch}`));
  const distros = [result('fs001-centos8', { status: 'failure', reason: 'it failed' }), result('fs001-centos9')];
  const inputs = await the.withResults([...arches, ...distros, failed, timedOut, ...mute]);
  const done = await the.run(inputs);
  t.is(done.outcome, 'done', done.message);
  const expected = [
    ['fs001-x86_64', true],
    ['fs001-ppc64le', true],
    ['fs001-centos8', false],
    ['fs001-centos9', true],
    ['fs-failed', false],
    ['fs-timed-out', false],
  ].map(([job, success]) => [job, success, `https://logs.example/${String(job)}`]);
  t.deepEqual(votesOf(the), expected);
  const votes = JSON.parse(done.outputs['votes'] ?? '') as { job: string; result: string }[];
  t.deepEqual(
    votes.map(({ job, result }) => [job, result === 'success', `https://logs.example/${job}`]),
    expected,
  );
  t.is(done.outputs['vote'], undefined, 'there is not one');
  t.regex(
    done.message ?? '',
    /fs-lost is lost \(nobody knows\): nothing was learned of the hash, and nothing is reported$/,
  );
  t.is(the.warnings.length, 3);

  const again = await the.run(inputs);
  t.deepEqual([again.outcome, again.outputs['votes']], ['nothing-to-do', done.outputs['votes']]);
  t.deepEqual(votesOf(the), expected, 'no vote twice');
});

test('one job of a results file, with why it failed in its notes, and no credential in them', async (t) => {
  const the = await world(t);
  const inputs = { ...(await the.withResults([result('other'), failed])), job: 'fs-failed' };
  const planned = await the.run({ ...inputs, 'dry-run': 'true' });
  t.deepEqual([planned.outcome, votesOf(the)], ['planned', []]);
  const done = await the.run({ ...inputs, notes: 'by hand', 'log-url': 'https://logs.example/elsewhere' });
  t.is(done.outcome, 'done', done.message);
  t.deepEqual(votesOf(the), [['fs-failed', false, 'https://logs.example/elsewhere']]);
  t.deepEqual((JSON.parse(done.outputs['vote'] ?? '') as { notes: string }).notes.split('\n'), [
    'by hand',
    'non-voting: an informing job, which no promotion waits for',
    'product: nova does not start (nova.log:9): Traceback',
    'before that, infra: a mirror does not answer (job.log:7): Cannot reach mirror, token=*** https://bugs.example/1',
    'it exited with status 2',
    '2 of 12 tests failed:',
    '- a.b: 1 != 2',
    '- and 1 more',
    'it was started 2 times',
    'run: https://ci.example/5',
  ]);
});

test('notes are cut at a line where DLRN has no more room', async (t) => {
  const the = await world(t);
  const failures = Array.from({ length: 300 }, (_, n) => ({ test: `test ${n}`, message: 'é'.repeat(300) }));
  const tests = { passed: 0, failed: 300, skipped: 0, files: [], failures };
  const done = await the.run(await the.withResults([result('fs', { status: 'failure', reason: 'x', tests })]));
  t.is(done.outcome, 'done', done.message);
  const { notes } = JSON.parse(done.outputs['vote'] ?? '') as { notes: string };
  t.true(Buffer.byteLength(notes) > 64_000 && Buffer.byteLength(notes) <= 65_535);
  t.regex(notes, /\n- test \d+: é{300}\n\(more in the log\)$/);
});

test('nothing is reported where nothing was learned, and DLRN is not asked', async (t) => {
  const the = await world(t);
  const { status: _status, ...unsaid } = the.good;
  for (const [inputs, message] of [
    [
      { ...(await the.withResults(mute)), job: 'fs-cancelled' },
      /^fs-cancelled is cancelled \(nobody knows\): nothing was learned/,
    ],
    [await the.withResults(mute), /fs-not-started is not-started .*; fs-lost is lost/],
    [
      { ...unsaid, status: '' },
      /^periodic-fs001 gave no status: nothing was learned of the hash, and nothing is reported$/,
    ],
  ] as const) {
    const { outcome, message: said, outputs } = await the.run(inputs);
    t.is(outcome, 'nothing-to-do');
    t.regex(said ?? '', message);
    t.is(outputs['votes'], '[]');
  }
  t.is(the.lab.requests.length, 0);
});

test('results that are not what they should be are told at once, before the first request', async (t) => {
  const the = await world(t);
  const good = await the.withResults([result('a'), result('b')]);
  const other = await the.withResults([result('a')], `${'e'.repeat(40)}_${'e'.repeat(8)}`);
  const long = await the.withResults([
    result('a', { logUrl: `http://h/${'l'.repeat(2000)}` }),
    result('b\n'),
    result('c'),
  ]);
  for (const [inputs, problems] of [
    [{ ...good, status: 'success' }, [/^inputs "results" and "status" are both given/]],
    [{ ...good, job: 'c' }, [/^input "job": .* has no job "c"; it has a, b$/]],
    [{ ...good, 'log-url': 'http://h/1' }, [/^input "log-url" is that of one run, and results has several jobs$/]],
    [other, [/^input "results": .* is of hash e{40}_e{8}, and full-hash is /]],
    [await the.withResults([result('a'), result('a'), result('b'), result('c')]), [/ has job a twice$/]],
    [long, [/^job "a": input "log-url" has 2009 characters/, /^job "b\\n": input "job": "b\\n" holds a line end/]],
    [{ ...good, results: import.meta.filename }, [/results\.test\.ts: it is not JSON$/]],
    [{ ...the.good, job: '', status: '' }, [/^input "job" is missing: nobody knows who votes$/]],
    [{ ...other, status: 'failure', password: '' }, [/both given/, /is of hash/, /"password" is missing/]],
  ] as const) {
    const { outcome, problems: found } = await the.run(inputs);
    t.is(outcome, 'invalid');
    t.is(found.length, problems.length, found.join('; '));
    for (const [index, problem] of problems.entries()) t.regex(found[index] ?? '', problem);
  }
  t.is(the.lab.requests.length, 0);
});

test('a refused vote keeps no other one from being tried, and each is told', async (t) => {
  const the = await world(t);
  const answers: Record<string, number | undefined> = { b: 403, d: 400 };
  const posts: string[] = [];
  the.lab.setFaults(({ method, body }) => {
    if (method !== 'POST') return undefined;
    const { job_id: job } = JSON.parse(body) as { job_id: string };
    posts.push(job);
    const status = answers[job];
    return status === undefined ? undefined : { status, body: '{"message": "no"}', contentType: 'application/json' };
  });
  const inputs = await the.withResults(['a', 'b', 'c', 'd', 'e'].map((job) => result(job)));
  const { outcome, error, outputs } = await the.run(inputs);
  t.is(outcome, 'failed');
  t.regex(error?.message ?? '', /^2 of 5 votes were not taken: b: POST .* answered 403: .*; d: POST .* answered 400/);
  t.deepEqual(
    votesOf(the).map(([job]) => job),
    ['a', 'c', 'e'],
  );
  t.deepEqual(
    (JSON.parse(outputs['votes'] ?? '') as { job: string }[]).map(({ job }) => job),
    ['a', 'c', 'e'],
  );

  answers['d'] = undefined;
  const one = await the.run(inputs);
  t.deepEqual([one.outcome, one.error?.code], ['failed', 'refused']);
  t.regex(one.message ?? '', /^b: POST .* answered 403/);
  t.deepEqual(
    votesOf(the).map(([job]) => job),
    ['a', 'c', 'e', 'd'],
  );

  // A wrong password is not tried once for each job, and a DLRN that is away is not waited for as often.
  answers['f'] = 401;
  answers['g'] = 503;
  for (const [job, end] of [
    ['f', 'failed'],
    ['g', 'waiting'],
  ] as const) {
    const before = posts.length;
    const stopped = await the.run({
      ...inputs,
      ...(await the.withResults([job, 'x', 'y'].map((name) => result(name)))),
    });
    t.is(stopped.outcome, end);
    t.regex(
      stopped.message ?? '',
      new RegExp(`^3 of 3 votes were not taken: ${job}: .*; x: not tried any more; y: not tried`),
    );
    t.deepEqual([...new Set(posts.slice(before))], [job]);
  }
});
