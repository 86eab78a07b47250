import test from 'ava';
import { checksumOf, formatSumFile, parseSumFile } from '../src/checksum.ts';

test('computes both digests in one pass, and md5 only on request', async (t) => {
  const body = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('hello ');
    yield Buffer.from('wörld');
  };
  t.deepEqual(await checksumOf(body(), true), {
    size: 12,
    sha256: '821cd58a9fb899141dd98c29b6cabb6ccdded70ad0197b8cc7657b76f70e64ff',
    md5: '8c6e15df743a0380aaa26e5741794d7b',
  });
  t.is((await checksumOf(body(), false)).md5, null);
});

const sums: readonly (readonly [text: string, kind: 'md5' | 'sha256', digest: string | null])[] = [
  [formatSumFile('0'.repeat(32), 'a.tar'), 'md5', '0'.repeat(32)],
  [`${'AB'.repeat(16)} *a.tar\r\n`, 'md5', 'ab'.repeat(16)],
  ['1'.repeat(64), 'sha256', '1'.repeat(64)],
  ['1'.repeat(63), 'sha256', null],
  ['<html>not found</html>', 'md5', null],
  ['', 'md5', null],
];

for (const [text, kind, digest] of sums) {
  test(`a ${kind} file ${JSON.stringify(text)}`, (t) => {
    if (digest === null) t.throws(() => parseSumFile(text, kind, 'a'), { code: 'checksum-mismatch' });
    else t.is(parseSumFile(text, kind, 'a'), digest);
  });
}
