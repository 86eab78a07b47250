import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseResults } from '@tagflow/featureset';
import { type ArtifactSet, formatSet, parseDigest, parseFullHash, parseSet } from '@tagflow/model';
import test from 'ava';
import { bench, fullHash, repoUrl } from './bench.ts';

const passing = 'periodic-tripleo-ci-centos-9-multinode-1ctlr-featureset001-master';

const script = fileURLToPath(new URL('job.ts', import.meta.url));

const config = `
release: master
distro: centos9
dlrn: { api-url: 'http://127.0.0.1:1/api', repos-url: 'http://127.0.0.1:1/repos' }
phases:
  upstream:
    pin: { from: consistent, to: tripleo-ci-testing }
    test:
      command: [${JSON.stringify(execPath)}, ${JSON.stringify(script)}]
      env: { COMMON: everywhere }
      jobs:
        - ${passing}
        - { job: bad-but-free, voting: false, env: { OWN: here } }
        - bad-one
    promote:
      from: tripleo-ci-testing
      to: current-tripleo
      criteria: { all-of: [${passing}] }
`;

test('a dry run lists the jobs and their command lines, and runs nothing', async (t) => {
  const { said, run } = await bench(t, config);
  const { outcome, outputs } = await run({ config: 'tagflow.yaml', phase: 'upstream', 'dry-run': 'true' });
  t.is(outcome, 'planned');
  t.deepEqual(outputs, { matrix: JSON.stringify([passing, 'bad-but-free', 'bad-one']) });
  const text = said.join('\n');
  t.regex(text, /FEATURESET +NODES +VOTING/);
  t.true(text.includes(`bad-one: ${execPath} `), text);
});

test('all jobs of a phase: every one runs, results are written, a voting failure fails', async (t) => {
  const { run } = await bench(t, config);
  const { outcome, outputs, message } = await run({ config: 'tagflow.yaml', phase: 'upstream', concurrency: '3' });
  t.is(outcome, 'failed');
  t.is(message, '1 of 3 jobs did not succeed: bad-one: it ended with exit code 3');
  t.like(outputs, { passed: '1', failed: '2', job: undefined, status: undefined });
  const results = parseResults(await readFile(outputs['results'] ?? '', 'utf8'), 'results');
  t.deepEqual(
    results.jobs.map(({ job, status, voting, featureset }) => [job, status, voting, featureset]),
    [
      [passing, 'success', true, '001'],
      ['bad-but-free', 'failure', false, null],
      ['bad-one', 'failure', true, null],
    ],
  );
  t.like(results, { fullHash, release: 'master', distro: 'centos9' });
  t.true(results.jobs[1]?.tail.includes('OWN=here'));
  t.regex(await readFile(outputs['junit'] ?? '', 'utf8'), /<testsuites tests="3" failures="1" errors="0" skipped="1"/);
});

test('a single job: what the next step reports', async (t) => {
  const { run } = await bench(t, config);
  const place = { config: 'tagflow.yaml', phase: 'upstream' };
  const good = await run({ ...place, job: passing });
  t.is(good.outcome, 'done', good.message);
  t.like(good.outputs, {
    job: passing,
    status: 'success',
    passed: '1',
    failed: '0',
    matrix: JSON.stringify([passing]),
  });
  t.regex(good.outputs['log-url'] ?? '', /^file:\/\/\/.*featureset001-master\/job\.log$/);
  const bad = await run({ ...place, job: 'bad-one', 'log-url': 'https://logs.example/7/' });
  t.is(bad.outcome, 'failed');
  t.like(bad.outputs, { job: 'bad-one', status: 'failure', 'log-url': 'https://logs.example/7/bad-one/job.log' });
  const free = await run({ ...place, job: 'bad-but-free' });
  t.is(free.outcome, 'done', 'a job that does not vote fails nothing');
  t.is(free.outputs['status'], 'failure', 'and says what it saw');
});

test('a job is told what to test, and no credentials', async (t) => {
  const { folder, run } = await bench(t, config);
  const set = (more: Partial<ArtifactSet>): string =>
    formatSet({
      fullHash: parseFullHash(fullHash),
      release: 'master',
      repository: { url: repoUrl, builds: [] },
      containers: [],
      images: [],
      ...more,
    });
  const digest = parseDigest(`sha256:${'1'.repeat(64)}`);
  await writeFile(join(folder, 'one.json'), set({ containers: [{ name: 'heat-api', digest }] }));
  await writeFile(join(folder, 'two.json'), set({ containers: [{ name: 'nova-api', digest }] }));
  const sets = ['one.json', 'two.json'].map((name) => join(folder, name)).join(',');
  const { outcome, outputs } = await run(
    { config: 'tagflow.yaml', phase: 'upstream', job: passing, set: sets, env: 'EXTRA=1,COMMON=mine' },
    { DLRN_PASSWORD: 'hunter2hunter2', GITHUB_TOKEN: 'ghs_1234567890', HARMLESS: 'yes' },
  );
  t.is(outcome, 'done');
  const logs = join(folder, 'logs');
  const lines = (await readFile(join(logs, passing, 'job.log'), 'utf8')).trim().split('\n');
  t.deepEqual(lines, [
    'COMMON=mine',
    'EXTRA=1',
    'HARMLESS=yes',
    `TAGFLOW_DISTRO=centos9`,
    `TAGFLOW_FEATURESET=001`,
    `TAGFLOW_FULL_HASH=${fullHash}`,
    `TAGFLOW_JOB=${passing}`,
    `TAGFLOW_NODES=1ctlr`,
    `TAGFLOW_OUT_DIR=${join(logs, passing)}`,
    `TAGFLOW_RELEASE=master`,
    `TAGFLOW_REPO_URL=${repoUrl}`,
    `TAGFLOW_RESULTS_DIR=${join(logs, passing, 'results')}`,
    `TAGFLOW_SET=${join(logs, 'set.json')}`,
  ]);
  const merged = parseSet(await readFile(join(logs, 'set.json'), 'utf8'), 'set.json');
  t.deepEqual(
    merged.containers.map(({ name }) => name),
    ['heat-api', 'nova-api'],
  );
  t.truthy(outputs['results']);
});

test('without config: featuresets and a command', async (t) => {
  const { folder, run } = await bench(t, config);
  const { outcome, outputs } = await run({
    release: 'master',
    distro: 'centos9',
    featureset: '1, fs010',
    nodes: '1ctlr',
    command: `${execPath} ${script}`,
    'logs-to': 'my-logs',
  });
  t.is(outcome, 'done');
  t.deepEqual(JSON.parse(outputs['matrix'] ?? ''), [passing, passing.replace('001', '010')]);
  t.is(outputs['results'], join(folder, 'my-logs', 'results.json'));
});

test('a job that runs too long has failed', async (t) => {
  const { run } = await bench(t, config);
  const { outcome, outputs, message } = await run({
    job: 'slow',
    command: `${execPath} -e 'setInterval(() => {}, 1000)'`,
    timeout: '200ms',
  });
  t.is(outcome, 'failed');
  t.is(outputs['status'], 'failure');
  t.regex(message ?? '', /slow: it ran longer than/);
});

test('a job that was cancelled says nothing of the hash, and the results are there', async (t) => {
  const { cancel, run } = await bench(t, config);
  cancel.abort(new Error('Ctrl-C'));
  const { outcome, outputs } = await run({ job: 'a', command: execPath, voting: 'false' });
  t.is(outcome, 'failed');
  t.is(outputs['status'], undefined);
});

test('a section that the phase lacks is nothing to do, with an empty matrix', async (t) => {
  const { run } = await bench(t, config);
  const { outcome, outputs } = await run({
    config: 'tagflow.yaml',
    phase: 'upstream',
    section: 'after',
    'dry-run': 'true',
  });
  t.is(outcome, 'nothing-to-do');
  t.is(outputs['matrix'], '[]');
});

const wrong: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['no jobs named', { command: 'x' }, /config and phase, or featureset, or job/],
  ['a job that the phase lacks', { config: 'tagflow.yaml', phase: 'upstream', job: 'nope' }, /"nope" is not one of/],
  ['a phase that config lacks', { config: 'tagflow.yaml', phase: 'downstream' }, /no phase "downstream"/],
  [
    'the repository of another hash',
    { 'repo-url': `http://127.0.0.1:1/bb/bb/${'b'.repeat(32)}`, job: 'a', command: 'x' },
    /is not the directory of full-hash a{32}/,
  ],
  ['a malformed hash', { 'full-hash': 'abc', job: 'a', command: 'x' }, /full-hash "abc"/],
  ['a command for a shell', { job: 'a', command: 'make | tee log' }, /no shell reads "\|"/],
  ['a variable that is none', { job: 'a', command: 'x', env: 'what' }, /not NAME=value/],
  [
    'a set that is not there',
    { job: 'a', command: 'x', set: '/nowhere/set.json' },
    /nowhere\/set\.json cannot be read/,
  ],
];
for (const [name, inputs, message] of wrong) {
  test(`invalid: ${name}`, async (t) => {
    const { run } = await bench(t, config);
    const result = await run(inputs);
    t.is(result.outcome, 'invalid');
    t.regex(result.message ?? '', message);
  });
}
