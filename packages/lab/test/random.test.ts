import { createHash } from 'node:crypto';
import test from 'ava';
import { createRandom, randomBytes, randomStream } from '../src/random.ts';

test('the seed decides every number', (t) => {
  const draw = (seed: string): readonly number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 50 }, () => random.integer(1000));
  };
  t.deepEqual(draw('a'), draw('a'));
  t.notDeepEqual(draw('a'), draw('b'));
  t.true(draw('a').every((number) => Number.isInteger(number) && number >= 0 && number < 1000));
  t.true(new Set(draw('a')).size > 40);
});

test('bytes have the length that was asked for, and depend on the seed', (t) => {
  for (const size of [0, 1, 31, 5000]) t.is(randomBytes('a', size).length, size);
  t.deepEqual(randomBytes('a', 100), randomBytes('a', 100));
  t.notDeepEqual(randomBytes('a', 100), randomBytes('b', 100));
});

test('a stream has its size, repeats for a seed, and no two of its blocks are equal', async (t) => {
  const read = async (seed: string, size: number): Promise<readonly Buffer[]> => {
    const blocks: Buffer[] = [];
    for await (const block of randomStream(seed, size)) blocks.push(block);
    return blocks;
  };
  const size = (5 << 20) + 7;
  const blocks = await read('a', size);
  t.is(Buffer.concat(blocks).length, size);
  t.is(new Set(blocks.map((block) => createHash('md5').update(block).digest('hex'))).size, blocks.length);
  t.true(Buffer.concat(await read('a', size)).equals(Buffer.concat(blocks)));
  t.notDeepEqual((await read('b', 64))[0], (await read('a', 64))[0]);
});
