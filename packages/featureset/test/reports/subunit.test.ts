import test from 'ava';
import { Garbage } from '../../src/reports/garbage.ts';
import { createSubunitReader } from '../../src/reports/subunit-reader.ts';
import { packet } from './streams.ts';

interface Read {
  /** Tests, each as `name status: message`. */
  readonly tests: readonly string[];
  readonly problem: string | null;
}

/** Reads a stream in pieces of a size. */
function read(stream: Buffer | string, piece = Number.POSITIVE_INFINITY): Read {
  const bytes = Buffer.from(stream as string);
  const tests: string[] = [];
  const reader = createSubunitReader((name, status, message) => {
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
  reader.close();
  return { tests, problem };
}

const of = (...parts: (Buffer | string)[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const good = packet({ test: 'a.good', status: 'success' });
const bad = packet({ test: 'a.bad', status: 'fail' });

const damaged = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
};

const streams: readonly [title: string, stream: Buffer | string, tests: readonly string[], problem: RegExp | null][] = [
  // The packet that the protocol's own page shows.
  ['the example of the protocol', Buffer.from('b329010c03666f6f08555f1b', 'hex'), [], null],
  ['an empty stream', '', [], null],
  ['a success', good, ['a.good passed'], null],
  ['a failure that says nothing', bad, ['a.bad failed'], null],
  ['a skipped test', packet({ test: 't', status: 'skip', file: ['reason', 'no disk'] }), ['t skipped'], null],
  ['an expected failure', packet({ test: 't', status: 'xfail' }), ['t passed'], null],
  [
    'an unexpected success',
    packet({ test: 't', status: 'uxsuccess' }),
    ['t failed: it succeeded, and was expected to fail'],
    null,
  ],
  [
    'a test that never ended',
    packet({ test: 't', status: 'inprogress' }),
    ['t failed: it began and never ended'],
    null,
  ],
  ['a test that is only listed', packet({ test: 't', status: 'exists' }), [], null],
  [
    'the last status of a test counts',
    of(
      packet({ test: 't', status: 'inprogress' }),
      packet({ test: 't', status: 'fail' }),
      packet({ test: 't', status: 'inprogress' }),
      packet({ test: 't', status: 'success' }),
    ),
    ['t passed'],
    null,
  ],
  [
    'the same test of two workers is two',
    of(packet({ test: 't', status: 'fail', route: '0' }), packet({ test: 't', status: 'success', route: '1' })),
    ['t failed', 't passed'],
    null,
  ],
  [
    'a traceback in two packets',
    of(
      packet({ test: 't', file: ['traceback', 'Traceback (most recent call last):\n  File "x"\n'], mime: 'text/x' }),
      packet({ test: 't', file: ['traceback', 'E: 1 != 2\n'] }),
      packet({ test: 't', status: 'fail', time: [1_700_000_000, 999_999_999], tags: ['worker-0', 'slow'] }),
    ),
    ['t failed: Traceback (most recent call last):\n  File "x"\nE: 1 != 2\n'],
    null,
  ],
  [
    'what programs print around packets',
    of('one\n', good, 'tést ó³ two\n', bad, 'three'),
    ['a.good passed', 'a.bad failed'],
    null,
  ],
  ['a packet after half a character', of('\xc3', bad), ['a.bad failed'], null],
  [
    'a packet of 100 KiB',
    packet({ test: 't', status: 'success', file: ['log', 'x'.repeat(100_000)] }),
    ['t passed'],
    null,
  ],
  ['a packet of 64 bytes', packet({ test: 't'.repeat(54), status: 'success' }), [`${'t'.repeat(54)} passed`], null],
  [
    'a broken packet, and the next one',
    of(good, damaged(good, 7), bad),
    ['a.good passed', 'a.bad failed'],
    /^byte 15: a packet does not match its checksum$/,
  ],
  [
    'a packet that is cut',
    of(good, bad.subarray(0, 9)),
    ['a.good passed'],
    /^byte 15: it ends in the middle of a packet$/,
  ],
  [
    'a packet that is cut before the next one',
    of(bad.subarray(0, 9), good),
    ['a.good passed'],
    /^byte 0: a packet does not match/,
  ],
  [
    'a packet of version 3',
    of(good, Buffer.from([0xb3, 0x39, 1, 12, 3, 1, 1, 1, 1, 1, 1, 1])),
    ['a.good passed'],
    /^byte 15: what begins like a packet is none of subunit version 2/,
  ],
  [
    'random bytes',
    Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7919) & 0xff)),
    [],
    /neither subunit nor text/,
  ],
  ['a text', 'all is well\n', [], /^it is no subunit stream$/],
  [
    'lines of version 1 that a program printed beside packets',
    of('test: x\nfailure: x\n', good),
    ['a.good passed'],
    null,
  ],
  [
    'version 1',
    'noise\ntest: a\nsuccess: a\ntest b c\nfailure: b c [\nE: 1 != 2\n ]\n]\ntesting: d\nskip: d [\nno disk\n]\nsuccess: a\n',
    ['a passed', 'b c failed: E: 1 != 2\n]\n', 'd skipped'],
    null,
  ],
  [
    'version 1, all outcomes',
    ['successful a', 'error: b', 'xfail: c', 'uxsuccess: d']
      .map((line) => `test: ${line.at(-1)}\r\n${line}\r\n`)
      .join(''),
    ['a passed', 'b failed', 'c passed', 'd failed'],
    null,
  ],
  [
    'version 1, parts of counted bytes',
    of(
      'test: a\nerror: a [ multipart\nContent-Type: text/plain\ntraceback\n9\r\none\n]\nt\r\n',
      '0\r\n]\ntest: b\nsuccess: b\n',
    ),
    ['a failed: one\n]\nt\r\n', 'b passed'],
    null,
  ],
  [
    'version 1, a test that never ended',
    'test: a\ntest: b\nsuccess: b\n',
    ['a failed: it began and never ended', 'b passed'],
    null,
  ],
  ['version 1, ended inside details', 'test: a\nfailure: a [\nhalf', ['a failed: it began and never ended'], null],
  ['version 1, outcomes of no test that runs', 'test: a\nerror: b\nsuccess: a\nerror: c\n', ['a passed'], null],
];

for (const [title, stream, tests, problem] of streams) {
  test(`subunit: ${title}`, (t) => {
    const whole = read(stream);
    t.deepEqual(whole.tests, tests);
    if (problem === null) t.is(whole.problem, null);
    else t.regex(whole.problem ?? 'none', problem);
    if (stream.length < 10_000) t.deepEqual(read(stream, 1), whole, 'byte by byte');
  });
}

test('subunit: a stream that only looks like packets is given up, and what was seen of it counts', (t) => {
  const lying = Buffer.from([0xb3, 0x29, 0x01, 0x0c, 0x03, 0x66, 0x6f, 0x6f, 0, 0, 0, 0]);
  const { tests, problem } = read(of(good, ...Array.from({ length: 200 }, () => lying)));
  t.deepEqual(tests, ['a.good passed']);
  t.regex(problem ?? '', /100 broken packets/);
});
