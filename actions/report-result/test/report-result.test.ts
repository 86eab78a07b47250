import test, { type ExecutionContext } from 'ava';
import { executeAction, type ExecutionResult } from '@tagflow/action-kit';
import {
  createLabBuilder,
  createVirtualClock,
  directoryOf,
  type LabDlrn,
  type LabMode,
  promoteBatch,
  startLabDlrn,
} from '@tagflow/lab';
import { fullHashOfCommit } from '@tagflow/model';
import { action } from '../src/action.ts';

type Inputs = Readonly<Record<string, string>>;

interface Bench {
  readonly lab: LabDlrn;
  /** The inputs of a good vote. */
  readonly good: Inputs;
  run(inputs: Inputs): Promise<ExecutionResult>;
}

/** The action beside a DLRN, and a hash that was promoted to be tested. */
async function bench(t: ExecutionContext, mode: LabMode): Promise<Bench> {
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const lab = await startLabDlrn({ clock, mode, projects: [{ name: 'lab-tripleo', component: 'tripleo' }] });
  t.teardown(() => lab.close());
  const row = createLabBuilder({ dlrn: lab.state, clock, seed: 'vote' }).build();
  const { aggregateHash } = promoteBatch(lab.state, [{ ...row, label: 'tripleo-ci-testing' }], 'ciuser');
  const hash = aggregateHash ?? fullHashOfCommit(row);
  const place = { 'dlrn-url': lab.apiUrl, username: lab.username, password: lab.password };
  const pinned = {
    'full-hash': hash,
    ...(aggregateHash === null ? { 'repo-url': `${lab.reposUrl}/${directoryOf(row)}` } : {}),
  };
  return {
    lab,
    good: {
      ...place,
      ...pinned,
      job: 'periodic-fs001',
      status: 'success',
      'log-url': 'https://logs.example/1',
      notes: 'all good',
    },
    run: (inputs) =>
      executeAction(action, new Map(Object.entries(inputs)), {
        clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
        log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
        progress: () => undefined,
        signal: new AbortController().signal,
        outDir: '/nonexistent',
        cwd: '/nonexistent',
        actor: 'test',
        random: () => 0,
        env: {},
      }),
  };
}

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: one vote, read back`, async (t) => {
    const { lab, good, run } = await bench(t, mode);
    const result = await run(good);
    t.is(result.outcome, 'done', result.message);
    t.deepEqual(JSON.parse(result.outputs['vote'] ?? ''), {
      job: 'periodic-fs001',
      result: 'success',
      timestamp: Date.parse('2026-01-01T00:00:00Z') / 1000,
      url: 'https://logs.example/1',
      notes: 'all good',
      user: 'ciuser',
    });
    t.is((await run({ ...good, status: 'failure' })).outcome, 'done');
    const rows = (mode === 'classic' ? lab.state.votes : lab.state.aggregateVotes).filter(
      (row) => row.job !== 'consistent',
    );
    t.deepEqual(
      rows.map((row) => row.success),
      [true, false],
    );
    const sent = lab.requests.filter((request) => request.path === '/api/report_result');
    t.is(sent.length, 2);
    t.is(
      'commit_hash' in (JSON.parse(sent[0]?.body ?? '') as object),
      mode === 'classic',
      'an aggregate carries no commit',
    );
  });

  test(`${mode}: a dry run votes for nobody`, async (t) => {
    const { lab, good, run } = await bench(t, mode);
    const result = await run({ ...good, 'dry-run': 'true' });
    t.is(result.outcome, 'planned', result.message);
    t.regex(result.message ?? '', /periodic-fs001 would report success on [0-9a-f_]+ to http/);
    t.false(lab.requests.some((request) => request.method === 'POST'));
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
    lab.setFaults((request) => (request.path === '/api/report_result' ? 'html' : undefined));
    const broken = await run(good);
    t.deepEqual([broken.outcome, broken.error?.code], ['failed', 'server-error']);
  });
}

test('what is missing or wrong is found before the first request', async (t) => {
  const { lab, good, run } = await bench(t, 'classic');
  for (const [change, message] of [
    [{ 'full-hash': '' }, /"full-hash"/],
    [{ 'full-hash': 'abc' }, /full-hash "abc" is not a hash/],
    [{ status: 'ok' }, /"status"/],
    [{ job: '' }, /"job"/],
    [{ 'dlrn-url': '' }, /"dlrn-url" is missing/],
    [{ username: '' }, /"username" is missing/],
    [{ password: '' }, /"password" is missing/],
    [{ 'repo-url': '' }, /"repo-url" is missing/],
    [
      { 'dlrn-url': 'http://dlrn.example/api' },
      /"dlrn-url": http:\/\/dlrn\.example\/api would get the password in clear/,
    ],
    [{ 'repo-url': 'http://127.0.0.1/other' }, /repo-url "http:\/\/127.0.0.1\/other" is not the directory/],
  ] as const) {
    const result = await run({ ...good, ...change });
    t.is(result.outcome, 'invalid', JSON.stringify(change));
    t.regex(result.message ?? '', message);
  }
  t.is((await run({ ...good, password: '' })).error?.next, 'Give password.', 'no configuration has it');
  t.is(lab.requests.length, 0);
});
