import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { zipOf } from '@tagflow/lab';
import { createReportFolder } from '../src/ci-system/report-files.ts';
import { readZip, type ZipEntry } from '../src/github/zip.ts';

async function entriesOf(t: ExecutionContext, archive: Buffer): Promise<readonly ZipEntry[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-zip-'));
  await writeFile(join(folder, 'a.zip'), archive);
  const file = await open(join(folder, 'a.zip'));
  t.teardown(async () => {
    await file.close();
    await rm(folder, { recursive: true, force: true });
  });
  return readZip(file);
}

async function contentOf(entry: ZipEntry | undefined): Promise<string> {
  const pieces: Buffer[] = [];
  await entry?.pour((piece) => Promise.resolve(void pieces.push(Buffer.from(piece))));
  return Buffer.concat(pieces).toString();
}

const files = new Map([
  ['a/b.xml', Buffer.from('<testsuites/>')],
  ['c.xml', Buffer.alloc(200_000, 'long ')],
]);

test('the files of an archive, and nothing but the bytes that it promises', async (t) => {
  const [first, second, ...more] = await entriesOf(t, zipOf(files));
  t.like(first, { path: 'a/b.xml', size: 13 });
  t.is(await contentOf(first), '<testsuites/>');
  t.is(await contentOf(second), 'long '.repeat(40_000));
  t.deepEqual(more, []);
  t.deepEqual(await entriesOf(t, zipOf(new Map())), []);
});

/** Returns the archive with some bytes of its first directory entry, or of its end, written over. */
function changed(at: 'directory' | 'end' | 'local', offset: number, bytes: readonly number[]): Buffer {
  const archive = zipOf(files);
  const marks = { directory: 'PK\x01\x02', end: 'PK\x05\x06', local: 'PK\x03\x04' };
  archive.set(bytes, archive.indexOf(marks[at], 0, 'latin1') + offset);
  return archive;
}

function twice(): Buffer {
  const archive = zipOf(new Map(['a.xml', 'b.xml'].map((path) => [path, Buffer.from('x')])));
  for (let at = archive.indexOf('b.xml'); at >= 0; at = archive.indexOf('b.xml')) archive.write('a', at);
  return archive;
}

const broken: readonly (readonly [string, Buffer, RegExp])[] = [
  ['no archive', Buffer.from('<html>'), /it is none/],
  ['nothing', Buffer.alloc(0), /it is none/],
  ['cut off', zipOf(files).subarray(0, -5), /it is none/],
  ['encrypted', changed('directory', 8, [1]), /is encrypted/],
  ['another packing', changed('directory', 10, [14]), /a way that is not known \(14\)/],
  ['a link', changed('directory', 41, [0xa1]), /is no plain file/],
  ['ZIP64', changed('end', 16, [255, 255, 255, 255]), /form ZIP64/],
  ['a directory elsewhere', changed('end', 16, [255, 255, 255, 0]), /is cut off/],
  ['several parts', changed('end', 4, [1]), /several parts/],
  ['more files than there are', changed('end', 8, [9, 0, 9, 0]), /directory is broken/],
  ['a file twice', twice(), /has "a.xml" twice/],
];

for (const [what, archive, message] of broken) {
  test(`an archive that is refused: ${what}`, async (t) => {
    await t.throwsAsync(entriesOf(t, archive), { code: 'reports-refused', message });
  });
}

const lying: readonly (readonly [string, Buffer, RegExp])[] = [
  ['longer than promised', changed('directory', 24, [5]), /longer than its directory says/],
  ['shorter than promised', changed('directory', 24, [14]), /is not what its directory says/],
  ['another checksum', changed('directory', 16, [1, 2, 3, 4]), /is not what its directory says/],
  ['another name in front of it', changed('local', 30, [0x7a]), /not where its directory says/],
  ['no deflated bytes', changed('local', 37, [255, 255, 255]), /cannot be unpacked|not what its directory says/],
];

for (const [what, archive, message] of lying) {
  test(`a file that is refused: ${what}`, async (t) => {
    const [first] = await entriesOf(t, archive);
    await t.throwsAsync(contentOf(first), { code: 'reports-refused', message });
  });
}

test('a file that would fill the disk stops where the limit is, and leaves nothing', async (t) => {
  const bomb = zipOf(new Map([['bomb.xml', Buffer.alloc(4_000_000)]]));
  t.true(bomb.length < 10_000);
  const [entry] = await entriesOf(t, bomb);
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-zip-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const reports = createReportFolder(folder, 'x', { files: 2, fileBytes: 100_000, bytes: 150_000 });
  if (entry === undefined) return t.fail();
  await t.throwsAsync(reports.write(entry.path, entry.pour), { message: /bomb.xml is longer than 100000 bytes/ });
  await t.throwsAsync(open(join(folder, 'bomb.xml')), { code: 'ENOENT' });
  await t.throwsAsync(reports.write('../x', entry.pour), { message: /no path below a folder/ });
  await reports.write('small', (sink) => sink(Buffer.from('x')));
  await t.throwsAsync(
    reports.write('third', (sink) => sink(Buffer.from('x'))),
    { message: /more than 2/ },
  );
});
