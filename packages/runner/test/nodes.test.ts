import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, pid } from 'node:process';
import test, { type ExecutionContext } from 'ava';
import {
  createCommandBroker,
  type NodeBroker,
  type NodesGrant,
  type ProcessIdentity,
  type Runner,
  RunnerError,
  type RunRequest,
  type RunResult,
  withNodes,
} from '../src/index.ts';
import { identify } from '../src/process-identity.ts';
import { newRecord } from '../src/run-record.ts';
import { hastyClock } from './clocks.ts';
import { deadProcess } from './runner-suite.ts';

const success = { status: 'success', exitCode: 0, durationMs: 0, reason: null, url: null, found: false } as const;

/** A broker and a runner that say what was asked of them, and answer what a test gives them. */
async function world(t: ExecutionContext, answers: readonly (NodesGrant | string)[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-nodes-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const logFile = join(folder, 'job.log');
  await mkdir(`${logFile}.run`);
  const request: RunRequest = {
    ...{ name: 'job', key: 'key-1', command: [], env: { A: '1' }, facts: {}, timeoutMs: 60_000 },
    ...{ logFile, resultsDir: join(folder, 'results') },
  };
  const [did, left, warnings]: [string[], (NodesGrant | string)[], string[]] = [[], [...answers], []];
  const clock = hastyClock();
  const cancel = new AbortController();
  const failures: (string | null)[] = [];
  const broker: NodeBroker = {
    get: ({ request: { key }, number }) => {
      did.push(`get ${key} ${String(number)} at ${String(clock.now() - 1000)}`);
      return Promise.resolve(left.shift() ?? 'none left');
    },
    release: ({ number }, session, { signal }) => {
      did.push(`release ${session} ${String(number)}${signal.aborted ? ' aborted' : ''}`);
      return Promise.resolve(failures.shift() ?? null);
    },
  };
  let end: () => Promise<RunResult> = () => Promise.resolve({ ...success, logFile });
  const inner: Runner = {
    run: (given) => {
      did.push(`run with ${given.env['TAGFLOW_NODES_HOSTS'] ?? 'no hosts'}`);
      return end();
    },
  };
  const log = { debug: () => undefined, info: () => undefined, warning: (text: string) => void warnings.push(text) };
  const run = (more: Partial<RunRequest> = {}) =>
    withNodes(inner, broker, { count: 2 }).run({ ...request, ...more }, { clock, signal: cancel.signal, log });
  const file = join(`${logFile}.run`, 'nodes.json');
  return {
    ...{ folder, request, did, warnings, failures, cancel, run, clock, logFile, inner, log },
    whenRun: (how: () => Promise<RunResult>) => (end = how),
    session: async () => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>,
    leave: (session: object) => writeFile(file, JSON.stringify({ releases: 0, attempt: 1, ...session })),
    leaveRun: (change: object, key = 'key-1') =>
      writeFile(
        join(`${logFile}.run`, '1.json'),
        JSON.stringify({
          schema: 'tagflow/run/v1',
          ...newRecord({ key, owner: deadProcess, startedAt: 0 }),
          ...change,
        }),
      ),
  };
}

const two: NodesGrant = { session: 's1', hosts: ['n1', 'n2'] };

test('nodes are got before the job, told to it, and given back', async (t) => {
  const { logFile, run, did, session } = await world(t, [two]);
  t.deepEqual(await run(), { ...success, logFile });
  t.deepEqual(did, ['get key-1 1 at 0', 'run with n1,n2', 'release s1 1']);
  t.deepEqual(JSON.parse(await readFile(`${logFile}.nodes.json`, 'utf8')), { hosts: ['n1', 'n2'] });
  t.like(await session(), { state: 'none', grant: null });
});

for (const status of ['failure', 'timed-out', 'cancelled', 'lost', 'not-started'] as const) {
  test(`given back after ${status}`, async (t) => {
    const { logFile, run, did, whenRun } = await world(t, [two]);
    whenRun(() => Promise.resolve({ ...success, status, logFile }));
    t.like(await run(), { status });
    t.is(did.at(-1), 'release s1 1');
  });
}

test('given back when the runner fails, and when the job was cancelled', async (t) => {
  const { run, did, whenRun, cancel } = await world(t, [two]);
  whenRun(() => {
    cancel.abort();
    return Promise.reject(new RunnerError('log-unwritable', 'no room'));
  });
  await t.throwsAsync(run(), { message: 'no room' });
  t.is(did.at(-1), 'release s1 1');
});

test('fewer nodes than asked for are given back, and asked for again', async (t) => {
  const { run, did } = await world(t, ['busy', { session: 's0', hosts: ['n1'] }, two]);
  t.like(await run(), { status: 'success' });
  t.deepEqual(did, [
    'get key-1 1 at 0',
    'get key-1 2 at 180000',
    'release s0 1',
    'get key-1 3 at 360000',
    'run with n1,n2',
    'release s1 2',
  ]);
});

test('no nodes in ten tries: the job is not started', async (t) => {
  const { run, did } = await world(t, []);
  const reason = 'it got no nodes in 10 tries: none left';
  t.like(await run(), { status: 'not-started', reason, durationMs: 9 * 180_000 });
  t.is(did.length, 10);
  await run();
  t.true(did[10]?.startsWith('get key-1 11 '), 'a try of its own, not an old one');
});

test('always fewer nodes: the job is not started, and says how many', async (t) => {
  const one = { session: 's0', hosts: ['n1'] };
  const { run } = await world(
    t,
    Array.from({ length: 10 }, () => one),
  );
  t.like(await run(), { reason: 'it got no nodes in 10 tries: there were 1 of 2 nodes' });
});

test('cancelled while it has no nodes', async (t) => {
  const { run, did, cancel } = await world(t, ['busy']);
  const running = run();
  cancel.abort();
  t.like(await running, { status: 'cancelled' });
  t.true(did.every((what) => what.startsWith('get')));
});

test('giving back is tried again, and said when it cannot be done; the next process does it', async (t) => {
  const { run, did, failures, warnings, session } = await world(t, [two, two]);
  failures.push('no', 'no', 'no', 'no', 'no');
  t.like(await run(), { status: 'success' });
  t.deepEqual(warnings, ['job: the nodes of session s1 could not be given back: no']);
  t.like(await session(), { state: 'held', owner: null, releases: 5 });
  did.length = 0;
  await run({ key: 'key-2' });
  t.deepEqual(did, ['release s1 6', 'get key-2 2 at 120000', 'run with n1,n2', 'release s1 7']);
});

const owner: ProcessIdentity | null = identify(pid);
test('what a process that died held is used again for the same run', async (t) => {
  const { run, did, leave, leaveRun } = await world(t);
  await leave({ key: 'key-1', owner: deadProcess, state: 'held', grant: two });
  await leaveRun({ phase: 'running' });
  t.like(await run(), { status: 'success' });
  t.deepEqual(did, ['run with n1,n2', 'release s1 1']);
});

test('what a process that died was asking for is learned, and given back for another run', async (t) => {
  const { run, did, leave } = await world(t, [{ ...two, session: 's0' }, two]);
  await leave({ key: 'key-0', owner: deadProcess, state: 'asking', grant: null });
  t.like(await run(), { status: 'success' });
  t.deepEqual(did, ['get key-0 1 at 0', 'release s0 1', 'get key-1 2 at 0', 'run with n1,n2', 'release s1 2']);
});

test('a run that has ended needs no nodes', async (t) => {
  const { run, did, leaveRun } = await world(t);
  await leaveRun({ phase: 'ended' });
  await run();
  t.deepEqual(did, ['run with no hosts']);
});

test('a run that was cancelled is run again, and needs nodes again', async (t) => {
  const { did, run, leaveRun } = await world(t, [two]);
  const ending = { ...success, status: 'cancelled', exitCode: null, reason: 'it was cancelled' } as const;
  await leaveRun({ phase: 'ended', ending });
  await run();
  t.deepEqual(did, ['get key-1 1 at 0', 'run with n1,n2', 'release s1 1']);
});

test('a run whose nodes another process looks after is only found', async (t) => {
  const { run, did, leave } = await world(t);
  await leave({ key: 'key-1', owner, state: 'held', grant: two });
  await run();
  t.deepEqual(did, ['run with no hosts']);
});

test('nodes of another run that goes on are not touched', async (t) => {
  const one = await world(t);
  await one.leave({ key: 'key-0', owner, state: 'held', grant: two });
  await t.throwsAsync(one.run(), { code: 'run-in-the-way' });
  const other = await world(t);
  await other.leave({ key: 'key-0', owner: deadProcess, state: 'held', grant: two });
  await other.leaveRun({ phase: 'running', job: owner }, 'key-0');
  await t.throwsAsync(other.run(), { code: 'run-in-the-way' });
  t.deepEqual([...one.did, ...other.did], []);
});

test('a broker of two commands; its credentials reach them only', async (t) => {
  const { folder, request, inner, clock, log, did } = await world(t);
  const seen: string[] = [];
  const runner: Runner = {
    run: (given, effects) => {
      seen.push(...Object.keys(given.env));
      return inner.run(given, effects);
    },
  };
  const get = `echo "asking as $KEY"; printf '{\n "session": 7,\n "hosts": ["n1", "n%s"]\n}\n' "$TAGFLOW_NODES_COUNT"; echo done >&2`;
  const broker = createCommandBroker({
    get: ['/bin/sh', '-c', get],
    release: ['/bin/sh', '-c', `echo "$TAGFLOW_NODES_SESSION $KEY" >${folder}/released`],
    count: 2,
    env: { PATH: env['PATH'] ?? '', KEY: 'hunter2' },
  });
  // Real commands take real time: a clock that waits for nothing would end them.
  const real = { now: () => clock.now(), sleep: () => new Promise<void>(() => undefined) };
  const effects = { clock: real, signal: new AbortController().signal, log };
  t.like(await withNodes(runner, broker, { count: 2 }).run(request, effects), { status: 'success' });
  t.deepEqual(did, ['run with n1,n2']);
  t.deepEqual(seen, ['A', 'TAGFLOW_NODES_HOSTS', 'TAGFLOW_NODES_FILE']);
  t.is(await readFile(join(folder, 'released'), 'utf8'), '7 hunter2\n');
});

const outputs: readonly (readonly [string, NodesGrant | RegExp])[] = [
  ['echo \'{"session":"a","hosts":["x"]}\'; exit 1', { session: 'a', hosts: ['x'] }],
  ['echo \'{"a":1}\'; echo \'{"session":"a","hosts":[]}\'', { session: 'a', hosts: [] }],
  ['echo nothing', /did not print/],
  ['echo \'{"session":"","hosts":["x"]}\'', /did not print/],
  ['echo \'{"session":"a","hosts":"x"}\'', /did not print/],
  ['exit 3', /did not succeed: it ended with exit code 3/],
];
for (const [script, expected] of outputs) {
  test(`a broker that does: ${script}`, async (t) => {
    const { request, log } = await world(t);
    const command = ['/bin/sh', '-c', script];
    const broker = createCommandBroker({ get: command, release: command, count: 1, env: {} });
    const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined) };
    const got = await broker.get({ request, number: 1 }, { clock, signal: new AbortController().signal, log });
    if (expected instanceof RegExp) t.regex(String(got), expected);
    else t.deepEqual(got, expected);
  });
}
