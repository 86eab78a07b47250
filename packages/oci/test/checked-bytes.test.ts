import test from 'ava';
import { checkBlob, checkedBytes } from '../src/checked-bytes.ts';
import { OciError } from '../src/error.ts';
import { sha256 } from '../src/manifest.ts';

const right = Buffer.from('the bytes of a layer');
const blob = { mediaType: '', digest: sha256(right), size: right.length, isForeign: false, annotations: {} };
const nothing = { ...blob, digest: sha256(Buffer.alloc(0)), size: 0 };
const where = 'blob quay.io/ns/base@sha256:abc';

const cases: readonly (readonly [string, typeof blob, readonly string[], string, string | null])[] = [
  ['one piece', blob, ['the bytes of a layer'], 'the bytes of a layer', null],
  ['pieces', blob, ['the bytes', '', ' of a ', 'layer', ''], 'the bytes of a layer', null],
  ['nothing', nothing, [], '', null],
  ['nothing in pieces', nothing, ['', ''], '', null],
  ['too few', blob, ['the bytes', ' of'], 'the bytes of', `${where}: 12 instead of 20 bytes`],
  ['none', blob, [], '', `${where}: 0 instead of 20 bytes`],
  [
    'too many in the last piece',
    blob,
    ['the bytes', ' of a layer, and more'],
    'the bytes',
    `${where}: more than 20 bytes`,
  ],
  [
    'too many after the last piece',
    blob,
    ['the bytes of a layer', '!'],
    'the bytes of a layer',
    `${where}: more than 20 bytes`,
  ],
  ['one for nothing', nothing, ['x'], '', `${where}: more than 0 bytes`],
  [
    ...(['a wrong one', blob, ['the bytes of ', 'A layer'], 'the bytes of '] as const),
    `${where}: the bytes have the digest ${sha256(Buffer.from('the bytes of A layer'))}`,
  ],
  [
    ...(['a wrong digest of nothing', { ...nothing, digest: blob.digest }, [], ''] as const),
    `${where}: the bytes have the digest ${sha256(Buffer.alloc(0))}`,
  ],
];

for (const [what, wanted, pieces, passed, message] of cases) {
  test(`${what}: wrong bytes are not passed on to the last`, async (t) => {
    let got = '';
    // All of them lie in the same memory, one after the other.
    const memory = Buffer.alloc(100);
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const piece of pieces) yield await Promise.resolve(memory.subarray(0, memory.write(piece)));
    }
    const pass = async (): Promise<void> => {
      for await (const piece of checkedBytes(source(), wanted, where)) got += Buffer.from(piece).toString();
    };
    if (message === null) await pass();
    else await t.throwsAsync(pass, { instanceOf: OciError, code: 'digest-mismatch', message });
    t.is(got, passed);
  });
}

test('a piece is refused before it is passed on', (t) => {
  const check = checkBlob(blob, where);
  check.add(right.subarray(0, 10));
  t.throws(() => check.add(right.subarray(0, 10)), { instanceOf: OciError, code: 'digest-mismatch' });
});
