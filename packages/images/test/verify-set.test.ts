import { gzipSync, zstdCompressSync } from 'node:zlib';
import test from 'ava';
import { ImagesError } from '../src/error.ts';
import { lookInto } from '../src/verify-set/look-into.ts';
import { sourceOf } from '../src/verify-set/piece-source.ts';
import { readQcow2Header } from '../src/verify-set/qcow2-header.ts';
import { memberOf, tarOf } from './unpack-world.ts';

/** A header that is right: version 3, clusters of 64 KiB, one entry in the table, an image of 1 GiB. */
function qcow2(change: (header: Buffer) => void = () => undefined): Buffer {
  const header = Buffer.alloc(512);
  header.write('QFI\u00fb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(1n << 30n, 24);
  header.writeUInt32BE(2, 36);
  header.writeBigUInt64BE(65_536n, 40);
  header.writeUInt32BE(104, 100);
  change(header);
  return header;
}

const size = 200_000;

test('a qcow2 header is read, of both versions', (t) => {
  t.deepEqual(readQcow2Header(qcow2(), size), { virtualSize: 1 << 30, version: 3 });
  const old = qcow2((header) => {
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(0, 100);
  });
  t.deepEqual(readQcow2Header(old, size), { virtualSize: 1 << 30, version: 2 });
});

const badHeaders: readonly (readonly [string, RegExp, (header: Buffer) => void])[] = [
  ['magic', /does not begin as a qcow2/, (header) => header.write('QFI\u00fc', 0, 'latin1')],
  ['version', /version is 4, expected 2 or 3/, (header) => header.writeUInt32BE(4, 4)],
  ['small clusters', /cluster bits are 8, expected 9 to 21/, (header) => header.writeUInt32BE(8, 20)],
  ['big clusters', /cluster bits are 22/, (header) => header.writeUInt32BE(22, 20)],
  ['short header', /header length is missing/, (header) => header.writeUInt32BE(72, 100)],
  ['odd header', /header length is 105/, (header) => header.writeUInt32BE(105, 100)],
  ['no size', /virtual size is 0/, (header) => header.writeBigUInt64BE(0n, 24)],
  [
    'backing file',
    /needs another file, "\/var\/lib\/base\.img"/,
    (header) => {
      header.writeBigUInt64BE(200n, 8);
      header.writeUInt32BE(header.write('/var/lib/base.img', 200), 16);
    },
  ],
  ['far backing file', /whose name cannot be read/, (header) => header.writeBigUInt64BE(1n << 40n, 8)],
  ['encrypted', /is encrypted \(method 2\)/, (header) => header.writeUInt32BE(2, 32)],
  ['dirty', /is marked dirty/, (header) => header.writeBigUInt64BE(1n, 72)],
  ['corrupt', /is marked corrupt/, (header) => header.writeBigUInt64BE(2n, 72)],
  ['data elsewhere', /data lie in another file/, (header) => header.writeBigUInt64BE(4n, 72)],
  ['table beyond the end', /table of clusters is at byte 262144/, (header) => header.writeBigUInt64BE(262_144n, 40)],
  ['table not at a cluster', /table of clusters is at byte 7/, (header) => header.writeBigUInt64BE(7n, 40)],
  ['small table', /has 1 entries, and needs 2/, (header) => header.writeUInt32BE(1, 36)],
];

for (const [title, says, change] of badHeaders) {
  test(`a qcow2 header is refused: ${title}`, (t) => {
    const facts = readQcow2Header(qcow2(change), size);
    t.regex('problem' in facts ? facts.problem : '', says);
  });
}

test('a qcow2 that ends in its header is refused', (t) => {
  t.deepEqual(readQcow2Header(qcow2().subarray(0, 50), 50), {
    problem: 'it has 50 bytes, and the header of a qcow2 has at least 72',
  });
});

const disk = Buffer.concat([qcow2(), Buffer.alloc(100_000, 'disk')]);
const whole = [
  { name: 'overcloud-full.qcow2', bytes: disk },
  { name: './overcloud-full.initrd', bytes: 'ramdisk' },
  { name: 'overcloud-full.vmlinuz', bytes: 'kernel' },
];

/** Looks into bytes that come in pieces of a size. */
async function look(bytes: Buffer, name = 'overcloud-full.tar', piece = 10_000) {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  };
  const source = sourceOf(pieces(), bytes.length);
  const contents = await lookInto(source, name, name);
  await source.finish();
  return { ...contents, position: source.position() };
}

const what = 'a tar of overcloud-full.qcow2, overcloud-full.initrd, overcloud-full.vmlinuz';

test('a tar is walked while it passes, plain or compressed, however its bytes are cut', async (t) => {
  const tar = tarOf(...whole);
  for (const piece of [1, 511, 1 << 20]) {
    t.deepEqual(await look(tar, 'x.tar', piece), { what, problems: [], position: tar.length });
  }
  const packed = [
    ['gzip', 'x.tar.gz', gzipSync(tar)],
    ['zstd', 'x.tar', zstdCompressSync(tar)],
  ] as const;
  for (const [kind, name, bytes] of packed) {
    t.deepEqual(await look(bytes, name), { what: `${what}, ${kind}`, problems: [], position: bytes.length });
  }
});

test('a file of another kind is only what it is', async (t) => {
  const kernel = await look(Buffer.from('kernel'), 'ironic-python-agent.kernel');
  t.deepEqual(kernel, { what: 'a file', problems: [], position: 6 });
  const undercloud = await look(disk, 'undercloud.qcow2');
  t.deepEqual(undercloud, { what: 'a qcow2, version 3, of 1073741824 bytes', problems: [], position: disk.length });
});

const problems: readonly (readonly [string, Buffer, RegExp, string?])[] = [
  ['a file that is no qcow2', Buffer.from('hello'), /x\.qcow2: it does not begin as a qcow2 does/, 'x.qcow2'],
  ['a kernel alone', tarOf(...whole.slice(2)), /holds overcloud-full\.vmlinuz and no \.initrd/],
  ['a ramdisk alone', tarOf({ name: 'ipa.initramfs', bytes: 'x' }), /holds ipa\.initramfs and no \.kernel/],
  ['an empty member', tarOf(...whole, { name: 'empty' }), /empty in it is empty/],
  ['a broken qcow2', tarOf({ name: 'a.qcow2', bytes: 'x' }), /a\.qcow2 in it: it does not begin as a qcow2 does/],
];

for (const [title, bytes, says, name] of problems) {
  test(`a problem: ${title}`, async (t) => {
    const contents = await look(bytes, name);
    t.is(contents.problems.length, 1);
    t.regex(contents.problems[0] ?? '', says);
    t.is(contents.position, bytes.length);
  });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8((copy.at(at) ?? 0) ^ 1, bytes.length + at);
  return copy;
}

// As tar pads to whole records, and more.
const padded = Buffer.concat([tarOf(...whole), Buffer.alloc(1 << 20)]);

const refused: readonly (readonly [string, Buffer, RegExp])[] = [
  ['cut', tarOf(...whole).subarray(0, 50_000), /x\.tar\.gz is cut short: "overcloud-full\.qcow2" has \d+ bytes/],
  ['no end', memberOf({ name: 'a', bytes: 'x' }), /x\.tar\.gz is cut short: it ends at byte 1024/],
  ['a climbing name', tarOf({ name: '../a', bytes: 'x' }), /holds "\.\.\/a", which climbs out of the folder/],
  ['a link', tarOf({ name: 'a', type: '2', link: '/etc/passwd' }), /holds "a", which is a symbolic link/],
  ['a web page', Buffer.from('<html></html>'), /is no tar archive, but a web page/],
  ['damaged gzip', gzipSync(tarOf(...whole)).subarray(0, 300), /is damaged after \d+ bytes of what it holds/],
  ['cut before it was packed', gzipSync(tarOf(...whole).subarray(0, 50_000)), /is cut short: "overcloud-full\.qcow2"/],
  ['a wrong checksum at the end of gzip', flipped(gzipSync(padded), -6), /is damaged after \d+ bytes/],
  ['xz', Buffer.from('fd377a585a000004', 'hex'), /is compressed by xz, which cannot be read here/],
];

for (const [title, bytes, says] of refused) {
  test(`refused: ${title}`, async (t) => {
    await t.throwsAsync(look(bytes, 'x.tar.gz'), { instanceOf: ImagesError, message: says });
  });
}
