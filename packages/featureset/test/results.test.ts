import { parseFullHash } from '@tagflow/model';
import test from 'ava';
import {
  FeaturesetError,
  formatJunit,
  formatResults,
  type JobResult,
  parseResults,
  type TestResults,
  votingFailures,
} from '../src/index.ts';
import { jobResult } from './job-data.ts';

function job(name: string, more: Partial<JobResult> = {}): JobResult {
  return jobResult(name, { logUrl: 'file:///logs/x.log', ...more });
}

const failure = { status: 'failure', exitCode: 1, reason: 'it ended with exit code 1' } as const;

function results(...jobs: readonly JobResult[]): TestResults {
  return {
    fullHash: parseFullHash('a'.repeat(32)),
    release: 'master',
    distro: null,
    startedAt: '2026-01-02T03:04:05.000Z',
    jobs,
  };
}

test('a results file reads back as it was', (t) => {
  const all = results(
    job('a', { featureset: '001', nodes: '1ctlr' }),
    job('b', { ...failure, exitCode: null, tail: ['x'] }),
  );
  t.deepEqual(parseResults(formatResults(all), 'r.json'), all);
});

const good = JSON.parse(formatResults(results(job('a')))) as Record<string, unknown>;
const goodJob = job('a');
const bad: readonly (readonly [string, string, RegExp])[] = [
  ['no JSON', '{', /r\.json: it is not JSON/],
  ['a list', '[]', /an object was expected/],
  ['another schema', '{"schema":"x"}', /not a results file/],
  ['no jobs', JSON.stringify({ ...good, jobs: [] }), /no jobs/],
  ['a job that is no object', JSON.stringify({ ...good, jobs: [1] }), /object was expected/],
  [
    'an unknown status',
    JSON.stringify({ ...good, jobs: [{ ...goodJob, status: 'great' }] }),
    /status "great" is not one of/,
  ],
  ['voting as a word', JSON.stringify({ ...good, jobs: [{ ...goodJob, voting: 'yes' }] }), /voting/],
  ['a time that is no number', JSON.stringify({ ...good, jobs: [{ ...goodJob, durationMs: '1' }] }), /durationMs/],
  ['a tail that is no list', JSON.stringify({ ...good, jobs: [{ ...goodJob, tail: [1] }] }), /tail/],
];
for (const [name, text, message] of bad) {
  test(`${name} is no results file`, (t) => {
    t.throws(() => parseResults(text, 'r.json'), { instanceOf: FeaturesetError, code: 'bad-results', message });
  });
}

test('only a job that votes can fail a run', (t) => {
  const some = results(
    job('a'),
    job('b', failure),
    job('c', { ...failure, voting: false }),
    job('d', { status: 'cancelled' }),
  );
  t.deepEqual(
    votingFailures(some).map((failed) => failed.job),
    ['b', 'd'],
  );
});

test('JUnit counts every kind and names each job', (t) => {
  const xml = formatJunit(
    results(
      job('ok', { featureset: '001' }),
      job('bad', { ...failure, tail: ['last words'] }),
      job('slow', { status: 'timed-out', exitCode: null, reason: 'it ran longer than 60 s' }),
      job('gone', { status: 'not-started', exitCode: null, reason: 'no program' }),
      job('free', { ...failure, voting: false }),
    ),
  );
  t.regex(xml, /<testsuites tests="5" failures="2" errors="1" skipped="1" time="7\.500">/);
  t.regex(xml, /<testsuite name="master a{32}" tests="5" .* timestamp="2026-01-02T03:04:05\.000Z">/);
  t.regex(xml, /<testcase classname="featureset001" name="ok" time="1\.500">/);
  t.regex(
    xml,
    /<failure message="it ended with exit code 1" type="failure">last words\nlog: file:\/\/\/logs\/x\.log<\/failure>/,
  );
  t.regex(xml, /<failure message="it ran longer than 60 s" type="timed-out">/);
  t.regex(xml, /<error message="no program" type="not-started">/);
  t.regex(xml, /<skipped message="non-voting: it ended with exit code 1" type="failure">/);
});

test('hostile output makes no hole in the XML', (t) => {
  const xml = formatJunit(
    results(
      job('a"b<c>', {
        ...failure,
        reason: 'line\nend\tand "quote"',
        tail: [
          '</failure>&amp;]]>',
          '\u001B[31mred\u001B[0m',
          'nul \u0000 bell \u0007',
          'half \uD800 pair',
          '\uFFFF',
          'ok \u{1F600}',
        ],
      }),
    ),
  );
  t.true(xml.includes('name="a&quot;b&lt;c&gt;"'));
  t.true(xml.includes('message="line&#10;end&#9;and &quot;quote&quot;"'));
  t.true(
    xml.includes(
      '&lt;/failure&gt;&amp;amp;]]&gt;\nred\nnul \uFFFD bell \uFFFD\nhalf \uFFFD pair\n\uFFFD\nok \u{1F600}\nlog:',
    ),
    xml,
  );
});
