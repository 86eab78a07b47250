import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { list } from 'tar/list';
import { openFile } from '../../src/archive/archive-files.ts';
import { openTarFiles } from '../../src/archive/tar-files.ts';
import { createTempFolder } from '../../src/archive/temp-folder.ts';
import { type Bench, makeBench } from './built.ts';
import { gnuLong, type Member, pax, tarOf } from './tar-of.ts';

const content = (text: string): Buffer => Buffer.from(text);
const long = `${'folder/'.repeat(20)}file`;

async function openTar({ root, write, logged }: Bench, bytes: Buffer, signal = new AbortController().signal) {
  const log = { debug() {}, info: (line: string) => void logged.push(line), warning() {} };
  const temp = createTempFolder(`${root}/temporary`);
  return openTarFiles({ path: await write('built.tar', bytes), title: 'oci-archive:built.tar', temp, log, signal });
}

const members: readonly Member[] = [
  { path: 'folder/', type: '5' },
  { path: './dotted', content: content('dotted') },
  { path: 'empty' },
  { path: 'block', content: Buffer.alloc(512, 'b') },
  gnuLong('L', long),
  { path: 'cut', content: content('gnu') },
  pax({ path: `${long}.pax`, size: '3' }),
  { path: 'cut', content: content('pax') },
  { path: 'pipe', type: '6' },
  { path: 'twice', content: content('first') },
  { path: 'twice', content: content('second') },
  { path: 'a/symbolic', type: '2', to: '../dotted' },
  { path: 'b/hard', type: '1', to: 'a/symbolic' },
  gnuLong('K', long),
  { path: 'far', type: '2', to: 'cut' },
  pax({ linkpath: `${long}.pax` }),
  { path: 'farther', type: '1', to: 'cut' },
  { path: 'last', content: content('last') },
];

const expected: readonly (readonly [string, string | null])[] = [
  ['dotted', 'dotted'],
  ['./dotted', 'dotted'],
  ['folder/../dotted', 'dotted'],
  ['empty', ''],
  ['block', 'b'.repeat(512)],
  [long, 'gnu'],
  [`${long}.pax`, 'pax'],
  ['cut', null],
  ['pipe', null],
  ['folder', null],
  ['twice', 'second'],
  ['a/symbolic', 'dotted'],
  ['b/hard', 'dotted'],
  ['far', 'gnu'],
  ['farther', 'pax'],
  ['last', 'last'],
  ['absent', null],
];

test('members are found where they lie, by paths and links of every form', async (t) => {
  const bench = await makeBench(t);
  for (const bytes of [tarOf(members), gzipSync(tarOf(members))]) {
    const files = await openTar(bench, bytes);
    for (const [path, text] of expected) {
      const file = await files.find(path);
      t.is(file === null ? null : `${await buffer(openFile(file))}`, text, path);
    }
  }
  t.deepEqual(await bench.temporary().then((names) => names.length), 2); // a folder, and the plain tar in it
  t.regex(bench.logged.join(), /^oci-archive:built\.tar is compressed: it is unpacked into [^,]*$/);
});

test('the tar library finds the same members', async (t) => {
  const { write } = await makeBench(t);
  const found: string[] = [];
  await list({
    file: await write('built.tar', tarOf(members)),
    onReadEntry: ({ type, path, size }) => {
      if (type === 'File') found.push(`${path} ${size}`);
    },
  });
  t.deepEqual(found, [
    './dotted 6',
    'empty 0',
    'block 512',
    `${long} 3`,
    `${long}.pax 3`,
    'twice 5',
    'twice 6',
    'last 4',
  ]);
});

const whole = tarOf(members);
const refused: readonly (readonly [string, Buffer, RegExp])[] = [
  ['nothing', Buffer.alloc(0), /is no tar file, or an empty one$/],
  ['only zeros', Buffer.alloc(4096), /is no tar file, or an empty one$/],
  ['text', Buffer.alloc(2048, 'no tar '), /built\.tar is no tar file$/],
  [
    'a broken header',
    Buffer.concat([whole.subarray(0, 1536), Buffer.alloc(1024, 'x')]),
    /broken tar header at byte 1536$/,
  ],
  ['a tar cut within a member', whole.subarray(0, 2600), /cut short: "block" has 512 bytes, and 40 are left$/],
  ['an absurd size', tarOf([{ path: 'a', size: 0o77777777777 }]), /cut short: "a" has 8589934591 bytes/],
  ['a size that is no whole number', tarOf([pax({ size: '1.5' }), { path: 'a' }]), /broken tar header at byte 1024$/],
  [
    'an absurd extension',
    tarOf([{ ...pax({}), content: Buffer.alloc(2 ** 20 + 1) }]),
    /tar header of 1048577 bytes at byte 0$/,
  ],
  ['zstd', Buffer.from('28b52ffd00000000', 'hex'), /compressed with zstd; plain tar and gzip can be read$/],
  ['xz', Buffer.from('fd377a585a000000', 'hex'), /compressed with xz;/],
  ['bzip2', Buffer.from('425a6839314159265359', 'hex'), /compressed with bzip2;/],
  ['gzip cut short', gzipSync(whole).subarray(0, -30), /cannot be unpacked$/],
];

for (const [title, bytes, message] of refused) {
  test(`a tar is refused: ${title}`, async (t) => {
    const bench = await makeBench(t);
    const error = await t.throwsAsync(openTar(bench, bytes), { code: 'bad-archive' });
    t.regex(error?.message ?? '', message);
  });
}

const hostile: readonly (readonly [string, readonly Member[], string, RegExp | null])[] = [
  ['a link that climbs', [{ path: 'a/b', type: '2', to: '../../etc/passwd' }], 'a/b', /"a\/b" leads out of it/],
  ['a link to a root', [{ path: 'a', type: '2', to: '/etc/passwd' }], 'a', /"a" leads out of it/],
  ['a hard link that climbs', [{ path: 'a', type: '1', to: '../etc/passwd' }], 'a', /"a" leads out of it/],
  [
    'links in a ring',
    [
      { path: 'a', type: '2', to: 'b' },
      { path: 'b', type: '1', to: 'a' },
    ],
    'a',
    /leads to no file/,
  ],
  ['a link to nothing', [{ path: 'a', type: '2', to: 'gone' }], 'a', null],
  ['a path that climbs', [{ path: 'a' }], '../a', /"\.\.\/a" leads out/],
  ['a path from the root', [{ path: 'a' }], '/etc/passwd', /leads out/],
  ['a member from the root', [{ path: '/a' }, { path: 'b' }], 'a', null],
  ['a member that climbs', [{ path: '../a' }, { path: 'b' }], 'a', null],
  ['a member that climbs within', [{ path: 'x/../../a' }, { path: 'b' }], 'a', null],
];

for (const [title, given, path, message] of hostile) {
  test(`nothing outside of a tar is reached: ${title}`, async (t) => {
    const files = await openTar(await makeBench(t), tarOf(given));
    if (message === null) t.is(await files.find(path), null);
    else await t.throwsAsync(files.find(path), { code: 'bad-archive', message });
  });
}

test('a tar of a hundred thousand members is refused before the end', async (t) => {
  const bench = await makeBench(t);
  const one = tarOf([{ path: 'a' }]).subarray(0, 512);
  const many = Buffer.alloc(512 * 100_001);
  for (let at = 0; at < many.length; at += 512) one.copy(many, at);
  await t.throwsAsync(openTar(bench, many), { code: 'bad-archive', message: /more than 100000 members/ });
});

test('unpacking ends when it is cancelled', async (t) => {
  const bench = await makeBench(t);
  const reason = new Error('cancelled');
  await t.throwsAsync(openTar(bench, gzipSync(whole), AbortSignal.abort(reason)), { is: reason });
});
