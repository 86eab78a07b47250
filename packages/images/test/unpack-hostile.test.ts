import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import test from 'ava';
import { archiveWorld, base256, contentsOf, endMark, type Member, memberOf, name, pax, tarOf } from './unpack-world.ts';

const good: Member = { name: 'good.qcow2', bytes: 'good' };
const named = (member: string): Buffer => tarOf(good, { name: member, bytes: 'bad' });
const typed = (type: string, member: Partial<Member> = {}): Buffer => tarOf(good, { name: 'bad', type, ...member });
const many = (count: number): Buffer =>
  tarOf(...Array.from({ length: count }, (_, index) => ({ name: `image-${index}` })));
const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
const random = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * index * 31) % 251));
const compressible = tarOf(good, { name: 'more', bytes: random });

const refused: readonly (readonly [string, Buffer, RegExp])[] = [
  ['an empty file', Buffer.alloc(0), / is empty$/],
  [
    'a web page',
    Buffer.from(`<!DOCTYPE html><html>${'not found '.repeat(100)}`),
    / is no tar archive, but a web page$/,
  ],
  ['a short web page', Buffer.from('<html>404</html>'), / is no tar archive, but a web page$/],
  ['a disk image', Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(9000)]), / is no tar archive$/],
  ['a tar without files', endMark, / holds no files$/],
  ['a tar of nothing but its folder', tarOf({ name: './', type: '5' }), / holds no files$/],
  ['a first header with another checksum', flipped(tarOf(good), 3), / is no tar archive$/],
  ['a later header with another checksum', flipped(tarOf(good, good), 1024 + 3), /broken header before byte 1536$/],
  ['no end', memberOf(good), / is cut short: it ends at byte 1024, without the zeros that mark its end$/],
  ['a size beyond the archive', tarOf(good, { name: 'bad', size: 9000 }), /"bad" has 9000 bytes, and 1024 are there$/],
  ['a negative size', tarOf(good, { name: 'bad', size: base256(-1024n) }), /broken header before byte 1536$/],
  [
    'a size beyond all disks',
    tarOf(good, { name: 'bad', size: base256(2n ** 52n) }),
    /"bad" has 4503599627370496 bytes/,
  ],
  ['a size beyond all numbers', tarOf(good, { name: 'bad', size: base256(2n ** 60n) }), /broken header/],
  ['a size in 95 bits', tarOf(good, { name: 'bad', size: Buffer.alloc(12, 0xbf) }), /broken header/],
  ['a size that is no number', tarOf(good, { name: 'bad', size: Buffer.from('size?\0\0\0\0\0\0\0') }), /broken header/],
  ['a name that climbs out', named('../bad'), /holds "\.\.\/bad", which climbs out of the folder$/],
  ['one that climbs in between', named('a/../../bad'), /climbs out of the folder$/],
  ['one that climbs behind a dot', named('./../bad'), /climbs out of the folder$/],
  ['one that climbs by backslashes', named('..\\bad'), /climbs out of the folder$/],
  ['one that climbs by its prefix', tarOf({ ...good, prefix: '..' }), /climbs out of the folder$/],
  ['an absolute name', named('/etc/bad'), /is an absolute path$/],
  ['a name with a drive', named('C:bad'), /is an absolute path$/],
  ['a name with a backslash', named('a\\bad'), /has a backslash/],
  ['a name with an escape', named('\x1b[2Jbad'), /holds "\\u001b\[2Jbad", which has control characters/],
  ['a name with a line feed', named('good\nbad'), /has control characters/],
  [
    'a name in a folder',
    named('images/bad'),
    /holds "images\/bad", which lies in a folder, and images are plain files/,
  ],
  ['a folder', typed('5', { name: 'images' }), /is a folder$/],
  ['a folder by the end of its name', named('images/'), /is a folder$/],
  ['a hidden name', named('.overcloud-full.tar.unpacked'), /is hidden/],
  ['a hidden name behind a dot', named('././.checked'), /is hidden/],
  ['a name that is no ASCII', named('bäd'), /is not allowed/],
  ['a name that is an option', named('-rf'), /is not allowed/],
  ['a name that is too long', tarOf(pax({ path: 'a'.repeat(101) }), good), /is not allowed/],
  ['no name', tarOf({ name: '', bytes: 'bad' }), /holds "", which has no name$/],
  ['an md5', named('good.qcow2.md5'), /is a name for what tells about images/],
  ['a sha256', named('good.qcow2.SHA256'), /is a name for what tells about images/],
  ['a chunk index', named('good.qcow2.cidx'), /is a name for what tells about images/],
  ['a set', named('set.json'), /is a name for what tells about images/],
  ['the archive itself', named(name), /has the name of another file of the folder/],
  ['the archive itself in capitals', named('Overcloud-Full.tar'), /has the name of another file of the folder/],
  ['an image that was fetched', named('undercloud.qcow2'), /has the name of another file of the folder/],
  ['a name twice', named('good.qcow2'), /holds "good\.qcow2" twice$/],
  ['a name twice, in capitals', named('Good.qcow2'), /holds "Good\.qcow2" twice$/],
  ['a name twice, behind a dot', named('./good.qcow2'), /holds "good\.qcow2" twice$/],
  ['a symbolic link', typed('2', { link: '/etc/passwd' }), /holds "bad", which is a symbolic link$/],
  ['a hard link', typed('1', { link: '../outside' }), /is a hard link$/],
  ['a character device', typed('3'), /is a device$/],
  ['a block device', typed('4'), /is a device$/],
  ['a FIFO', typed('6'), /is a FIFO$/],
  ['a volume label', typed('V', { size: Buffer.alloc(12) }), /is of a type that is no file \(TapeVolumeHeader\)$/],
  ['a type that nobody knows', typed('Z'), /is of a type that is no file \(Unsupported\)$/],
  ['an old GNU sparse file', typed('S'), /packed as a sparse file \(GNU\): pack it without --sparse/],
  ['a sparse file of GNU pax 0.1', tarOf(pax({ 'GNU.sparse.map': '0,1' }), good), /\(pax, GNU\.sparse\.map\)/],
  ['a sparse file of GNU pax 1.0', tarOf(pax({ 'GNU.sparse.major': '1' }), good), /\(pax, GNU\.sparse\.major\)/],
  ['a sparse file of star', tarOf(pax({ 'SCHILY.realsize': '9' }), good), /\(pax, SCHILY\.realsize\)/],
  ['a pax path that climbs out', tarOf(pax({ path: '../bad' }), good), /climbs out of the folder$/],
  ['a pax path over two lines', tarOf(pax({ path: 'good\n../../bad' }), good), /climbs out of the folder$/],
  ['a pax size beyond the archive', tarOf(pax({ size: '9000' }), good), /"good.qcow2" has 9000 bytes, and 1536 are/],
  ['a pax size below zero', tarOf(pax({ size: '-1' }), good), /pax header that cannot be read/],
  ['a pax size in hex', tarOf(pax({ size: '0x10' }), good), /pax header that cannot be read/],
  ['pax records of a wrong length', tarOf({ name: 'x', type: 'x', bytes: '99 path=bad\n' }, good), /cannot be read/],
  ['pax records of no length', tarOf({ name: 'x', type: 'x', bytes: '0 path=bad\n' }, good), /cannot be read/],
  ['one path for all', tarOf(pax({ path: 'bad' }, 'g'), good), /global pax header/],
  ['one size for all', tarOf(pax({ size: '0' }, 'g'), good), /global pax header/],
  ['a pax header before the end', tarOf(pax({ path: 'bad' })), /ends with a header that announces another file$/],
  ['a pax header without end', tarOf({ name: 'x', type: 'x', size: 2 ** 31 }), /has a header of 2147483648 bytes/],
  ['a pax header that is cut', memberOf({ name: 'x', type: 'x', size: 9000 }), /is cut short: it ends in a header/],
  [
    'headers without a file',
    tarOf(...Array<Member>(10).fill(pax({ comment: 'x' })), good),
    /more than 8 headers for one/,
  ],
  ['a long path that climbs out', tarOf({ name: '././@LongLink', type: 'L', bytes: '../bad\0' }, good), /climbs out/],
  ['more than a thousand files', many(1001), /holds more than 1000 files$/],
  [
    'a thousand times its folder',
    tarOf(...Array<Member>(1000).fill({ name: './', type: '5' }), good),
    /more than 1000/,
  ],
  ['bzip2', Buffer.from('425a6839314159265359', 'hex'), / is compressed by bzip2, which is not unpacked here$/],
  ['xz', Buffer.from('fd377a585a000004e6d6b446', 'hex'), / is compressed by xz,/],
  ['zip', Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(600)]), / is compressed by zip,/],
  ['gzip of a web page', gzipSync(Buffer.from(`<html>${' '.repeat(600)}`)), / is no tar archive, but a web page$/],
  ['gzip of nothing', gzipSync(''), / is empty$/],
  ['gzip that is cut', gzipSync(compressible).subarray(0, -9), / is damaged after \d+ bytes/],
  ['gzip without its checksum', gzipSync(compressible).subarray(0, -8), / is damaged after \d+ bytes/],
  [
    'gzip with another checksum',
    flipped(gzipSync(compressible), gzipSync(compressible).length - 7),
    / is damaged after/,
  ],
  ['gzip of a tar that is cut', gzipSync(compressible.subarray(0, 3000)), /"more" has 5000 bytes, and 1464 are there$/],
  ['zstd that is cut', zstdCompressSync(compressible).subarray(0, -9), / is damaged after \d+ bytes/],
  ['zstd and then something else', Buffer.concat([zstdCompressSync(compressible), random]), / is damaged after/],
  [
    'a bomb',
    gzipSync(tarOf(good, { name: 'bad', size: base256(2n ** 40n) })),
    /holds more than 68719476736 bytes when/,
  ],
];

for (const [title, bytes, message] of refused) {
  test(`refused, and nothing is touched: ${title}`, async (t) => {
    const { outside, into, unpack, archive } = await archiveWorld(bytes);
    const before = await contentsOf(outside);
    const error = await t.throwsAsync(unpack({ taken: ['undercloud.qcow2'] }), { code: 'bad-archive', message });
    t.true(error?.message.startsWith(archive));
    const { [join('images', `.${name}.checked`)]: _note, ...after } = await contentsOf(outside);
    t.deepEqual(after, before, into);
  });
}

test('a compressed file that the disk has no room for is refused before it is written', async (t) => {
  const { unpack, into } = await archiveWorld(gzipSync(tarOf(good, { name: 'large', size: 2 ** 32 })));
  await t.throwsAsync(unpack({ freeBytes: () => Promise.resolve(2 ** 32 - 1) }), {
    code: 'disk-full',
    message: `the disk of ${into} has no room for large (4294967296 bytes) of ${join(into, name)}`,
  });
});

test('a thousand files are not too many', async (t) => {
  const { unpack } = await archiveWorld(many(1000));
  t.is((await unpack()).length, 1000);
});
