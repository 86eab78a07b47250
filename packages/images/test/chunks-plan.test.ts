import test from 'ava';
import fc from 'fast-check';
import { type ChunkIndex, startChunkIndex } from '../src/chunks/chunk-index.ts';
import {
  countPlan,
  planTransfer,
  planWhole,
  type Segment,
  skipPlan,
  type TransferPlan,
} from '../src/chunks/transfer-plan.ts';
import { indexOf, make, rebuild, recipes, shortRules } from './chunks-data.ts';

/** Returns the index of an image of chunks of 10 bytes, a letter each; a dot is 100 zeros. */
function imageOf(letters: string): ChunkIndex {
  const index = startChunkIndex();
  for (const letter of letters) {
    if (letter === '.') index.zeros(100);
    else index.chunk(10, Buffer.alloc(32, letter));
  }
  return index.finish('0'.repeat(64));
}

const show = (plan: TransferPlan): string => plan.map(showOne).join(' ');
function showOne(segment: Segment): string {
  if (segment.kind === 'zeros') return `z${segment.length}`;
  return `${segment.kind === 'base' ? `b${segment.base}` : 's'}@${segment.offset}+${segment.length}`;
}

const plans: readonly (readonly [wanted: string, bases: readonly string[], plan: string])[] = [
  ['', [], ''],
  ['abc', [], 's@0+30'],
  ['abc', ['abc'], 'b0@0+30'],
  ['.a.', ['a'], 'z100 b0@0+10 z100'],
  ['abXcd', ['abcd'], 'b0@0+20 s@20+10 b0@20+20'],
  ['abXYd', ['abcd'], 'b0@0+20 s@20+20 b0@30+10'],
  ['cab', ['abc'], 'b0@20+10 b0@0+20'],
  ['aXa', ['ba'], 'b0@10+10 s@10+10 b0@10+10'],
  // A run goes on where it is, though the chunk is elsewhere too.
  ['abc', ['a', 'ccabc'], 'b0@0+10 b1@30+20'],
  ['zab', ['axab', 'zab'], 'b1@0+30'],
  ['ab', ['a', 'xb'], 'b0@0+10 b1@10+10'],
  ['a.b', ['ab'], 'b0@0+10 z100 b0@10+10'],
  ['a.b', ['a.b'], 'b0@0+10 z100 b0@110+10'],
  ['.', ['.'], 'z100'],
];

for (const [wanted, bases, plan] of plans) {
  test(`plans ${wanted || 'nothing'} out of ${bases.join(' and ') || 'nothing'}`, (t) => {
    t.is(show(planTransfer(imageOf(wanted), bases.map(imageOf))), plan);
  });
}

test('a chunk that a base gives another length to is another chunk', (t) => {
  const liar = startChunkIndex();
  liar.chunk(9, Buffer.alloc(32, 'a'));
  t.is(show(planTransfer(imageOf('a'), [liar.finish('0'.repeat(64))])), 's@0+10');
});

test('plans a file without an index', (t) => {
  t.is(show(planWhole(0)), '');
  t.is(show(planWhole(25)), 's@0+25');
});

const plan = planTransfer(imageOf('a.bXY'), [imageOf('ab')]);

test('counts what comes from where', (t) => {
  t.is(show(plan), 'b0@0+10 z100 b0@10+10 s@120+20');
  t.deepEqual(countPlan(plan), { zeros: 100, base: 20, source: 20 });
});

const rests: readonly (readonly [offset: number, plan: string])[] = [
  [0, 'b0@0+10 z100 b0@10+10 s@120+20'],
  [4, 'b0@4+6 z100 b0@10+10 s@120+20'],
  [10, 'z100 b0@10+10 s@120+20'],
  [109, 'z1 b0@10+10 s@120+20'],
  [121, 's@121+19'],
  [140, ''],
  [141, ''],
];

for (const [offset, rest] of rests) {
  test(`goes on with a plan at ${offset}`, (t) => {
    t.is(show(skipPlan(plan, offset)), rest);
  });
}

test('a plan makes exactly the new file out of the old ones', (t) => {
  const edits = fc.array(fc.record({ at: fc.nat(), remove: fc.nat(300), put: recipes }), { maxLength: 3 });
  const knobs = fc.record({ other: recipes, offset: fc.nat(5000) });
  let reused = 0;
  fc.assert(
    fc.property(recipes, edits, knobs, (recipe, changes, { other, offset }) => {
      const old = make(recipe);
      let file = old;
      for (const { at, remove, put } of changes) {
        const from = at % (file.length + 1);
        file = Buffer.concat([file.subarray(0, from), make(put), file.subarray(from + remove)]);
      }
      const bases = [old, make(other)];
      const indexes = bases.map((base) => indexOf(base, shortRules));
      const made = planTransfer(indexOf(file, shortRules), indexes);
      t.true(rebuild(made, file, bases).equals(file));
      t.true(rebuild(skipPlan(made, offset), file, bases).equals(file.subarray(offset)));
      const { zeros, base, source } = countPlan(made);
      t.is(zeros + base + source, file.length);
      if (base > 0 && source > 0) reused += 1;
    }),
  );
  t.true(reused > 10, `${reused}`);
});
