import { executeAction, systemClock } from '@tagflow/action-kit';
import { type Check, parseFullHash } from '@tagflow/model';
import test from 'ava';
import { createVerifyAction } from '../src/verify.ts';
import { formatChecksJunit } from '../src/verify-junit.ts';
import { failuresOf, formatCheck, summarize } from '../src/verify-report.ts';

const hash = parseFullHash(`${'a'.repeat(40)}_${'b'.repeat(8)}`);
const ok: Check = { kind: 'repository', subject: 'http://x', detail: 'lists primary', ok: true, bytes: 7 };
const wrong: Check = {
  kind: 'image',
  subject: 'a.tar',
  detail: 'http://x/a.tar is <not> there\u001b',
  ok: false,
  bytes: 0,
};

test('each check is a line, and all of them one more', (t) => {
  t.is(formatCheck(ok), 'ok    repository  http://x: lists primary');
  t.is(formatCheck(wrong), 'FAIL  image       http://x/a.tar is <not> there');
  t.is(summarize(hash, [ok, ok]), `${hash}: all is right; checks: repository 2; 14 bytes read`);
  t.is(summarize(hash, [ok, wrong]), `${hash}: 1 of 2 checks failed; checks: repository 1, image 1; 7 bytes read`);
});

test('where nothing but the set itself was looked at, that is a failure', (t) => {
  t.deepEqual(failuresOf([ok, wrong]), [wrong]);
  t.deepEqual(failuresOf([ok]), []);
  for (const none of [[], [{ ...ok, kind: 'set' as const }]]) {
    t.deepEqual(
      failuresOf(none).map(({ detail }) => detail),
      ['nothing of it was looked at'],
    );
  }
});

test('checks are test cases of a JUnit file', (t) => {
  t.is(
    formatChecksJunit('"a" & b', [ok, wrong]),
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuite name="&quot;a&quot; &amp; b" tests="2" failures="1" errors="0" skipped="0">',
      '  <testcase classname="verify.repository" name="http://x"><system-out>lists primary</system-out></testcase>',
      '  <testcase classname="verify.image" name="a.tar"><failure message="http://x/a.tar is &lt;not&gt; there\ufffd" ' +
        'type="image">http://x/a.tar is &lt;not&gt; there\ufffd</failure></testcase>',
      '</testsuite>',
      '',
    ].join('\n'),
  );
});

const invalid: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['nothing', {}, /no set is named: tagflow verify SET/],
  ['a hash without anything that knows where it is', { 'full-hash': hash }, /input "config" is missing/],
  ['a directory that says nothing of its hash', { 'repo-url': 'http://127.0.0.1:1/x' }, /no set is named/],
  [
    'the directory of another hash',
    { 'full-hash': hash, 'repo-url': 'http://127.0.0.1:1/cc/dd/ccdd' },
    /is not the directory of full-hash/,
  ],
  ['an unknown depth', { set: 'x.json', depth: 'deep' }, /one of quick, sample, full/],
  ['a file that is not there', { set: './no-such-set.json' }, /no-such-set\.json.*cannot be read/],
];

for (const [title, inputs, says] of invalid) {
  test(`invalid: ${title}`, async (t) => {
    const action = createVerifyAction({ cwd: '/', write: () => t.fail('nothing was looked at') });
    const { outcome, message } = await executeAction(action, new Map(Object.entries(inputs)), {
      clock: systemClock,
      signal: new AbortController().signal,
      log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
      progress: () => undefined,
      ...{ outDir: '/nonexistent', cwd: '/', actor: 'test', random: () => 0.5, env: {} },
    });
    t.is(outcome, 'invalid', message);
    t.regex(message ?? '', says);
  });
}
