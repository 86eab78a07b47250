import test from 'ava';
import fc from 'fast-check';
import { chunkKey, isZerosEntry, maxIndexBytes, parseChunkIndex, startChunkIndex } from '../src/chunks/chunk-index.ts';
import { countPlan, planTransfer } from '../src/chunks/transfer-plan.ts';
import { cutRules } from '../src/chunks/cut.ts';
import { indexOf, make, noise, recipes, shortRules } from './chunks-data.ts';

const image = Buffer.concat([noise('a', 100_000), Buffer.alloc(50_000), noise('b', 40_000)]);
const { bytes } = indexOf(image);
const header = 78;

/** Returns the index with other bytes at a place. */
function patched(at: number, ...values: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(values, at);
  return copy;
}

test('says what an image is made of', (t) => {
  const index = indexOf(image);
  t.is(index.size, 190_000);
  t.is(index.sha256, '7bb893fbb6d8d1484682bd8fda0519e302e1b16a128b0886d976781a131c4d54');
  t.is([...index.offsets].join(' '), '0 55858 100000 150000 190000');
  t.is([...index.records.keys()].map((entry) => isZerosEntry(index, entry)).join(' '), 'false false true false');
  t.is(chunkKey(index, 0).length, 36);
  t.is(bytes.length, header + 12 + 36 * (index.count - 1));
});

const refused: readonly (readonly [name: string, bytes: Buffer, message: RegExp])[] = [
  ['nothing', Buffer.alloc(0), /^F is not a chunk index$/],
  ['an HTML page', Buffer.from('\n<!DOCTYPE html><p>404'), /^F is an HTML page, not a chunk index$/],
  ['a newer version', Buffer.from('tagflow/chunks/v2\n...'), /^F is of version 2; this tagflow reads version 1$/],
  ['its beginning', bytes.subarray(0, 50), /^F ends after 50 bytes, in its header$/],
  ['a header alone', bytes.subarray(0, header), /^F is too short for \d entries$/],
  ['one byte less', bytes.subarray(0, -1), /^F is \d+ bytes long; its entries take \d+$/],
  ['one entry less', bytes.subarray(0, -36), /^F ends in entry \d of \d$/],
  ['one byte more', Buffer.concat([bytes, Buffer.alloc(1)]), /^F is \d+ bytes long; its entries take \d+$/],
  ['a min of 0', patched(18, 0, 0, 0, 0), /^F says that its chunks are 0 to 262144 bytes long/],
  ['a max of 4 GiB', patched(26, 255, 255, 255, 255), /^F says that its chunks are 32768 to 4294967295 bytes long/],
  ['4 billion entries', patched(34, 255, 255, 255, 255), /^F is too short for 4294967295 entries$/],
  ['a size of 2^63', patched(38, 0, 0, 0, 0, 0, 0, 0, 128), /^F speaks of 9223372036854775808 bytes/],
  ['a size of 1', patched(38, 1, 0, 0), /^F has entries for more than the 1 bytes of its image$/],
  ['another size', patched(40, 255), /^F has entries for 190000 of the \d+ bytes of its image$/],
  ['a chunk over max', patched(header, 1, 0, 4, 0), /^F has an impossible entry 1 of \d$/],
  ['no zeros', zerosOf(0), /^F has an impossible entry 1 of 2$/],
  ['zeros behind zeros', zerosOf(40_000), /^F has an impossible entry 2 of 2$/],
];

/** Returns the index of two runs of zeros. */
function zerosOf(length: number): Buffer {
  const file = Buffer.concat([indexOf(Buffer.alloc(80_000)).bytes, Buffer.alloc(12)]);
  file.writeUInt32LE(2, 34);
  file.writeUInt32LE(length, header + 4);
  file.writeUInt32LE(80_000 - length, header + 16);
  return file;
}

for (const [name, file, message] of refused) {
  test(`refuses as an index: ${name}`, (t) => {
    const error = t.throws(() => parseChunkIndex(file, 'F'), { message });
    t.like(error, { name: 'ImagesError', code: 'unreadable-index', outcome: 'failed' });
  });
}

test('an index is what was read from its bytes', (t) => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const index = indexOf(make(recipe), shortRules);
      t.deepEqual(parseChunkIndex(Buffer.from(index.bytes), 'F'), index);
    }),
  );
});

test('whatever happens to an index: an error, or a plan for as many bytes as it says', (t) => {
  const change = fc.record({ at: fc.nat(), value: fc.nat(255), cut: fc.option(fc.nat(), { freq: 1 }) });
  let read = 0;
  let unreadable = 0;
  fc.assert(
    fc.property(recipes, fc.array(change, { minLength: 1, maxLength: 3 }), (recipe, changes) => {
      const file = make(recipe);
      let mutated = Buffer.from(indexOf(file, shortRules).bytes);
      for (const { at, value, cut } of changes) {
        mutated[at % mutated.length] = value;
        if (cut !== null) mutated = mutated.subarray(0, (cut % mutated.length) + 1);
      }
      let index;
      try {
        index = parseChunkIndex(mutated, 'F');
      } catch (error) {
        t.like(error, { code: 'unreadable-index' });
        unreadable += 1;
        return;
      }
      read += 1;
      const { zeros, base, source } = countPlan(planTransfer(index, [indexOf(file, shortRules)]));
      t.is(zeros + base + source, index.size);
    }),
    { numRuns: 1000 },
  );
  t.true(read > 50 && unreadable > 50, `${read} read, ${unreadable} unreadable`);
});

test('no honest index is longer than an index can be', (t) => {
  // The worst: a byte between runs of zeros that are just long enough.
  const worst = startChunkIndex();
  for (let turn = 0; turn < 5000; turn += 1) {
    worst.chunk(1, Buffer.alloc(32, turn % 256));
    worst.zeros(cutRules.minZeros);
  }
  const index = worst.finish('0'.repeat(64));
  t.is(index.bytes.length, header + 5000 * 48);
  t.is(chunkKey(index, 9998), `\x01\0\0\0${'\x87'.repeat(32)}`);
  t.true(index.bytes.length <= maxIndexBytes(index.size), `${index.bytes.length}`);
  t.true(indexOf(Buffer.alloc(0)).bytes.length <= maxIndexBytes(0));
  t.true(indexOf(Buffer.from('x')).bytes.length <= maxIndexBytes(1));
  t.true(maxIndexBytes(1e9) < 1.5e6);
});
