import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseResults } from '@tagflow/featureset';
import { type LabCiRun, startLabJenkins } from '@tagflow/lab';
import test, { type ExecutionContext } from 'ava';
import { bench, fullHash, repoUrl } from './bench.ts';

const declared = ['TAGFLOW_KEY', 'HASH', 'REPO', 'FS'];
const name = (featureset: string): string => `periodic-tripleo-ci-centos-9-standalone-featureset${featureset}-master`;

async function jenkins(t: ExecutionContext, run: (run: LabCiRun) => string) {
  const jobs = Object.fromEntries(['052', '010', '016'].map((one) => [`rdo/${name(one)}`, declared]));
  const login = { username: 'tagflow', secret: 'api-token-0123456789', kind: 'token' } as const;
  const server = await startLabJenkins({ jobs, run: (one) => Promise.resolve(run(one)), login });
  t.teardown(() => server.close());
  return server;
}

const config = (url: string, more = ''): string => `
release: master
distro: centos9
dlrn: { api-url: 'http://127.0.0.1:1/api', repos-url: 'http://127.0.0.1:1/repos' }
runners:
  ci:
    kind: jenkins
    url: ${url}
    username: tagflow
    job: 'rdo/{job}'
    parameters: { HASH: '{full-hash}', REPO: '{repo-url}', FS: '{featureset}' }
    reports: ['*.xml']
    poll: 20ms
logs: { url: 'file:kept', read-url: 'https://logs.example/ci' }
${more}
phases:
  rdo-phase-1:
    test: { runner: ci, jobs: ['${name('052')}', '${name('010')}', '${name('016')}'] }
    promote: { from: current-tripleo, to: current-tripleo-rdo, criteria: { all-of: ['${name('052')}'] } }
`;

const here = { config: 'tagflow.yaml', phase: 'rdo-phase-1' };
const token = { 'runner-token': 'api-token-0123456789' };

test('jobs run at a Jenkins, are told what to test, and what they left is kept without secrets', async (t) => {
  const seen: Readonly<Record<string, string>>[] = [];
  const server = await jenkins(t, ({ job, parameters, write, keep }) => {
    seen.push(parameters);
    write(`testing\nAuthorization: Bearer 0123456789abcdef\n`);
    if (job.includes('010')) write('Could not resolve host: mirror.example.org\n');
    const inner = job.includes('016') ? '<failure message="no route"/>' : '';
    keep('junit.xml', `<testsuite name="s"><testcase classname="c" name="n">${inner}</testcase></testsuite>`);
    return job.includes('010') ? 'FAILURE' : 'SUCCESS';
  });
  const { folder, said, run } = await bench(t, config(server.url));
  const { outcome, outputs } = await run({ ...here, ...token, concurrency: '3' });
  t.is(outcome, 'failed', said.join('\n'));
  const { jobs } = parseResults(await readFile(outputs['results'] ?? '', 'utf8'), 'results');
  t.deepEqual(
    jobs.map(({ status, reason, tests, reasons }) => [status, reason, tests?.passed, reasons?.worst?.kind]),
    [
      ['success', null, 1, undefined],
      ['failure', jobs[1]?.reason ?? null, 1, 'infra'],
      ['failure', 'it ended well, but 1 of 1 tests failed, it is: c.n: no route', 0, undefined],
    ],
  );
  t.like(
    seen.find(({ FS }) => FS === '052'),
    { HASH: fullHash, REPO: repoUrl, FS: '052' },
  );
  t.true(jobs.every(({ runUrl }) => runUrl?.startsWith(server.url)));

  const [first] = jobs;
  const path = first?.logUrl.replace('https://logs.example/ci/', '') ?? '';
  t.regex(path, new RegExp(`^master/${fullHash}/${name('052')}/\\d{8}T\\d{6}Z/job\\.log$`));
  const kept = await readFile(join(folder, 'kept', decodeURIComponent(path)), 'utf8');
  t.regex(kept, /testing\nAuthorization: \*\*\*\n/);
  t.regex(said.join('\n'), /no criteria of the phase name .*featureset010-master.*: what they say decides nothing/);
});

test('a token that Jenkins does not take: no job ran, and none of them says anything of the hash', async (t) => {
  const server = await jenkins(t, () => 'SUCCESS');
  const { run } = await bench(t, config(server.url));
  const { outcome, outputs, message } = await run({ ...here, job: name('052'), 'runner-token': 'ci=wrong-token-1' });
  t.is(outcome, 'failed');
  t.is(outputs['status'], undefined, message);
  t.is(server.builds.length, 0);
  t.regex(message ?? '', /401|403/);
  t.notRegex(message ?? '', /wrong-token/);
});

test('a log store that takes nothing changes no result, and is warned about', async (t) => {
  const server = await jenkins(t, () => 'SUCCESS');
  const { folder, said, run } = await bench(t, config(server.url));
  await writeFile(join(folder, 'kept'), 'no folder');
  const { outcome, outputs } = await run({ ...here, ...token, job: name('052') });
  t.is(outcome, 'done');
  t.is(outputs['status'], 'success');
  t.regex(outputs['log-url'] ?? '', /^file:\/\/\//);
  t.true(said.some((line) => line.includes('its logs could not be kept')));
});

test('what failed for want of infrastructure is started again, and its second word counts', async (t) => {
  const { folder, run } = await bench(t, '');
  const script = `
    const { existsSync, writeFileSync } = require('node:fs');
    const mark = process.env.TAGFLOW_OUT_DIR + '/began';
    if (existsSync(mark)) process.exit(0);
    writeFileSync(mark, '');
    console.log('curl: (6) Could not resolve host: mirror.example.org');
    process.exit(1);`;
  await writeFile(join(folder, 'job.cjs'), script);
  const job = { job: 'flaky', command: `${execPath} ${join(folder, 'job.cjs')}` };
  const once = await run({ ...job, 'logs-to': 'one' });
  t.is(once.outputs['status'], 'failure');
  t.regex(once.message ?? '', /flaky: it ended with exit code 1 \(.+\)$/);
  const twice = await run({ ...job, retries: '1', 'logs-to': 'two' });
  t.is(twice.outputs['status'], 'success', twice.message);
  t.regex(twice.outputs['log-url'] ?? '', /\/two\/flaky\/job-2\.log$/);
});

test('a success that has to come with a report is none without it', async (t) => {
  const { run } = await bench(t, '');
  const { outcome, message } = await run({ job: 'quiet', command: `${execPath} -e 0`, 'require-results': 'true' });
  t.is(outcome, 'failed');
  t.regex(message ?? '', /quiet: it ended well, but left no report/);
});

test('the files of featuresets say what a job without a command runs', async (t) => {
  const { said, run } = await bench(t, '');
  const files = fileURLToPath(new URL('../../../packages/featureset/examples', import.meta.url));
  const { outcome } = await run({
    ...{ release: 'master', distro: 'centos9', featureset: '052', environment: 'standalone', 'dry-run': 'true' },
    'featureset-files': files,
  });
  t.is(outcome, 'planned', said.join('\n'));
  const lines = said.filter((line) => line.startsWith(name('052')) && line.includes('quickstart'));
  t.true(lines.some((line) => line.includes('./quickstart.sh --install-deps')));
  t.true(
    lines.some((line) => /ansible-playbook .*featureset052\.yml .*multinode-standalone\.yml$/.test(line)),
    lines.join('\n'),
  );
});
