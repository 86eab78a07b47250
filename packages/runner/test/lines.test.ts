import test from 'ava';
import { splitLines } from '../src/lines.ts';

const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['nothing', [], []],
  ['one line', ['a\n'], ['a']],
  ['a line over chunks', ['a', 'b', 'c\nd'], ['abc', 'd']],
  ['line ends of Windows', ['a\r', '\nb\r\n'], ['a', 'b']],
  ['empty lines', ['\n\na\n'], ['', '', 'a']],
  ['an end without a line end', ['a\nb'], ['a', 'b']],
  ['a line too long', ['x'.repeat(100_000), '\ny\n'], ['x'.repeat(65_536), 'x'.repeat(34_464), 'y']],
];
for (const [name, chunks, expected] of cases) {
  test(name, (t) => {
    const lines = splitLines();
    const seen = chunks.flatMap((chunk) => lines.push(Buffer.from(chunk)));
    t.deepEqual([...seen, ...lines.end()], expected);
  });
}

test('a letter of several bytes may be cut anywhere', (t) => {
  const lines = splitLines();
  const seen = [...Buffer.from('ünïcödé\n')].flatMap((byte) => lines.push(Buffer.of(byte)));
  t.deepEqual(seen, ['ünïcödé']);
});
