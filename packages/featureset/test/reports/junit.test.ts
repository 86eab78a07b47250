import test from 'ava';
import { Garbage } from '../../src/reports/garbage.ts';
import { createJunitReader } from '../../src/reports/junit-reader.ts';

function readJunit(xml: string | Buffer, piece = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(xml as string);
  const tests: string[] = [];
  const reader = createJunitReader((name, status, message) => {
    tests.push(`${name} ${status}${message === '' ? '' : `: ${message}`}`);
  });
  let problem: string | null = null;
  try {
    for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
    reader.end();
  } catch (error) {
    if (!(error instanceof Garbage)) throw error;
    problem = error.message;
  }
  return { tests, problem };
}

const suite = (cases: string, more = ''): string => `<testsuite name="s"${more}>${cases}</testsuite>`;
const good = '<testcase classname="a.B" name="good" time="0.1"/>';

const reports: readonly [title: string, xml: string | Buffer, tests: readonly string[], problem: RegExp | null][] = [
  [
    'all outcomes, in suites of suites',
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites><testsuite name="outer"><properties><property name="x" value="failure"/></properties>
    <testsuite name="inner" failures="1" errors="1">${good}
      <testcase classname="a.B" name="bad"><failure message="1 != 2" type="E">Traceback
      lines</failure><system-out>x</system-out></testcase>
      <testcase classname="a.B" name="broken"><error type="E">  \n no &lt;disk&gt;&#10;more</error></testcase>
      <testcase classname="a.B" name="left out"><skipped message="why"/></testcase>
      <testcase name="no class"></testcase></testsuite></testsuite></testsuites>`,
    [
      'a.B.good passed',
      'a.B.bad failed: 1 != 2',
      'a.B.broken failed:   \n no <disk>\nmore',
      'a.B.left out skipped',
      'no class passed',
    ],
    null,
  ],
  [
    'a failure told in CDATA',
    suite('<testcase name="t"><failure><![CDATA[a <b> & ]] c]]></failure></testcase>'),
    ['t failed: a <b> & ]] c'],
    null,
  ],
  [
    'a failure and an error of one test are one',
    suite(
      '<testcase name="t"><failure message="first"/><error message="second"/></testcase>',
      ' failures="1" errors="1"',
    ),
    ['t failed: first'],
    null,
  ],
  [
    'a failure beside a skip',
    suite('<testcase name="t"><skipped/><failure message="m"/></testcase>'),
    ['t failed: m'],
    null,
  ],
  [
    'tests that passed at last',
    suite('<testcase name="t"><flakyFailure message="m"/><rerunFailure/></testcase>'),
    ['t passed'],
    null,
  ],
  ['a whole suite that failed', suite('<error message="no module"/>', ' errors="1"'), ['s failed: no module'], null],
  [
    'tests that were not run',
    suite('<testcase name="t" status="notrun" result="suppressed"/><testcase name="u" status="disabled"/>'),
    ['t skipped', 'u skipped'],
    null,
  ],
  [
    'logs, comments and names with signs of markup in them',
    `<!-- <testcase name="no"/> it's > --><testsuites><testsuite><testcase name="a > b 'c'"><system-out><![CDATA[</testcase><failure/>${'x'.repeat(300)}]]></system-out></testcase></testsuite></testsuites>`,
    ["a > b 'c' passed"],
    null,
  ],
  [
    'a namespace',
    '<j:testsuite xmlns:j="urn:j"><j:testcase name="t"><j:failure message="m"/></j:testcase></j:testsuite>',
    ['t failed: m'],
    null,
  ],
  ['UTF-16', Buffer.from(`\uFEFF<?xml version="1.0"?>${suite('<testcase name="ü"/>')}`, 'utf16le'), ['ü passed'], null],
  [
    'ISO-8859-1',
    Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${suite('<testcase name="ü"/>')}`, 'latin1'),
    ['ü passed'],
    null,
  ],
  ['no tests', '<testsuites tests="0"/>', [], null],
  ['an instruction with an apostrophe', `<?note don't?>${suite(good)}`, ['a.B.good passed'], null],
  ['nothing at all', '', [], /^it is empty$/],
  ['a text', 'all is well', [], /line 1: /],
  ['HTML', '<html><testsuite/></html>', [], /^line 1: it is XML and no JUnit report: its root is <html>$/],
  [
    'a file that is cut',
    `${suite(good).slice(0, -12)}`,
    ['a.B.good passed'],
    /^it ends in the middle: <testsuite> is still open$/,
  ],
  [
    'a file that is cut in a tag',
    `<testsuite>${good}\n<testcase na`,
    ['a.B.good passed'],
    /^line 2: it ends in the middle of a tag$/,
  ],
  [
    'a file that is cut in a log',
    `<testsuite>${good}<system-out><![CDATA[x`,
    ['a.B.good passed'],
    /in the middle of a CDATA section/,
  ],
  [
    'a tag that is closed by another',
    `<testsuite>\n${good}\n</testsuites>`,
    ['a.B.good passed'],
    /^line 3: unexpected close tag/,
  ],
  [
    'entities of its own',
    '<!DOCTYPE t [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>\n<testsuite name="&b;"/>',
    [],
    /^line 2: undefined entity/,
  ],
  [
    'a file of the machine',
    '<!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite><testcase name="t"/>&a;</testsuite>',
    ['t passed'],
    /undefined entity/,
  ],
  [
    'an encoding that nobody knows',
    '<?xml version="1.0" encoding="x-own"?><testsuite/>',
    [],
    /its encoding "x-own" is not known/,
  ],
  [
    'more failures than it holds',
    `<testsuites>${suite(good, ' failures="2"')}</testsuites>`,
    ['a.B.good passed'],
    /^testsuite "s" tells of 2 failures and errors, and holds 0$/,
  ],
  [
    'a control character',
    suite('<testcase name="t"><system-out>\u001b[31m</system-out></testcase>'),
    [],
    /^line 1: disallowed character/,
  ],
  ['two roots', '<testsuite/><testsuite/>', [], /line 1: /],
  ['too many elements in each other', `<testsuite>${'<a>'.repeat(200)}`, [], /nested more than 100 deep/],
];

for (const [title, xml, tests, problem] of reports) {
  test(`JUnit: ${title}`, (t) => {
    const whole = readJunit(xml);
    t.deepEqual(whole.tests, tests);
    if (problem === null) t.is(whole.problem, null);
    else t.regex(whole.problem ?? 'none', problem);
    t.deepEqual(readJunit(xml, 1), whole, 'byte by byte');
  });
}

test('JUnit: a log of any length is passed over, and a tag of any length is not', (t) => {
  const piece = Buffer.from('x'.repeat(64 * 1024));
  const feed = (start: string, end: string) => {
    const tests: string[] = [];
    const reader = createJunitReader((name) => void tests.push(name));
    reader.push(Buffer.from(start));
    for (let count = 0; count < 160; count += 1) reader.push(piece);
    reader.push(Buffer.from(end));
    reader.end();
    return tests;
  };
  const log = '<testsuite><testcase name="t"><system-out>';
  t.deepEqual(feed(`${log}<![CDATA[`, ']]></system-out></testcase></testsuite>'), ['t']);
  t.deepEqual(feed(log, '</system-out></testcase></testsuite>'), ['t']);
  t.throws(() => feed('<testsuite name="', '"/>'), { message: /^line 1: a tag is longer than 4194304 characters$/ });
});
