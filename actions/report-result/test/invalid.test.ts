import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { directoryOf } from '@tagflow/lab';
import { fullHashOfCommit } from '@tagflow/model';
import { bench } from './support.ts';

test('what is missing or wrong is found before the first request', async (t) => {
  const { lab, good, run } = await bench(t, 'classic');
  const byKerberos = { 'auth-method': 'kerberos', username: '', password: '' };
  for (const [change, message] of [
    [{ 'full-hash': '' }, /"full-hash"/],
    [{ 'full-hash': 'abc' }, /full-hash "abc" is not a hash/],
    [{ status: 'ok' }, /"status": "ok" is not one of success, failure/],
    [{ status: 'running' }, /"status": "running" is not one of success, failure/],
    [{ 'auth-method': 'ntlm' }, /"auth-method": "ntlm" is not one of basic, kerberos/],
    [{ keytab: '/nonexistent' }, /"keytab": "\/nonexistent" is not the path of an existing file/],
    [{ keytab: import.meta.filename }, /"keytab" is for auth-method kerberos/],
    [{ 'server-principal': 'HTTP/h' }, /"server-principal" is for auth-method kerberos/],
    [{ 'auth-method': 'kerberos' }, /^inputs "username" and "password" are for auth-method basic, and .* is kerberos$/],
    [{ ...byKerberos, keytab: import.meta.filename }, /invalid\.test\.ts is not a keytab/],
    [{ ...byKerberos, 'server-principal': 'trunk' }, /^server-principal "trunk" is not the principal of a server/],
    [
      { 'dlrn-url': 'http://dlrn.example/api', ...byKerberos },
      /"dlrn-url": http:\/\/dlrn\.example\/api would get the Kerberos token in clear/,
    ],
    [{ job: '' }, /"job"/],
    [{ job: 'a\nb' }, /^input "job": "a\\nb" holds a line end/],
    [{ job: 'a\u0000b' }, /^input "job": "a\\u0000b" holds/],
    [{ job: 'a\u200bb' }, /^input "job": .* another character that cannot be seen$/],
    [{ job: 'j'.repeat(256) }, /^input "job" has 256 characters: DLRN keeps 255$/],
    [{ 'log-url': `http://h/${'l'.repeat(1016)}` }, /^input "log-url" has 1025 characters: DLRN keeps 1024$/],
    [{ notes: `${'é'.repeat(32_767)}ab` }, /^input "notes" has 65536 bytes: DLRN keeps 65535$/],
    [
      { 'dlrn-url': 'https://h/api?token=s3cret' },
      /^input "dlrn-url": "https:\/\/h\/api\?token=\*\*\*" is not an http/,
    ],
    [
      { 'repo-url': good['repo-url']?.replace('//', '//ci@') ?? '' },
      /^input "repo-url": ".*" is not an http\(s\) URL without/,
    ],
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
    t.is(result.problems.length, 1, result.message);
  }
  t.is((await run({ ...good, password: '' })).error?.next, 'Give password.', 'no configuration has it');
  for (const status of ['running', 'in-progress', 'in_progress', 'In progress']) {
    t.regex((await run({ ...good, status })).error?.next ?? '', /that it runs DLRN cannot record for a chosen hash/);
  }
  t.is(lab.requests.length, 0);
});

test('everything that is wrong is told at once', async (t) => {
  const { lab, good, run } = await bench(t, 'classic');
  const places = { 'dlrn-url': '', 'repo-url': '', username: '', password: '' };
  const nothing = await run({
    ...good,
    ...places,
    status: 'ok',
    job: 'a\nb',
    'log-url': `http://h/${'l'.repeat(2000)}`,
  });
  t.deepEqual(
    nothing.problems.map((problem) => /^input "([^"]+)"/.exec(problem)?.[1]),
    ['job', 'log-url', 'status', 'dlrn-url', 'repo-url', 'username', 'password'],
  );
  t.regex(nothing.error?.next ?? '', /^See the inputs/);
  const malformed = await run({ ...good, 'full-hash': 'abc', keytab: import.meta.filename, 'dlrn-url': '' });
  t.is(malformed.problems.length, 3, malformed.message);
  t.is(lab.requests.length, 0);
});

test('a phase of one component has no votes on the builds of another, or on an aggregate', async (t) => {
  const { lab, good, run } = await bench(t, 'component');
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-report-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const config = join(folder, 'tagflow.yaml');
  const dlrn = { 'api-url': lab.apiUrl, 'repos-url': lab.reposUrl, mode: 'component' };
  const phaseOf = (component: string) => ({ component, pin: { from: 'consistent', to: 'component-ci-testing' } });
  const phases = { component: phaseOf('tripleo'), 'component-other': { ...phaseOf('compute'), template: 'component' } };
  await writeFile(config, JSON.stringify({ release: 'master', distro: 'centos9', dlrn, phases }));
  const [build] = lab.state.commits;
  if (build === undefined) return t.fail();
  const hash = fullHashOfCommit(build);
  const directory = { 'full-hash': hash, 'repo-url': `${lab.reposUrl}/${directoryOf(build)}` };
  const other = await run({ ...good, ...directory, config, phase: 'component-other' });
  t.is(other.outcome, 'invalid');
  t.is(other.message, 'phase component-other is about component "compute", and repo-url is in component tripleo');
  const whole = await run({ ...good, config, phase: 'component' });
  t.regex(whole.message ?? '', /is about component "tripleo", and full-hash is an aggregate of all components$/);
  t.is(lab.requests.length, 0);
  t.is((await run({ ...good, ...directory, config, phase: 'component' })).outcome, 'done');
});
