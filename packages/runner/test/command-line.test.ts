import test from 'ava';
import fc from 'fast-check';
import { formatCommandLine, parseCommandLine, parseVariables, RunnerError } from '../src/index.ts';

const lines: readonly (readonly [string, readonly string[]])[] = [
  ['run-test', ['run-test']],
  ['  a  b\n c ', ['a', 'b', 'c']],
  [`sh -c 'echo $X | cat'`, ['sh', '-c', 'echo $X | cat']],
  [`say "two words" it''s`, ['say', 'two words', 'its']],
  [String.raw`a\ b "c \"d\" \e"`, ['a b', String.raw`c "d" \e`]],
  [`x '' ""`, ['x', '', '']],
  ['a \\\n b', ['a', 'b']],
];
for (const [line, words] of lines) {
  test(`${JSON.stringify(line)} is ${JSON.stringify(words)}`, (t) => {
    t.deepEqual(parseCommandLine(line), words);
  });
}

const wrong: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  [' \n ', /empty/],
  ["a 'b", /never closed/],
  ['a "b\\"', /never closed/],
  ['a | b', /no shell reads "\|"/],
  ['a "$HOME"', /no shell reads "\$"/],
  ['a $HOME', /no shell reads "\$"/],
  ['a > log', /sh -c/],
];
for (const [line, message] of wrong) {
  test(`${JSON.stringify(line)} is refused`, (t) => {
    const error = t.throws(() => parseCommandLine(line), { instanceOf: RunnerError, code: 'bad-command', message });
    t.is(error.outcome, 'invalid');
  });
}

test('every list of words survives being written as a line', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (words) => {
      t.deepEqual(parseCommandLine(formatCommandLine(words)), words);
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('variables are read, and the value of a wrong one is not shown', (t) => {
  t.deepEqual(parseVariables(['A=1', 'B_2=x=y', 'EMPTY=']), { A: '1', B_2: 'x=y', EMPTY: '' });
  const error = t.throws(() => parseVariables(['not a name=hunter2']), {
    instanceOf: RunnerError,
    code: 'bad-variable',
  });
  t.false(error.message.includes('hunter2'));
});
