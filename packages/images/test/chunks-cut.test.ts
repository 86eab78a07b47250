import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { cutRules } from '../src/chunks/cut.ts';
import { cutFile, type Entry, indexOf, inPieces, make, noise, recipes, shortRules } from './chunks-data.ts';

const { min, max, minZeros } = cutRules;
const zeros = (length: number): Buffer => Buffer.alloc(length);
/** Lengths; zeros in brackets. */
const lengthsOf = (entries: readonly Entry[]): string =>
  entries.map((entry) => (typeof entry === 'number' ? `(${entry})` : `${entry.length}`)).join(' ');

const tables: readonly (readonly [name: string, file: Buffer, entries: string])[] = [
  ['nothing', zeros(0), ''],
  ['one byte', Buffer.from('x'), '1'],
  ['one zero', zeros(1), '1'],
  ['exactly min', noise('min', min), `${min}`],
  ['exactly max without a place to cut', Buffer.alloc(max, 'x'), `${max}`],
  ['one more than max', Buffer.alloc(max + 1, 'x'), `${max} 1`],
  ['too few zeros', zeros(minZeros - 1), `${minZeros - 1}`],
  ['just enough zeros', zeros(minZeros), `(${minZeros})`],
  ['zeros only', zeros(5_000_001), '(5000001)'],
  [
    'zeros at both ends',
    Buffer.concat([zeros(minZeros), Buffer.from('xyz'), zeros(minZeros + 1)]),
    '(32768) 3 (32769)',
  ],
  ['too few zeros at both ends', Buffer.concat([zeros(9), Buffer.from('xyz'), zeros(9)]), '21'],
  ['zeros between', Buffer.concat([Buffer.from('a'), zeros(70_000), Buffer.from('b')]), '1 (70000) 1'],
];

for (const [name, file, entries] of tables) {
  test(`cuts a file: ${name}`, (t) => {
    t.is(lengthsOf(cutFile([file])), entries);
    t.is(lengthsOf(cutFile(inPieces(file, [65_536, 1, 4095]))), entries);
  });
}

test('a file in pieces of one byte is cut as the whole', (t) => {
  const file = Buffer.concat([noise('a', 300_000), zeros(40_000), noise('b', 50_000), zeros(33_000)]);
  t.deepEqual(cutFile(inPieces(file, [1])), cutFile([file]));
});

test('cuts where published indexes were cut', (t) => {
  // Never change these: images that are cut otherwise share no chunks with what is published.
  const file = Buffer.concat([noise('published', 500_000), zeros(100_000), noise('later', 400_000)]);
  t.is(
    lengthsOf(cutFile([file])),
    '84212 42754 44470 62207 54332 51768 82667 38707 38883 (100000) 72186 51713 99961 81109 50609 44422',
  );
  t.is(
    createHash('sha256').update(indexOf(file).bytes).digest('hex'),
    '72e87bcf0d810f64bcc2b43f79d5c01ac4343b8f55f292ab5c55b06e62730de9',
  );
});

test('finds its way back after a change', (t) => {
  const parts = [noise('one', 2_000_000), zeros(500_000), noise('two', 2_000_000)];
  const old = new Set(cutFile([Buffer.concat(parts)]).map(String));
  const moved = cutFile([Buffer.concat([Buffer.from('moved'), ...parts])]);
  const changed = moved.filter((entry) => !old.has(String(entry)));
  t.true(changed.length <= 2, lengthsOf(changed));
  const average = 4_000_000 / (old.size - 1);
  t.true(average > 50_000 && average < 75_000, `${average}`);
});

test('finds a run of zeros that is just long enough, wherever it begins', (t) => {
  const run = shortRules.minZeros;
  for (let before = 0; before < 3 * run; before += 1) {
    const file = Buffer.concat([Buffer.alloc(before, 'x'), zeros(run), Buffer.alloc(5 * run, 'x')]);
    t.deepEqual(
      cutFile([file], shortRules).filter((entry) => typeof entry === 'number'),
      [run],
      `${before}`,
    );
  }
});

const pieceLengths = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });

test('what comes of a file does not depend on its pieces', (t) => {
  fc.assert(
    fc.property(recipes, pieceLengths, (recipe, lengths) => {
      const file = make(recipe);
      t.deepEqual(cutFile(inPieces(file, lengths), shortRules), cutFile([file], shortRules));
    }),
  );
  t.pass();
});

test('the entries are the file, of the right lengths, and its runs of zeros are whole', (t) => {
  fc.assert(
    fc.property(recipes, pieceLengths, (recipe, lengths) => {
      const file = make(recipe);
      const entries = cutFile(inPieces(file, lengths), shortRules);
      t.true(Buffer.concat(entries.map((entry) => (typeof entry === 'number' ? zeros(entry) : entry))).equals(file));
      const runs = file.toString('latin1').match(new RegExp(`\\0{${shortRules.minZeros},}`, 'g')) ?? [];
      t.deepEqual(
        entries.filter((entry) => typeof entry === 'number'),
        runs.map((run) => run.length),
      );
      for (const [position, entry] of entries.entries()) {
        const next = entries[position + 1];
        if (typeof entry === 'number') continue;
        t.true(entry.length > 0 && entry.length <= shortRules.max);
        if (typeof next === 'object') t.true(entry.length >= shortRules.min);
      }
    }),
  );
});
