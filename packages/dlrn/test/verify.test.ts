import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { createTransfer } from '@tagflow/http';
import { type Check, parseFullHash } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { DlrnError } from '../src/error.ts';
import { decompressed } from '../src/verify/decompress.ts';
import { locate } from '../src/verify/location.ts';
import { readPrimary } from '../src/verify/primary.ts';
import { parseRepomd } from '../src/verify/repomd.ts';
import { verifyRepository } from '../src/verify/verify-repository.ts';

const where = 'http://127.0.0.1/repo/repodata/x.xml';

/** The bytes one by one and in one piece: nothing depends on where a piece ends. */
const cuts: readonly ((bytes: Buffer) => readonly Buffer[])[] = [
  (bytes) => [bytes],
  (bytes) => [...bytes].map((byte) => Buffer.from([byte])),
];

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

const repomd = (data: string): Buffer =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">
  <revision>1</revision>${data}
</repomd>`);
const location = '<location href="repodata/primary.xml.gz"/>';
const checksum = `<checksum type="sha256">${'a'.repeat(64)}</checksum>`;

test('a repomd.xml lists files with checksums and sizes, as createrepo and createrepo_c write them', async (t) => {
  const content = repomd(`
    <data type="primary">${checksum}<open-checksum type="sha512">${'B'.repeat(128)}</open-checksum>
      <location xml:base="sub" href="repodata/p&amp;q.xml.gz"/><timestamp>1</timestamp><size>12</size>
      <open-size>34</open-size></data>
    <data type="filelists"><checksum type="sha">${'c'.repeat(40)}</checksum><location href="f"/></data>`);
  t.deepEqual(await parseRepomd(content, where), [
    {
      ...{ type: 'primary', href: 'repodata/p&q.xml.gz', base: 'sub', size: 12, openSize: 34 },
      sum: { algorithm: 'sha256', hex: 'a'.repeat(64) },
      openSum: { algorithm: 'sha512', hex: 'b'.repeat(128) },
    },
    {
      ...{ type: 'filelists', href: 'f', base: null, size: null, openSize: null, openSum: null },
      sum: { algorithm: 'sha1', hex: 'c'.repeat(40) },
    },
  ]);
});

const badRepomds: readonly (readonly [string | Buffer, RegExp])[] = [
  ['', /is not XML that can be read/],
  ['<html><title>Log in</title></html>', /is an HTML page \("Log in"\)/],
  ['<metadata/>', /is no repomd\.xml: it begins with <metadata>/],
  [repomd(''), /lists no files/],
  [repomd(`<data type="primary">${checksum}</data>`), /primary has no location/],
  [repomd(`<data type="primary">${location}</data>`), /primary has no checksum/],
  [repomd(`<data type="primary">${location}${checksum}<size>-1</size></data>`), /size is "-1", expected a number/],
  [
    repomd(`<data type="primary">${location}<checksum type="crc32">ab</checksum></data>`),
    /checksum of the type "crc32"; known are sha, sha1, sha224, sha256, sha384, sha512/,
  ],
  [
    repomd(`<data type="primary">${location}<checksum type="sha256">ab</checksum></data>`),
    /has the checksum "ab", expected the 64 hex digits of sha256/,
  ],
  [repomd(`<data type="x">${checksum}${location}</data>`.repeat(101)), /lists more than 100 files/],
  ['<!DOCTYPE repomd [<!ENTITY a "b">]><repomd>&a;</repomd>', /has a document type/],
  ['<repomd>&secret;</repomd>', /is not XML that can be read.*entity/],
  [`<repomd>${'<a>'.repeat(100)}`, /more than 64 elements in each other/],
  ['<repomd><data>', /is not XML that can be read.*unclosed/],
  [Buffer.from([0x3c, 0x61, 0xff]), /is not XML that can be read/],
];

for (const [index, [text, says]] of badRepomds.entries()) {
  test(`no repomd.xml, ${index + 1}: ${says.source}`, async (t) => {
    await t.throwsAsync(parseRepomd(Buffer.from(text), where), { instanceOf: DlrnError, message: says });
  });
}

const primary = (packages: string, count: string | number): Buffer =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="${count}">
${packages}</metadata>`);
const heat = `<package type="rpm"><name>heat</name><arch>noarch</arch><version epoch="0" ver="1" rel="2"/>
  <checksum type="sha256" pkgid="YES">${'d'.repeat(64)}</checksum><summary>größe &lt;b&gt;</summary>
  <size package="77" installed="1" archive="2"/><location href="heat.rpm"/>
  <format><rpm:requires><rpm:entry name="size"/></rpm:requires><location href="not this one"/></format></package>`;

test('a primary.xml lists packages, wherever its bytes are cut', async (t) => {
  for (const cut of cuts) {
    const found = await readPrimary(piecesOf(cut(primary(heat, 1))), where);
    const sum = { algorithm: 'sha256', hex: 'd'.repeat(64) };
    t.deepEqual(found, [{ name: 'heat', href: 'heat.rpm', base: null, size: 77, sum }]);
  }
});

const badPrimaries: readonly (readonly [Buffer, RegExp])[] = [
  [primary('', 0), /lists no packages: the repository is empty/],
  [primary(heat, 2), /says that it lists "2" packages, and lists 1/],
  [primary(heat.replace('<location href="heat.rpm"/>', ''), 1), /package "heat" has no location/],
  [primary(heat.replace(/<checksum.*checksum>/, ''), 1), /package "heat" has no checksum/],
  [primary(heat.replace('package="77"', ''), 1), /package "heat" has no size/],
  [repomd(''), /is no primary\.xml: it begins with <repomd>/],
  [primary(`<package a="${'x'.repeat(1_200_000)}"/>`, 1), /has a text or a tag of more than 1048576 characters/],
];

for (const [content, says] of badPrimaries) {
  test(`no primary.xml: ${says.source}`, async (t) => {
    const pieces = Array.from({ length: Math.ceil(content.length / 65_536) }, (_, at) =>
      content.subarray(at * 65_536, (at + 1) * 65_536),
    );
    await t.throwsAsync(readPrimary(piecesOf(pieces), where), { instanceOf: DlrnError, message: says });
  });
}

async function opened(bytes: Buffer, openSize: number | null, cut = cuts[0]): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of decompressed(piecesOf(cut?.(bytes) ?? []), where, openSize)) all.push(piece);
  return Buffer.concat(all).toString();
}

test('metadata may be plain, gzip or zstd, whatever they are called', async (t) => {
  const text = '<metadata/>';
  for (const bytes of [Buffer.from(text), gzipSync(text), zstdCompressSync(text)]) {
    for (const cut of cuts) t.is(await opened(bytes, text.length, cut), text);
  }
});

const badCompressions: readonly (readonly [string, Buffer, number | null, RegExp])[] = [
  ['bzip2', Buffer.from('BZh91AY&SY'), null, /is compressed by bzip2, which cannot be read here/],
  ['xz', Buffer.from('fd377a585a000004', 'hex'), null, /is compressed by xz, which cannot be read here/],
  ['cut gzip', gzipSync('hello').subarray(0, 20), null, /is damaged, gzip cannot be decompressed/],
  ['cut zstd', zstdCompressSync('hello'.repeat(99)).subarray(0, 20), null, /is damaged, zstd cannot be decompressed/],
  ['a bomb', gzipSync(Buffer.alloc(30_000_000)), 1000, /holds more than 1000 bytes.*repomd\.xml says 1000/],
  ['too little', gzipSync('hello'), 6, /holds 5 bytes when it is decompressed, repomd\.xml says 6/],
];

for (const [title, bytes, openSize, says] of badCompressions) {
  test(`not read: ${title}`, async (t) => {
    await t.throwsAsync(opened(bytes, openSize), { instanceOf: DlrnError, message: says });
  });
}

const base = 'https://trunk.example.org/centos9/aa/bb/hash';

test('a location lies in the repository', (t) => {
  t.is(locate(base, { href: 'a+b~1.rpm', base: null }), `${base}/a+b~1.rpm`);
  t.is(locate(base, { href: './x/../a.rpm', base: null }), `${base}/a.rpm`);
  t.is(locate(base, { href: 'a.rpm', base: 'sub' }), `${base}/sub/a.rpm`);
  t.is(locate(base, { href: 'a.rpm', base: `${base}/sub/` }), `${base}/sub/a.rpm`);
});

const badLocations: readonly (readonly [string, string | null, RegExp])[] = [
  ['../a.rpm', null, /"\.\.\/a\.rpm" climbs out/],
  ['/a.rpm', null, /climbs out/],
  ['%2e%2e/a.rpm', null, /climbs out/],
  ['x%2f..%2f..%2f..%2fa.rpm', null, /climbs out/],
  [String.raw`..\..\a.rpm`, null, /climbs out/],
  ['a.rpm', '..', /climbs out/],
  ['a.rpm', `${base}2`, /climbs out/],
  ['//example.net/a.rpm', null, /is on another server, example\.net/],
  ['http://trunk.example.org/centos9/aa/bb/hash/a.rpm', null, /is on another server/],
  ['a.rpm', 'ftp://example.net/', /is on another server, example\.net/],
  ['file:///etc/passwd', null, /is on another server/],
  ['', null, /is no location/],
  ['a.rpm?x=1', null, /is no plain path/],
];

for (const [href, xmlBase, says] of badLocations) {
  test(`a location is refused: ${xmlBase ?? ''} ${href}`, (t) => {
    t.throws(() => locate(base, { href, base: xmlBase }), { instanceOf: DlrnError, message: says });
  });
}

const builds = ['compute', 'network'].map((component, index) => {
  const hash = `${String(index).repeat(40)}_${'f'.repeat(8)}`;
  const shard = hash.slice(0, 2);
  return { component, path: `component/${component}/${shard}/${shard}/${hash}` };
});

/** Serves an aggregate of two components below a name that its server has had elsewhere. */
async function serveAggregate(t: ExecutionContext, { change = '', cut = 0 } = {}) {
  const repo = builds
    .map(
      ({ component, path }) => `[delorean-component-${component}]\nbaseurl=https://builder.example.org/old/${path}\n`,
    )
    .join('');
  const fullHash = parseFullHash(createHash('md5').update(repo).digest('hex'));
  const rpm = Buffer.from('package');
  const sum = createHash('sha256').update(rpm).digest('hex');
  const packed = gzipSync(primary(heat.replace('d'.repeat(64), sum).replace('"77"', '"7"'), 1));
  const data = `<data type="primary">${location}<checksum type="sha1">${createHash('sha1').update(packed).digest('hex')}</checksum></data>`;
  const directory = `label/${fullHash.slice(0, 2)}/${fullHash.slice(2, 4)}/${fullHash}`;
  const pages = new Map<string, Buffer>([[`/${directory}/delorean.repo`, Buffer.from(repo + change)]]);
  for (const { path } of builds) {
    pages.set(`/${path}/repodata/repomd.xml`, repomd(data));
    pages.set(`/${path}/repodata/primary.xml.gz`, packed);
    pages.set(`/${path}/heat.rpm`, rpm);
  }
  let cuts = cut;
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? '');
    response.writeHead(page === undefined ? 404 : 200, { 'content-length': page?.length ?? 0 });
    if (request.method === 'GET' && request.url?.endsWith('.rpm') === true && cuts-- > 0) {
      response.write('pac', () => response.destroy());
    } else response.end(request.method === 'HEAD' ? undefined : page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close().closeAllConnections());
  const { signal } = new AbortController();
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const log = { debug: () => undefined, info: () => undefined, warning: () => undefined };
  const transfer = createTransfer({ clock, log, signal });
  t.teardown(() => transfer.close());
  const repoUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${directory}`;
  const checks: Check[] = [];
  const request = { fullHash, repoUrl, depth: 'full' } as const;
  await verifyRepository(request, (check) => checks.push(check), { transfer, clock, signal });
  return checks;
}

test('an aggregate is read where it is served, with the repositories of all its components', async (t) => {
  const checks = await serveAggregate(t);
  t.deepEqual(
    checks.map(({ kind, detail, ok }) => [kind, ok, detail]),
    [
      ['repository', true, 'delorean.repo has the md5 of the hash; repositories: 2'],
      ...builds.flatMap(() => [
        ['repository', true, 'lists primary'],
        ['repository', true, 'is there with its sha1; packages: 1'],
        ['packages', true, '1 of 1 packages are there with their sizes, 1 read with their checksums'],
      ]),
    ],
  );
});

test('a connection that breaks is tried again, and not for ever', async (t) => {
  t.true((await serveAggregate(t, { cut: 2 })).every(({ ok }) => ok));
  const failed = (await serveAggregate(t, { cut: 99 })).filter(({ ok }) => !ok);
  t.is(failed.length, 2);
  t.regex(failed[0]?.detail ?? '', /the repository does not answer: GET http:\S+heat\.rpm/);
});

test('another delorean.repo is not that of the aggregate', async (t) => {
  const [check, ...more] = await serveAggregate(t, { change: '# changed\n' });
  t.deepEqual(more, []);
  t.regex(check?.detail ?? '', /delorean\.repo has the md5 [0-9a-f]{32}, and the hash is [0-9a-f]{32}/);
});
