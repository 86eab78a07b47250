import test, { type ExecutionContext } from 'ava';
import { type LabCiRun, type LabJenkinsOptions, startLabJenkins } from '@tagflow/lab';
import { RunnerError } from '../src/index.ts';
import { isSafePath } from '../src/ci-system/report-files.ts';
import { createJenkinsCi, type JenkinsCiConfig } from '../src/jenkins/jenkins-ci.ts';
import { queueItemOf } from '../src/jenkins/job-path.ts';
import { endOfBuild } from '../src/jenkins/result.ts';
import { ended, hash, logFrom, never, otherHash, reportsOf, requestOf, stage, testEffects } from './remote-ci-world.ts';

const config: Omit<JenkinsCiConfig, 'url'> = {
  plainHttp: false,
  username: 'robot',
  job: 'rdo/weirdo master',
  parameters: { delorean_hash: '{full-hash}', release: 'rdo-{release}' },
  keyParameter: 'tagflow_key',
  reports: ['**/*.xml'],
};
const declared = ['delorean_hash', 'release', 'tagflow_key', 'more'];
const secret = 'api-token-of-robot';

async function scene(t: ExecutionContext, options: Partial<LabJenkinsOptions> = {}, changes: object = {}) {
  const jobs = stage<LabCiRun>();
  const login = { username: 'robot', secret, kind: 'token' } as const;
  const lab = await startLabJenkins({ jobs: { [config.job]: declared }, run: jobs.play, login, ...options });
  t.teardown(lab.close);
  const effects = testEffects();
  const newCi = (token = secret) =>
    createJenkinsCi({ config: { ...config, url: lab.url, ...changes }, token, effects });
  return { lab, jobs, effects, newCi, ci: newCi() };
}

test('a build is asked for, waits, runs, and ends: its parameters, log and reports', async (t) => {
  const { lab, jobs, ci, newCi } = await scene(t);
  lab.holdQueue(true);
  t.is(await ci.find(requestOf(), never), null);
  const run = await ci.start(requestOf(), never);
  t.deepEqual(run, { id: 'queue/1', url: `${lab.url}/queue/item/1/` });
  if (run === null) return;
  t.is(ended(await ci.state(run, never)), 'queued');
  t.deepEqual(await logFrom(ci, run, 0), ['', 0]);
  t.deepEqual(await ci.find(requestOf(), never), run, 'found in the queue');
  t.is(await ci.find(requestOf('key-11'), never), null);

  lab.holdQueue(false);
  const job = await jobs.nth(1);
  t.deepEqual(job.parameters, { delorean_hash: hash, release: 'rdo-master', tagflow_key: 'key-1', more: '' });
  t.is(ended(await ci.state(run, never)), 'running');
  job.write('\u001b[8mha:////4AAAA=\u001b[0mfrüh\n');
  t.deepEqual(await logFrom(ci, run, 0), ['früh\n', 5]);
  job.write('spät\n');
  t.deepEqual(await logFrom(ci, run, 5), ['spät\n', 10]);
  t.deepEqual(await logFrom(ci, run, 10), ['', 10]);
  t.deepEqual(await logFrom(ci, run, 7), ['ät\n', 10], 'by somebody whose answer broke off there');
  t.deepEqual(await logFrom(newCi(), run, 5), ['spät\n', 10], 'by a process that knows nothing yet');

  lab.forgetQueueItems();
  t.is(ended(await ci.state(run, never)), 'running', 'by the number of the queue item that it came from');
  const build = await ci.find(requestOf(), never);
  t.deepEqual(build, { id: 'build/1', url: `${lab.url}/job/rdo/job/weirdo%20master/1/` }, 'found among the builds');

  job.keep('logs/junit.xml', '<testsuites/>');
  job.keep('logs/with space#.xml', '<testsuite/>');
  job.keep('logs/console.txt', 'long');
  await jobs.end('UNSTABLE');
  t.is(ended(await ci.state(run, never)), 'failure: UNSTABLE');
  t.deepEqual(await reportsOf(t, ci, run), {
    'logs/junit.xml': '<testsuites/>',
    'logs/with space#.xml': '<testsuite/>',
  });
  t.is(lab.builds.length, 1);
});

test('a run is stopped where it is: in the queue, as a build, and not at all when it has ended', async (t) => {
  const { lab, jobs, ci } = await scene(t);
  lab.holdQueue(true);
  const waits = await ci.start(requestOf('waits'), never);
  if (waits === null) return t.fail();
  await ci.cancel(waits, never);
  t.is(ended(await ci.state(waits, never)), 'cancelled: cancelled while it was in the queue');
  lab.holdQueue(false);
  const runs = await ci.start(requestOf('runs'), never);
  if (runs === null) return t.fail();
  await jobs.nth(1);
  await ci.cancel(runs, never);
  t.is(ended(await ci.state(runs, never)), 'cancelled: ABORTED (Aborted by robot)');
  await ci.cancel(runs, never);
  t.is(lab.builds.length, 1);
});

test('Jenkins starts again: what it lost is lost, and what it kept is found', async (t) => {
  const { lab, jobs, ci } = await scene(t);
  const run = await ci.start(requestOf('runs'), never);
  if (run === null) return t.fail();
  await jobs.nth(1);
  lab.holdQueue(true);
  const waits = await ci.start(requestOf('waits'), never);
  if (waits === null) return t.fail();
  lab.restart();
  t.is(ended(await ci.state(run, never)), 'lost: ABORTED, and nobody says that he stopped it');
  t.is(ended(await ci.state(waits, never)), 'queued');
  t.deepEqual(await ci.find(requestOf('waits'), never), waits);
  lab.restart({ loseQueue: true });
  t.is(ended(await ci.state(waits, never)), 'lost: it left the queue, and no build came of it');
  lab.builds.length = 0;
  t.is(ended(await ci.state({ id: 'build/1', url: '' }, never)), 'lost: build 1 is not there any more');
});

test('a Jenkins that is getting ready is waited for, but what may have arrived is not sent again', async (t) => {
  const { lab, ci, effects } = await scene(t);
  lab.troubles.count = 2;
  t.is(await ci.find(requestOf(), never), null);
  t.is(effects.sleeps.length, 2);
  Object.assign(lab.troubles, { count: 1, only: /^POST/ });
  const error = await t.throwsAsync(ci.start(requestOf(), never), { instanceOf: RunnerError });
  t.like(error, { code: 'ci-unreachable', outcome: 'waiting' });
  t.regex(error.message, /answered POST .*buildWithParameters with 503: Please wait while Jenkins/);
  t.is(lab.requests.filter(({ method }) => method === 'POST').length, 1);
});

test('with a password each post has the crumb of a session', async (t) => {
  const login = { username: 'robot', secret, kind: 'password' } as const;
  const { jobs, ci } = await scene(t, { login });
  t.truthy(await ci.start(requestOf(), never));
  t.is((await jobs.nth(1)).parameters['tagflow_key'], 'key-1');
});

test('what is written down wrongly is said, and no secret with it', async (t) => {
  const { lab, newCi, effects } = await scene(t, { jobs: { [config.job]: ['release'] } });
  const wrong = await t.throwsAsync(newCi('wrong-token').find(requestOf(), never), { instanceOf: RunnerError });
  t.like(wrong, { code: 'ci-refused', outcome: 'invalid' });
  t.regex(wrong.message, /with 401: Invalid password\/token/);
  const undeclared = await t.throwsAsync(newCi().start(requestOf(), never), { instanceOf: RunnerError });
  t.regex(undeclared.message, /"rdo\/weirdo master" does not declare delorean_hash, tagflow_key$/);
  t.is(lab.requests.filter(({ method }) => method === 'POST').length, 0);
  const gone = createJenkinsCi({ config: { ...config, url: lab.url, job: 'other' }, token: secret, effects });
  await t.throwsAsync(gone.start(requestOf(), never), { message: /has no job "other"/ });
  const noFact = { ...config, url: lab.url, parameters: { a: '{set-url}{full-hash}' } };
  await t.throwsAsync(createJenkinsCi({ config: noFact, token: secret, effects }).start(requestOf(), never), {
    code: 'bad-ci',
    message: /nothing is known that \{set-url\} stands for/,
  });
  const told = [wrong, undeclared].map((error) => JSON.stringify([error.message, error.next])).join();
  const encoded = Buffer.from(`robot:${secret}`).toString('base64');
  for (const word of [secret, encoded, 'wrong-token']) t.false([told, ...effects.lines].join().includes(word));
});

const urls: readonly (readonly [string, object, RegExp])[] = [
  ['ftp://ci.example.org', {}, /has to begin with https/],
  ['https://user:pw@ci.example.org', {}, /holds credentials/],
  ['https://ci.example.org/?a=b', {}, /a part after \?/],
  ['http://ci.example.org', {}, /could read the token/],
  ['https://ci.example.org', { username: null }, /a token needs the name of its user/],
];

for (const [url, changes, message] of urls) {
  test(`refused before the first request: ${url} ${JSON.stringify(changes)}`, (t) => {
    const make = () => createJenkinsCi({ config: { ...config, url, ...changes }, token: 'x', effects: testEffects() });
    t.throws(make, { code: 'bad-ci', message });
  });
}

test('clear text is for those who say so, and for those who prove nothing', (t) => {
  const url = 'http://ci.example.org';
  const effects = testEffects();
  t.notThrows(() => createJenkinsCi({ config: { ...config, url, plainHttp: true }, token: 'x', effects }));
  t.notThrows(() => createJenkinsCi({ config: { ...config, url }, token: null, effects }));
});

test('a path that climbs writes nothing', async (t) => {
  const { jobs, ci } = await scene(t);
  const run = await ci.start(requestOf(), never);
  if (run === null) return t.fail();
  const job = await jobs.nth(1);
  job.keep('../../escape.xml', 'x');
  await jobs.end('SUCCESS');
  t.is(ended(await ci.state(run, never)), 'success: SUCCESS');
  await t.throwsAsync(reportsOf(t, ci, run), {
    code: 'reports-refused',
    message: /"\.\.\/\.\.\/escape.xml" is no path/,
  });
});

test('which paths stay below a folder', (t) => {
  const good = ['a.xml', 'a/b.xml', 'a b/ü.xml', '..a/b..'];
  const bad = ['', '/a', 'a//b', 'a/../b', '..', './a', String.raw`a\b`, 'c:a', 'a\0b', 'a/', 'x'.repeat(300)];
  t.deepEqual([...good, ...bad].filter(isSafePath), good);
});

test('the queue item of a Location header is its number, whatever host it names', (t) => {
  t.is(queueItemOf('http://jenkins.internal:8080/ci/queue/item/42/'), 42);
  t.is(queueItemOf('https://ci.example.org/job/x/'), null);
  t.is(queueItemOf(undefined), null);
});

const results: readonly (readonly [string | null, string])[] = [
  ['SUCCESS', 'success: SUCCESS'],
  ['UNSTABLE', 'failure: UNSTABLE'],
  ['FAILURE', 'failure: FAILURE'],
  ['NOT_BUILT', 'lost: NOT_BUILT'],
  ['ABORTED', 'lost: ABORTED, and nobody says that he stopped it'],
  [null, 'lost: no result'],
  ['constructor', 'lost: constructor'],
];

for (const [result, expected] of results) {
  test(`a build that says ${String(result)} is ${expected}`, (t) => {
    t.is(ended(endOfBuild(result, [])), expected);
  });
}

test('a run of another hash has another key', async (t) => {
  const { jobs, ci } = await scene(t);
  await ci.start(requestOf('one'), never);
  await ci.start(requestOf('two', { 'full-hash': otherHash }), never);
  await jobs.nth(2);
  t.is((await ci.find(requestOf('one'), never))?.id, 'build/1');
  t.is((await ci.find(requestOf('two'), never))?.id, 'build/2');
});
