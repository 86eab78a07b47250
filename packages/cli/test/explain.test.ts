import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type AnyAction, executeAction, type ExecutionResult } from '@tagflow/action-kit';
import { buildInterval, createLabBuilder, createVirtualClock, startLabDlrn, vote } from '@tagflow/lab';
import { fullHashOfCommit } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import { createExplainAction } from '../src/explain.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const hour = 3_600_000;

test('a label that does not move, explained from a real DLRN and the ledger of its promoter', async (t) => {
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const dlrn = await startLabDlrn({
    clock,
    mode: 'classic',
    projects: [{ name: 'lab-tripleo', component: 'tripleo' }],
  });
  t.teardown(() => dlrn.close());
  const builder = createLabBuilder({ dlrn: dlrn.state, clock, seed: 'explain' });
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-explain-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, 'tagflow.yaml');
  await writeFile(
    config,
    JSON.stringify({
      release: 'master',
      distro: 'centos7',
      dlrn: { 'api-url': dlrn.apiUrl, 'repos-url': dlrn.reposUrl, username: dlrn.username },
      ledger: { url: `sqlite:${join(folder, 'ledger.db')}` },
      owners: { 'ovb-*': 'ovb-team' },
      phases: {
        upstream: {
          pin: { from: 'consistent', to: 'tripleo-ci-testing' },
          promote: {
            ...{ from: 'tripleo-ci-testing', to: 'current-tripleo' },
            criteria: { 'all-of': ['ovb-ha', { 'any-of': ['standalone', 'scenario'] }] },
          },
        },
      },
    }),
  );

  let said = '';
  const explain = createExplainAction({ cwd: folder, isTTY: false, write: (text) => (said += text) });
  const act = (action: AnyAction, inputs: Readonly<Record<string, string>>): Promise<ExecutionResult> =>
    executeAction(action, new Map(Object.entries({ config, ...inputs })), {
      ...{ clock, signal: new AbortController().signal, progress: () => undefined },
      log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
      ...{ outDir: folder, cwd: folder, actor: 'robot', random: Math.random, env: {} },
    });
  const promote = (mode: string): Promise<ExecutionResult> =>
    act(promoteSymlink, { mode, phase: 'upstream', password: dlrn.password });
  const ask = async (about: string | null, more: Readonly<Record<string, string>> = {}): Promise<ExecutionResult> => {
    said = '';
    const result = await act(explain, { ...(about === null ? {} : { about }), ...more });
    t.is(result.outcome, 'done', result.message);
    return result;
  };
  const build = async () => {
    const row = builder.build();
    await clock.advance(buildInterval);
    t.is((await promote('pin')).outcome, 'done');
    return { row, hash: fullHashOfCommit(row) };
  };
  const report = (row: ReturnType<typeof builder.build>, job: string, success: boolean): Promise<void> =>
    vote(dlrn, { job, success, subject: row, url: `http://logs.example/${job}`, timestamp: clock.now() / 1000 });

  t.is((await ask('current-tripleo')).outputs['answer'], 'no-candidate');
  const first = await build();
  for (const job of ['ovb-ha', 'standalone']) await report(first.row, job, true);
  t.is((await ask('current-tripleo')).outputs['answer'], 'moves-now');
  t.is((await promote('promote')).outcome, 'done');
  t.is((await ask('current-tripleo')).outputs['answer'], 'nothing-newer');

  const second = await build();
  await clock.advance(hour);
  await report(second.row, 'ovb-ha', false);
  t.is((await promote('promote')).outcome, 'blocked');
  await clock.advance(2 * hour);
  t.is((await promote('promote')).outcome, 'blocked');

  const { outputs, message } = await ask('current-tripleo');
  t.is(
    said,
    `current-tripleo: BLOCKED   (master; phase upstream)
why        2 results are lacking on the one candidate, and 1 of these jobs
           failed there
since      2026-01-01 02:00 UTC (2 h), as the ledger noted
names now  ${first.hash}
           since 2026-01-01 00:30 UTC (3 h)
nearest    ${second.hash}
           the one candidate; tripleo-ci-testing named it first on 2026-01-01
           01:00 UTC; 0 of 3 jobs succeeded
lacking    ovb-ha
             failed 2 h ago: run it again on this hash, or ask ovb-team to mend
             it
             http://logs.example/ovb-ha
           standalone
             has not reported: wait, or run it on this hash; else ask its owner
             (owners: names none)
who acts   ovb-team: mend or run again ovb-ha
           somebody: run standalone
`,
  );
  t.is(message, 'current-tripleo: blocked');
  const json = JSON.parse(outputs['explanation'] ?? '') as Record<string, unknown>;
  t.like(json, { kind: 'label', label: 'current-tripleo', answer: 'blocked', phase: 'upstream' });

  const third = await build();
  await ask('current-tripleo');
  t.regex(said, /^current-tripleo: WAITING .*\n.*the nearest of 2 candidates/);
  const policy = join(folder, 'held');
  await mkdir(policy);
  const entry = 'owner: alice, bug: "https://bugs.example/7", reason: it eats images, expires: 2026-01-09';
  await writeFile(join(policy, 'a.yaml'), `holds: [{ id: h1, hash: ${third.hash}, ${entry} }]`);
  await ask('current-tripleo', { 'policy-dir': policy });
  t.true(said.includes(`\nothers     ${third.hash}  held by alice\n`), said);

  await ask(first.hash);
  t.regex(said, /tripleo-ci-testing: NAMED BEFORE, first on 2026-01-01 00:30 UTC/);
  t.regex(said, /a pin by robot moved it to [0-9a-f]{12} on 2026-01-01 01:00 UTC/);
  t.regex(said, /current-tripleo: NAMED NOW, first on/);
  t.regex(said, /votes {5}\d jobs: \d succeeded\n/);
  t.is((await ask(second.hash)).outputs['answer'], 'tripleo-ci-testing: left\ncurrent-tripleo: candidate');
  t.is((await ask(null)).outputs['answer'], 'tripleo-ci-testing: nothing-newer\ncurrent-tripleo: waiting');

  const unknown = await act(explain, { about: 'current-tripelo' });
  t.is(unknown.outcome, 'invalid');
  t.regex(unknown.message ?? '', /it moves: tripleo-ci-testing, current-tripleo \(did you mean current-tripleo\?\)/);
  const stranger = await act(explain, { about: `${'e'.repeat(40)}_${'e'.repeat(8)}` });
  t.deepEqual([stranger.outcome, stranger.error?.code], ['invalid', 'bad-request']);

  const { code, stdout, stderr } = await tagflow(
    'explain',
    'current-tripleo',
    '--config',
    config,
    '--phase',
    'upstream',
  );
  t.is(code, 0, stderr);
  t.regex(stderr, /^current-tripleo: WAITING/);
  t.like(JSON.parse(stdout), { outcome: 'done', outputs: { answer: 'waiting' } });
});

function tagflow(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}
