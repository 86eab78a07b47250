import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { findReasonsInFolder, isOfAttempt, type PatternHits, type ReasonPattern } from '../src/index.ts';
import { compilePatterns } from '../src/reasons/compile.ts';
import { scannerOf } from '../src/reasons/find-reasons.ts';
import { createMatcher } from '../src/reasons/matcher.ts';
import { longestLine } from '../src/reasons/scan-lines.ts';
import { pattern, pieces, reasonsIn } from './reasons-logs.ts';

// V8 mixes up alternatives within (?i:…), so whole expressions ignore the case, which it does by a flag.
const atom = fc.constantFrom(
  'a',
  'b',
  'A',
  'ab',
  'é',
  '\\.',
  '[ab]',
  '[^a]',
  '.',
  '\\s',
  '\\w',
  '\\d',
  '[a-c]',
  '\\W',
  ' ',
);
const { regex: anyRegex } = fc.letrec<{ regex: string }>((tie) => ({
  regex: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.tuple(tie('regex'), tie('regex')).map(([a, b]) => a + b),
    fc.tuple(tie('regex'), tie('regex')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('regex'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?'))
      .map(([a, count]) => `(?:${a})${count}`),
    fc.tuple(fc.constantFrom('^', '$', '\\b', '\\B'), tie('regex')).map(([a, b]) => a + b),
  ),
}));
// One unbounded repetition within another makes V8 try more ways than there is time for.
const regex = anyRegex.filter((source) => (source.match(/[*+]|,\}/g) ?? []).length <= 1);
const piece = fc.constantFrom(
  'a',
  'b',
  'c',
  'A',
  'B',
  'é',
  ' ',
  '.',
  '1',
  '_',
  'abc',
  'ABC',
  '\u2028',
  '\r',
  '\n',
  '\r\n',
);
const text = fc.array(piece, { maxLength: 60 }).map((parts) => parts.join(''));

test('an expression matches what it matches in V8', (t) => {
  const line = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('').replaceAll(/[\r\n]/g, ''));
  const check = fc.property(
    regex,
    fc.boolean(),
    fc.array(line, { minLength: 5, maxLength: 20 }),
    (source, fold, lines) => {
      const matcher = createMatcher(fold ? `(?i:${source})` : source);
      const peer = new RegExp(source, fold ? 'i' : '');
      return lines.every((each) => matcher(each) === peer.test(each));
    },
  );
  t.notThrows(() => fc.assert(check, { numRuns: 400 }));
});

interface NaiveHit {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

// Every expression on every line, by V8.
function naive(bytes: Buffer, patterns: readonly ReasonPattern[]): readonly NaiveHit[] {
  const hits = new Map<string, NaiveHit>();
  for (const [index, row] of bytes.toString('latin1').split('\n').entries()) {
    for (const each of row.split('\r')) {
      const line = Buffer.from(each, 'latin1').subarray(0, longestLine).toString('utf8');
      for (const { name, pattern: source } of patterns) {
        if (!new RegExp(source).test(line)) continue;
        const known = hits.get(name);
        hits.set(name, { name, line: known?.line ?? index + 1, lines: (known?.lines ?? 0) + 1 });
      }
    }
  }
  return [...hits.values()];
}

test('one pass finds what every expression on every line finds, however the bytes come', async (t) => {
  const withText = fc
    .tuple(
      fc.constantFrom('', 'a', '[ab]+', '.*'),
      fc.constantFrom('abc', 'aba', 'a.*bca', '(abc|bbb)', 'ab[ab]?c', 'b a', '(?:ab){2}'),
      regex,
    )
    .map((parts) => parts.join(''));
  const bytes = fc.oneof(
    text.map((each) => Buffer.from(each)),
    fc
      .tuple(text, fc.uint8Array({ maxLength: 8 }), text)
      .map(([a, b, c]) => Buffer.concat([Buffer.from(a), b, Buffer.from(c)])),
  );
  const check = fc.asyncProperty(
    fc.uniqueArray(withText, { minLength: 1, maxLength: 8 }),
    bytes.filter((each) => !each.includes(0)),
    fc.integer({ min: 1, max: 20 }),
    async (sources, log, size) => {
      const patterns = sources.map((source) => pattern(source));
      // Below findReasons, which puts the first pieces together.
      const hits = new Map<number, PatternHits>();
      const scanner = scannerOf(compilePatterns(patterns), 'job.log', hits);
      for await (const piece of pieces(log, size)) scanner.write(piece);
      scanner.end();
      t.deepEqual(
        [...hits.values()].map(({ first, lines }) => ({ name: first.pattern, line: first.line, lines })),
        naive(log, patterns),
      );
    },
  );
  await fc.assert(check, { numRuns: 300 });
});

test('the first and the worst are told with their places', async (t) => {
  const patterns = [
    pattern('abc', { severity: 1, kind: 'product' }),
    pattern('infra 3', { severity: 3 }),
    pattern('product 3', { severity: 3, kind: 'product', reason: 'Broken.', bug: 'https://bugs.example.org/1' }),
  ];
  const found = await reasonsIn('ok\n10%\r20%\r\u001b[31mabc\u001b[0m\tx\u0007y\r\ninfra 3\n\nproduct 3', patterns);
  t.deepEqual(found.first, {
    ...{ pattern: 'abc', reason: 'It failed.', kind: 'product', severity: 1, bug: null },
    ...{ file: 'job.log', line: 2, text: 'abc xy' },
  });
  t.deepEqual(found.worst, {
    ...{ pattern: 'product 3', reason: 'Broken.', kind: 'product', severity: 3, bug: 'https://bugs.example.org/1' },
    ...{ file: 'job.log', line: 5, text: 'product 3' },
  });
  t.deepEqual(
    { ...(await reasonsIn('', patterns)) },
    { first: null, worst: null, hits: [], files: 1, bytes: 0, unread: [] },
  );
});

test('a quoted line is cut, and holds no password of a URL', async (t) => {
  const { first } = await reasonsIn(`abc https://me:secret@host/ ${'😀'.repeat(200)}`, [pattern('abc')]);
  t.is(first!.text, `abc https://***@host/ ${'😀'.repeat(138)}…`);
});

test('a line without an end is looked at as far as its first 64 KiB', async (t) => {
  const patterns = [pattern('abc'), pattern('xyz$'), pattern('end')];
  const log = `abc${' '.repeat(longestLine - 6)}xyz${'abc end'.repeat(50_000)}\rabc\nend${'.'.repeat(longestLine)}`;
  const { hits } = await reasonsIn(log, patterns, { size: 1000 });
  t.deepEqual(
    hits.map(({ first, lines }) => [first.pattern, first.line, lines]),
    [
      ['abc', 1, 2],
      ['xyz$', 1, 1],
      ['end', 2, 1],
    ],
  );
});

test('an expression that makes others backtrack takes one pass', (t) => {
  const matcher = createMatcher('(a+)+b|(a|a)*c|(.*x){20}abc');
  t.false(matcher('a'.repeat(200_000)));
  t.false(matcher('x'.repeat(200_000)));
});

test('an expression with more states than are remembered matches what it matches in V8', (t) => {
  // Each of the last 12 characters may have begun a match.
  const source = 'abb|a.{12}b';
  const [matcher, peer] = [createMatcher(source), new RegExp(source)];
  let seed = 1;
  const letters = (count: number, from: string) =>
    Array.from({ length: count }, () => from[(seed = (seed * 48_271) % 0x7fff_ffff) % from.length]).join('');
  const lines = Array.from({ length: 5000 }, () => letters(16, 'ac') + letters(13, 'acccb'));
  t.deepEqual(
    lines.map((line) => matcher(line)),
    lines.map((line) => peer.test(line)),
  );
  t.true(lines.some((line) => peer.test(line)) && !lines.every((line) => peer.test(line)));
});

test('patterns of a glob are for its files', async (t) => {
  const named = [pattern('abc', { files: '{job,console*}.log' })];
  const placed = [pattern('abc', { files: 'logs/*/nova.log' })];
  for (const [file, patterns, expected] of [
    ['job.log', named, 1],
    ['deep/console-1.log.gz', named, 1],
    ['other.log', named, 0],
    ['logs/a/nova.log', placed, 1],
    ['nova.log', placed, 0],
  ] as const) {
    const bytes = file.endsWith('.gz') ? gzipSync('abc') : Buffer.from('abc');
    t.is((await reasonsIn(bytes, patterns, { file })).hits.length, expected, file);
  }
});

test('packed files are unpacked, as far as they go', async (t) => {
  const text = `abc\n${Array.from({ length: 5000 }, (_, index) => `line ${(index * 7919) % 5003}`).join('\n')}\nend`;
  const packed = gzipSync(text);
  const file = 'a.log.gz';
  const patterns = [pattern('abc'), pattern('end')];
  const names = async (bytes: Uint8Array, unpackedLimit?: number) => {
    const limit = unpackedLimit === undefined ? {} : { unpackedLimit };
    const { hits, unread } = await reasonsIn(bytes, patterns, { file, size: 999, ...limit });
    return [hits.map(({ first }) => first.pattern).join(' '), ...unread.map(({ why }) => why)];
  };
  t.deepEqual(await names(packed), ['abc end']);
  t.deepEqual(await names(packed.subarray(0, 5000)), ['abc']);
  const [seen, why] = await names(Buffer.from('abc, not packed'));
  t.is(seen, '');
  t.regex(why!, /header/);
  const bomb = gzipSync(Buffer.concat([Buffer.from('abc\n'), Buffer.alloc(20e6, 0x20), Buffer.from('\nend')]));
  t.deepEqual(await names(bomb, 1e6), ['abc', 'it unpacks to more than 1000000 bytes: the rest was not read']);
});

test('what is no text is skipped', async (t) => {
  const { hits, unread } = await reasonsIn(Buffer.from('\u007fELF\0\0 abc'), [pattern('abc')], { size: 2 });
  t.deepEqual([hits, unread], [[], [{ file: 'job.log', why: 'it is not a text' }]]);
});

test('a folder is read in a stable order, its links are not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-reasons-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'logs', 'b'), { recursive: true });
  for (const [name, text] of [
    ['a.log', 'abc 2'],
    ['job.log', 'abc 1'],
    ['logs/b/c.log', 'abc 3'],
    ['logs/d.log', 'abc 4'],
  ] as const)
    await writeFile(join(folder, name), text);
  await symlink('/etc/passwd', join(folder, 'b.log'));
  await symlink(folder, join(folder, 'logs', 'loop'));
  const signal = new AbortController().signal;
  const patterns = ['abc 1', 'abc 2', 'abc 3', 'abc 4'].map((each) => pattern(each)).toReversed();
  const order = async (options: object) => {
    const { hits, files } = await findReasonsInFolder(folder, patterns, { signal, ...options });
    return [files, ...hits.map(({ first }) => first.file)];
  };
  t.deepEqual(await order({}), [4, 'job.log', 'a.log', 'logs/b/c.log', 'logs/d.log']);
  const isRead = (file: string) => file !== 'job.log';
  t.deepEqual(await order({ log: 'logs/d.log', isRead }), [3, 'logs/d.log', 'a.log', 'logs/b/c.log']);
});

test('it stops when it is told to', async (t) => {
  const stopped = new AbortController();
  const reason = new Error('enough');
  const bytes = (async function* () {
    yield* pieces(Buffer.alloc(10_000, 0x20));
    stopped.abort(reason);
    yield* pieces(Buffer.alloc(10_000, 0x20));
    t.fail('it went on');
  })();
  const { findReasons } = await import('../src/index.ts');
  const files = [{ file: 'job.log', bytes }];
  await t.throwsAsync(findReasons(files, [pattern('abc')], { signal: stopped.signal }), { is: reason });
});

test('an attempt is judged by its own logs', (t) => {
  const files = [
    ...['job.json', 'job.log', 'job.01-deps.log', 'job.log.run/1.json', 'job-2.log', 'job-2.01-deps.log'],
    ...['results/a.xml', 'results-2/a.xml', 'logs/job.log', 'jobs.log'],
  ];
  const elsewhere = ['logs/job.log', 'jobs.log'];
  t.deepEqual(files.filter(isOfAttempt('job.log')), ['job.log', 'job.01-deps.log', 'results/a.xml', ...elsewhere]);
  t.deepEqual(files.filter(isOfAttempt('job-2.log')), [
    'job-2.log',
    'job-2.01-deps.log',
    'results-2/a.xml',
    ...elsewhere,
  ]);
});
