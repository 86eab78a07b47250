import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { decideEvidence, formatJunit, type JobEnd, notesOf, readReports, storyOf } from '../../src/index.ts';
import { parseFullHash } from '@tagflow/model';
import { oneLine, tellingLine } from '../../src/reports/tally.ts';
import type { TestReport } from '../../src/results.ts';
import { jobResult } from '../job-data.ts';
import { packet } from './streams.ts';

const suite = (cases: string, more = ''): string => `<testsuite name="s"${more}>${cases}</testsuite>`;
const good = '<testcase classname="a.B" name="good" time="0.1"/>';

async function folderWith(t: ExecutionContext, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-reports-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

test('all report files of a folder are one report, and what is in a stream and in XML counts once', async (t) => {
  const stream = Buffer.concat([
    packet({ test: 'a.B.bad', status: 'fail' }),
    packet({ test: 'a.B.good', status: 'success' }),
  ]);
  const folder = await folderWith(t, {
    'z/tempest.subunit': stream,
    'a/tempest.xml': suite(`${good}<testcase classname="a.B" name="bad"><failure message="m"/></testcase>`),
    'b/Other.XML': suite('<testcase name="x"><skipped/></testcase><testcase name="y"/>'),
    'notes.txt': 'no report',
  });
  t.deepEqual(await readReports(folder, { name: 'results' }), {
    report: {
      passed: 2,
      failed: 1,
      skipped: 1,
      files: ['results/z/tempest.subunit', 'results/a/tempest.xml', 'results/b/Other.XML'],
      failures: [{ test: 'a.B.bad', message: '' }],
    },
    problems: [],
  });
});

test('garbage is a problem with its file; what could be read of it counts', async (t) => {
  const folder = await folderWith(t, {
    'cut.xml': `<testsuite>\n${good}\n<testcase name="`,
    'page.xml': '<html/>',
    'core.subunit': Buffer.alloc(1000),
  });
  const { report, problems } = await readReports(folder);
  t.deepEqual([report?.passed, report?.files], [1, ['cut.xml']]);
  t.deepEqual(problems, [
    'core.subunit: it holds bytes that are neither subunit nor text',
    'cut.xml: line 3: it ends in the middle of a tag',
    'page.xml: line 1: it is XML and no JUnit report: its root is <html>',
  ]);
});

test('no folder and no report are no problem, and no evidence', async (t) => {
  t.deepEqual(await readReports('/nonexistent/results'), { report: null, problems: [] });
  t.deepEqual(await readReports(await folderWith(t, { 'a.log': 'x' })), { report: null, problems: [] });
});

test('links, pipes and bounds', async (t) => {
  const folder = await folderWith(t, {
    'in/a.xml': suite(good),
    'in/b.xml': suite(good),
    'out/secret.xml': suite(good),
    'in/d/e/f.xml': suite(good),
  });
  await symlink('a.xml', join(folder, 'in/same.xml'));
  await symlink('../out/secret.xml', join(folder, 'in/leads-out.xml'));
  await symlink('../out', join(folder, 'in/folder'));
  execFileSync('mkfifo', [join(folder, 'in/pipe.xml')]);
  const { report, problems } = await readReports(join(folder, 'in'), { maxDepth: 1, maxFiles: 1 });
  t.deepEqual(report?.files, ['a.xml']);
  t.deepEqual(problems, [
    'd/e: it is more than 1 folders deep, and not looked into',
    'leads-out.xml: it is a link that leads out of the folder',
    'pipe.xml: it is no file',
    'b.xml: there are 2 report files, and only 1 are read',
  ]);
  const small = await readReports(join(folder, 'out'), { maxBytes: 20 });
  t.is(small.report, null);
  t.regex(small.problems.join(), /^secret\.xml: with its \d+ bytes there is more than can be read$/);
  await t.throwsAsync(readReports(folder, { signal: AbortSignal.abort(new Error('stop')) }), { message: 'stop' });
});

test('of many failures the first 20 are kept, each test once, and of a text its telling line', async (t) => {
  const cases = Array.from(
    { length: 30 },
    (_, n) => `<testcase name="t${n % 25}"><failure message="m${n}"/></testcase>`,
  );
  const { report } = await readReports(await folderWith(t, { 'a.xml': suite(cases.join('')) }));
  t.deepEqual(
    [report?.failed, report?.failures.length, report?.failures.at(-1)],
    [30, 20, { test: 't19', message: 'm19' }],
  );
  const traceback = 'Traceback (most recent call last):\n  File "a", line 1\nValueError: no\n  hint\n';
  t.is(tellingLine(`log\n${traceback}\nDuring handling:\n\n${traceback.replace('no', 'yes')}`), 'ValueError: yes');
  t.is(tellingLine('\n  \n  first \u001b[31mred\u001b[0m line\nsecond'), 'first red line');
  t.is(tellingLine('x'.repeat(400)), `${'x'.repeat(299)}…`);
  t.is(oneLine('a\u0000\r\nb', 10), 'a b');
});

const report = (passed: number, failed: number, skipped = 0): TestReport => ({
  ...{ passed, failed, skipped, files: ['a.xml'] },
  failures: failed === 0 ? [] : [{ test: 'a.bad', message: '1 != 2' }],
});
const ended: JobEnd = { endedWell: true, reason: null, report: null, problems: [], results: 'optional' };
const died: JobEnd = { ...ended, endedWell: false, reason: 'it exited with status 2' };

const ends: readonly [title: string, end: JobEnd, reason: string | null][] = [
  ['nothing but a good exit status', ended, null],
  ['a good report', { ...ended, report: report(3, 0, 1), results: 'required' }, null],
  [
    'one failed test',
    { ...ended, report: report(9, 1) },
    'it ended well, but 1 of 10 tests failed, it is: a.bad: 1 != 2',
  ],
  [
    'failed tests',
    { ...ended, report: report(7, 2, 1), results: 'required' },
    'it ended well, but 2 of 10 tests failed, the first: a.bad: 1 != 2',
  ],
  [
    'a report that cannot be read',
    { ...ended, report: report(3, 0), problems: ['a.xml: it is empty'] },
    'it ended well, but a report of it cannot be read: a.xml: it is empty',
  ],
  [
    'several that cannot be read',
    { ...ended, problems: ['a', 'b', 'c'], results: 'required' },
    'it ended well, but a report of it cannot be read: a (and 2 more)',
  ],
  ['no report where one is required', { ...ended, results: 'required' }, 'it ended well, but left no report'],
  [
    'a report of no test where one is required',
    { ...ended, report: report(0, 0), results: 'required' },
    'it ended well, but its report names no test',
  ],
  [
    'a report of skipped tests only',
    { ...ended, report: report(0, 0, 4), results: 'required' },
    'it ended well, but its report names 4 tests, all of them skipped',
  ],
  ['a report of no test where the exit status is enough', { ...ended, report: report(0, 0) }, null],
  ['reports that do not count', { ...ended, report: report(0, 1), problems: ['x'], results: 'exit-status' }, null],
  ['a bad exit status', died, 'it exited with status 2'],
  [
    'a bad exit status and a good report',
    { ...died, report: report(5, 0), results: 'required' },
    'it exited with status 2',
  ],
  [
    'a bad exit status and failed tests',
    { ...died, report: report(5, 2) },
    'it exited with status 2; 2 of 7 tests failed, the first: a.bad: 1 != 2',
  ],
  [
    'a bad exit status where reports do not count',
    { ...died, report: report(5, 2), results: 'exit-status' },
    'it exited with status 2',
  ],
];

for (const [title, end, reason] of ends) {
  test(`evidence: ${title}`, (t) => {
    t.deepEqual(decideEvidence(end), { status: reason === null ? 'success' : 'failure', reason });
  });
}

test('our own report can be read, and tells the story of each job', async (t) => {
  const first = {
    ...({ pattern: 'mirror', reason: 'no mirror', kind: 'infra', severity: 2, bug: null } as const),
    file: 'job.log',
    line: 7,
    text: 'x',
  };
  const bad = jobResult('bad', {
    ...{ status: 'failure', exitCode: 2, reason: 'it exited\nwith status 2', tail: ['last <words>'], attempts: 2 },
    ...{ tests: report(3, 1), reasons: { first, worst: first }, runUrl: 'https://ci.example/1' },
  });
  t.deepEqual(storyOf(bad), [
    'infra: no mirror (job.log:7): x',
    'it exited with status 2',
    '1 of 4 tests failed:',
    '- a.bad: 1 != 2',
    'it was started 2 times',
    'run: https://ci.example/1',
  ]);
  t.deepEqual(storyOf(jobResult('good', { tests: report(3, 0, 1) })), ['3 tests passed, 1 skipped']);
  const masked = (text: string): string => text.toUpperCase();
  t.is(notesOf(bad, 1000, masked), storyOf(bad).join('\n').toUpperCase());
  const whole = Buffer.byteLength(storyOf(bad).join('\n'));
  t.is(
    notesOf(bad, whole, (text) => text),
    storyOf(bad).join('\n'),
  );
  t.true(notesOf(bad, whole - 1, masked).endsWith('IT WAS STARTED 2 TIMES\n(more in the log)'));
  t.is(notesOf(bad, 20, masked), '(more in the log)');

  const jobs = [jobResult('good'), bad, jobResult('gone', { status: 'lost', exitCode: null, reason: 'no word of it' })];
  const xml = formatJunit({
    fullHash: parseFullHash('a'.repeat(32)),
    release: null,
    distro: null,
    startedAt: '',
    jobs,
  });
  const read = await readReports(await folderWith(t, { 'junit.xml': xml }));
  t.deepEqual(read.problems, []);
  t.deepEqual([read.report?.passed, read.report?.failed], [1, 2]);
  t.deepEqual(
    read.report?.failures.map(({ test: name, message }) => [name.split('.').at(-1), message]),
    [
      ['bad', 'it exited'],
      ['gone', 'no word of it'],
    ],
  );
});
