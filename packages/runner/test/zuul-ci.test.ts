import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type LabZuulOptions, type LabZuulRun, startLabZuul } from '@tagflow/lab';
import { createRemoteRunner } from '../src/index.ts';
import { hashesNamed } from '../src/zuul/evidence.ts';
import { meaningOf } from '../src/zuul/result.ts';
import { createZuulCi, type ZuulCiConfig } from '../src/zuul/zuul-ci.ts';
import { hastyClock } from './clocks.ts';
import { ended, hash, logFrom, never, otherHash, reportsOf, requestOf, stage, testEffects } from './remote-ci-world.ts';

const place = {
  tenant: 'rdo',
  project: 'rdo/jobs',
  pipeline: 'openstack-periodic-integration-main',
  branch: 'master',
  job: 'periodic-tripleo-featureset001-master',
};
const token = 'header.payload.signature';
const parameters = { full_hash: '{full-hash}', dlrn_release: '{release}' };

async function scene(t: ExecutionContext, changes: Partial<ZuulCiConfig> = {}, options: Partial<LabZuulOptions> = {}) {
  const jobs = stage<LabZuulRun>();
  const declared = ['tagflow_key', 'full_hash', 'dlrn_release'];
  const lab = await startLabZuul({ ...place, run: jobs.play, token, parameters: declared, ...options });
  t.teardown(lab.close);
  const config = { ...place, url: lab.url, plainHttp: false, reports: ['JUnit'], ...changes };
  const newCi = (jwt: string | null) => createZuulCi({ config, token: jwt, effects: testEffects() });
  return { lab, jobs, newCi, ci: newCi(token) };
}

test('with parameters: a run is known by its key, and counts when it names the hash', async (t) => {
  const { lab, jobs, ci } = await scene(t, { parameters, keyParameter: 'tagflow_key' });
  lab.holdJobs(true);
  t.is(await ci.start(requestOf(), never), null, 'Zuul says nothing of what it takes in');
  const run = await ci.find(requestOf(), never);
  if (run === null) return t.fail();
  const uuid = lab.buildsets[0]?.uuid ?? '';
  t.deepEqual(run, { id: `${uuid}@${hash}`, url: `${lab.url}/t/rdo/buildset/${uuid}` });
  t.is(await ci.find(requestOf('key-2'), never), null);
  t.is(ended(await ci.state(run, never)), 'queued');
  lab.holdJobs(false);
  const job = await jobs.nth(1);
  t.deepEqual(job.parameters, { full_hash: hash, dlrn_release: 'master', tagflow_key: 'key-1' });
  t.is(ended(await ci.state(run, never)), 'running');
  job.write('grün\nred\n');
  t.deepEqual(await logFrom(ci, run, 0), ['', 0], 'the log comes with the end');
  job.info('zuul-info/inventory.yaml', `all:\n  vars:\n    previous_full_hash: ${otherHash}\n    full_hash: ${hash}\n`);
  job.keep('logs.junit.xml', '<testsuites/>');
  job.artifact('JUnit', 'logs.junit.xml');
  job.artifact('Docs', 'docs.html');
  await jobs.end('FAILURE');
  t.is(ended(await ci.state(run, never)), 'failure: FAILURE');
  t.deepEqual(await logFrom(ci, run, 0), ['grün\nred\n', 9]);
  t.deepEqual(await logFrom(ci, run, 5), ['red\n', 9]);
  t.deepEqual(await logFrom(ci, run, 9), ['', 9]);
  t.deepEqual(await reportsOf(t, ci, run), { 'logs.junit.xml': '<testsuites/>' });
});

const proofs: readonly (readonly [string, (run: LabZuulRun) => void, string])[] = [
  ['artifact metadata', (run) => run.artifact('repo', 'x', { full_hash: hash }), 'success: SUCCESS'],
  ['a line of the log', (run) => run.write(`+ export FULL_HASH=${hash}\n`), 'success: SUCCESS'],
  ['a dump in the log', (run) => run.write(String.raw`"{\"full_hash\": \"${hash}\"}"` + '\n'), 'success: SUCCESS'],
  ['a hash without its name', (run) => run.write(`${hash}\n`), 'nothing of it names a full hash'],
  ['nothing', () => undefined, 'nothing of it names a full hash'],
  ['another hash', (run) => run.write(`TAGFLOW_FULL_HASH: ${otherHash}\n`), `its log names the full hash ${otherHash}`],
  [
    'two hashes',
    (run) => run.write(`full_hash=${hash}\nfull_hash=${otherHash}\n`),
    `its log names several full hashes: ${hash}, ${otherHash}`,
  ],
  [
    'metadata of another hash, and a log with ours',
    (run) => {
      run.artifact('repo', 'x', { full_hash: otherHash });
      run.write(`full_hash=${hash}\n`);
    },
    `the metadata of its artifacts names the full hash ${otherHash}`,
  ],
];

for (const [what, tell, expected] of proofs) {
  test(`a success counts by what the build tells of its hash: ${what}`, async (t) => {
    const { jobs, ci } = await scene(t);
    await ci.start(requestOf(), never);
    tell(await jobs.nth(1));
    const run = await ci.find(requestOf(), never);
    if (run === null) return t.fail();
    await jobs.end('SUCCESS');
    const state = ended(await ci.state(run, never));
    const lost = `lost: SUCCESS, but not of the full hash ${hash} for all that can be known: ${expected}`;
    t.is(state, expected.startsWith('success') ? expected : lost);
  });
}

test('without a key parameter each attempt is a run of its own; what still goes on is found', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-zuul-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const run = (one: LabZuulRun): Promise<string> => {
    one.artifact('repo', 'x', { full_hash: hash });
    return Promise.resolve('FAILURE');
  };
  const { lab, ci } = await scene(t, {}, { run });
  const runner = createRemoteRunner(ci, { pollMs: 1000 });
  const effects = { ...testEffects(), clock: hastyClock(), signal: never };
  const ask = (key: string) => {
    const files = { logFile: join(folder, key, 'log'), resultsDir: join(folder, key, 'results'), timeoutMs: 1e12 };
    return runner.run({ ...requestOf(key), ...files }, effects);
  };
  const first = await ask('key');
  const second = await ask('key-2');
  t.deepEqual(
    [first, second].map(({ status, found }) => [status, found]),
    [
      ['failure', false],
      ['failure', false],
    ],
  );
  t.not(second.url, first.url);
  lab.holdJobs(true);
  const open = lab.trigger();
  t.is((await ci.find(requestOf('key-3'), never))?.id, `${open.uuid}@${hash}`, 'asked for by a process elsewhere');
  t.is(await ci.find({ ...requestOf('key-3'), before: await (ci.standing?.(requestOf(), never) ?? []) }, never), null);
  t.is(lab.buildsets.length, 3);
});

test('without a token nothing is started: a build of a timer is found by the hash that it names', async (t) => {
  const { lab, jobs, newCi } = await scene(t);
  const ci = newCi(null);
  t.is(await ci.start(requestOf(), never), null);
  t.is(await ci.find(requestOf(), never), null);
  t.is(lab.buildsets.length, 0);
  const tellings = [
    (run: LabZuulRun) => run.artifact('repo', 'x', { full_hash: hash }),
    (run: LabZuulRun) => run.info('zuul-info/inventory.yaml', `full_hash: ${otherHash}\n`),
  ];
  for (const [index, tell] of tellings.entries()) {
    lab.trigger();
    tell(await jobs.nth(index + 1));
    await jobs.end('SUCCESS', index);
  }
  const mine = await ci.find(requestOf(), never);
  t.is(mine?.id, `${lab.buildsets[1]?.uuid ?? ''}@${hash}`);
  const other = await ci.find(requestOf('k', { 'full-hash': otherHash }), never);
  t.is(other?.id, `${lab.buildsets[0]?.uuid ?? ''}@${otherHash}`);
  const third = requestOf('k', { 'full-hash': 'c'.repeat(32) });
  t.is(await ci.find(third, never), null);
  const open = lab.trigger();
  t.is((await ci.find(third, never))?.id, `${open.uuid}@${'c'.repeat(32)}`, 'it may be');
});

test('a run to its end: what cannot be shown to be of our hash is lost, whatever Zuul says', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-zuul-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const run = (one: LabZuulRun): Promise<string> => {
    const told = one.parameters['tagflow_key'] === 'good' ? hash : otherHash;
    one.write(`FULL_HASH=${told}\n`);
    return Promise.resolve('SUCCESS');
  };
  const { ci } = await scene(t, { parameters, keyParameter: 'tagflow_key' }, { run });
  const runner = createRemoteRunner(ci, { pollMs: 1000 });
  const effects = { ...testEffects(), clock: hastyClock(), signal: never };
  const ask = (key: string) => {
    const files = { logFile: join(folder, key, 'log'), resultsDir: join(folder, key, 'results'), timeoutMs: 1e12 };
    return runner.run({ ...requestOf(key), ...files }, effects);
  };
  t.like(await ask('good'), { status: 'success', reason: null });
  t.is(await readFile(join(folder, 'good', 'log'), 'utf8'), `FULL_HASH=${hash}\n`);
  const bad = await ask('bad');
  t.is(bad.status, 'lost');
  t.regex(bad.reason ?? '', /SUCCESS, but not of the full hash a1b2.*its log names the full hash ffff/);
});

test('dequeuing ends the first run of a branch: only where that is ours', async (t) => {
  const { lab, jobs, ci, newCi } = await scene(t, { parameters, keyParameter: 'tagflow_key' });
  await ci.start(requestOf('one'), never);
  await ci.start(requestOf('two'), never);
  await jobs.nth(2);
  const [one, two] = [await ci.find(requestOf('one'), never), await ci.find(requestOf('two'), never)];
  if (one === null || two === null) return t.fail();
  await t.throwsAsync(ci.cancel(two, never), { code: 'ci-refused', message: /the first run .* is not ours/ });
  await t.throwsAsync(newCi(null).cancel(one, never), { code: 'ci-refused', message: /no token/ });
  await ci.cancel(one, never);
  t.is(ended(await ci.state(one, never)), 'cancelled: CANCELED');
  await ci.cancel(one, never);
  await ci.cancel(two, never);
  t.deepEqual(
    lab.buildsets.map(({ result }) => result),
    ['DEQUEUED', 'DEQUEUED'],
  );
  lab.holdJobs(true);
  await ci.start(requestOf('three'), never);
  const three = await ci.find(requestOf('three'), never);
  if (three === null) return t.fail();
  await ci.cancel(three, never);
  t.regex(
    ended(await ci.state(three, never)),
    /^cancelled: the buildset ended as DEQUEUED without a build of periodic/,
  );
  t.regex(ended(await ci.state({ id: `gone@${hash}`, url: '' }, never)), /^lost: its buildset is not there any more/);
});

test('a server of logs that is down tells nothing: neither lost nor found', async (t) => {
  const { lab, jobs, ci } = await scene(t);
  await ci.start(requestOf(), never);
  (await jobs.nth(1)).write(`full_hash=${hash}\n`);
  const run = await ci.find(requestOf(), never);
  if (run === null) return t.fail();
  await jobs.end('SUCCESS');
  Object.assign(lab.troubles, { count: 1, status: 502, only: / \/logs\// });
  await t.throwsAsync(ci.state(run, never), { code: 'ci-unreachable' });
  t.is(ended(await ci.state(run, never)), 'success: SUCCESS');
});

test('who may not enqueue hears it, and a job without a hash is nothing to ask for', async (t) => {
  const { newCi } = await scene(t);
  const error = await t.throwsAsync(newCi('not.the.one').start(requestOf(), never), { code: 'ci-refused' });
  t.regex(error?.message ?? '', /POST .*\/rdo\/project\/rdo\/jobs\/enqueue with 401/);
  t.false((error?.message ?? '').includes('not.the.one'));
  const empty = { ...requestOf(), facts: {} };
  await t.throwsAsync(newCi(token).start(empty, never), { code: 'bad-ci', message: /has no full-hash/ });
  await t.throwsAsync(newCi(token).find(empty, never), { code: 'bad-ci' });
});

test('hashes are found wherever a piece of a log was cut', (t) => {
  const whole = `${'ab'.repeat(20)}_12345678`;
  const text = `x\nprevious_full_hash=${otherHash}\n${'y'.repeat(300)} "full_hash": "${whole}"\n`;
  for (const size of [1, 7, 40, 333, 389, 1000]) {
    const named = hashesNamed();
    for (let at = 0; at < text.length; at += size) named.take(text.slice(at, at + size));
    t.deepEqual([...named.found], [whole], `pieces of ${size}`);
  }
  // What is read again with the next piece begins between the two words of the name.
  const cut = hashesNamed();
  for (const piece of [`previous_full_hash=${otherHash}\n${'z'.repeat(469)}`, 'z\n']) cut.take(piece);
  t.deepEqual([...cut.found], []);
});

const results: readonly (readonly [string, string])[] = [
  ['SUCCESS', 'success'],
  ['FAILURE', 'failure'],
  ['TIMED_OUT', 'timed-out'],
  ['CANCELED', 'cancelled'],
  ['NODE_FAILURE', 'lost'],
  ['RETRY_LIMIT', 'lost'],
  ['POST_FAILURE', 'lost'],
  ['SKIPPED', 'lost'],
  ['toString', 'lost'],
];

test('what the results of Zuul mean', (t) => {
  t.deepEqual(
    results.map(([result]) => [result, meaningOf(result)]),
    results.map((row) => [...row]),
  );
});
