import { storyOf } from './reports/story.ts';
import type { JobResult, TestResults } from './results.ts';

/**
 * Returns the results as a JUnit XML file, one test case for each job. Jobs that could not say anything (cancelled, not
 * started, lost) are errors; a non-voting job that failed is «skipped», with its story, because readers of JUnit stop at
 * failures and this one stops nothing.
 */
export function formatJunit(results: TestResults): string {
  const counts = {
    tests: results.jobs.length,
    failures: results.jobs.filter((job) => verdictOf(job) === 'failure').length,
    errors: results.jobs.filter((job) => verdictOf(job) === 'error').length,
    skipped: results.jobs.filter((job) => verdictOf(job) === 'skipped').length,
    time: seconds(results.jobs.reduce((sum, job) => sum + job.durationMs, 0)),
  };
  const name = results.release === null ? results.fullHash : `${results.release} ${results.fullHash}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes(counts)}>`,
    `  <testsuite${attributes({ name, ...counts, timestamp: results.startedAt })}>`,
    ...results.jobs.map((job) => testCase(job, results)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function verdictOf(job: JobResult): 'success' | 'failure' | 'error' | 'skipped' {
  if (job.status === 'success') return 'success';
  if (!job.voting) return 'skipped';
  return job.status === 'failure' || job.status === 'timed-out' ? 'failure' : 'error';
}

function testCase(job: JobResult, results: TestResults): string {
  const classname = job.featureset === null ? (results.release ?? 'job') : `featureset${job.featureset}`;
  const verdict = verdictOf(job);
  // The message has the reason already, and that it does not vote.
  const told = storyOf({ ...job, voting: true, reason: null });
  const story = [...told, ...job.tail, `log: ${job.logUrl}`].join('\n');
  const why = [job.reason ?? job.status, job.reasons?.worst?.reason].filter((each) => each !== undefined).join(': ');
  const message = `${job.voting ? '' : 'non-voting: '}${why}`;
  return [
    `    <testcase${attributes({ classname, name: job.job, time: seconds(job.durationMs) })}>`,
    ...(verdict === 'success'
      ? [`      <system-out>${escapeXml(story)}</system-out>`]
      : [`      <${verdict}${attributes({ message, type: job.status })}>${escapeXml(story)}</${verdict}>`]),
    '    </testcase>',
  ].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`)
    .join('');
}

// eslint-disable-next-line no-control-regex -- terminal colours and cursor moves, which say nothing in a file
const terminalCodes = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\))/g;
// XML 1.0 has no way to write these, not even as references.
// eslint-disable-next-line no-control-regex -- the very characters that must not pass
const notXml = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

function escapeXml(text: string): string {
  return text
    .replaceAll(terminalCodes, '')
    .toWellFormed()
    .replaceAll(notXml, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}
