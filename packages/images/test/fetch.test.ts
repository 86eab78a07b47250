import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fetchImages, wantedFromSums } from '../src/fetch-images.ts';
import {
  entryOf,
  httpWorld,
  type Sample,
  sampleFiles,
  setOfSamples,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const total = sampleFiles.reduce((sum, { bytes }) => sum + bytes.length, 0);
const images = setOfSamples().images;
const big = sampleFiles[1] as Sample;

type Fault = Parameters<typeof httpWorld>[2];

async function start(t: ExecutionContext, fault?: Fault) {
  const root = await temporaryFolder();
  await writeSamples(join(root, 'hash'));
  const { store, server } = await httpWorld(t, root, fault);
  return { root, server, source: { store, directory: 'hash' }, into: join(await temporaryFolder(), 'images') };
}

test('fetches images, and has nothing to do the second time', async (t) => {
  const { source, into, server } = await start(t);
  const report = await fetchImages({ source, images, into }, testEffects());
  t.deepEqual(report, { images: [...images], bytesMoved: total, bytesSaved: 0 });
  for (const { name, bytes } of sampleFiles) t.deepEqual(await readFile(join(into, name)), bytes);
  t.deepEqual(
    (await readdir(into)).sort(),
    sampleFiles.map(({ name }) => name),
  );
  const requests = server.requests().length;
  t.like(await fetchImages({ source, images, into }, testEffects()), { bytesMoved: 0, bytesSaved: total });
  t.is(server.requests().length, requests);
});

test('keeps files in a cache that later runs and other folders share', async (t) => {
  const { source, into, server } = await start(t);
  const cache = join(await temporaryFolder(), 'cache');
  await fetchImages({ source, images, into, cache }, testEffects());
  t.deepEqual((await readdir(cache)).sort(), images.map(({ sha256 }) => sha256).sort());
  const requests = server.requests().length;
  const other = await temporaryFolder();
  t.like(await fetchImages({ source, images, into: other, cache }, testEffects()), {
    bytesMoved: 0,
    bytesSaved: total,
  });
  t.is(server.requests().length, requests);
  await writeFile(join(other, big.name), 'changed in place');
  await writeFile(join(cache, entryOf(big).sha256), 'rotten');
  t.like(await fetchImages({ source, images, into: other, cache }, testEffects()), { bytesMoved: big.bytes.length });
  t.deepEqual(await readFile(join(other, big.name)), big.bytes);
});

test('goes on where an interrupted run stopped', async (t) => {
  let failing = true;
  const { source, into, server } = await start(t, ({ path, range }) => {
    if (!failing || !path.endsWith(big.name)) return undefined;
    return range === null ? { cutAfterBytes: 400_000 } : { status: 503 };
  });
  await t.throwsAsync(fetchImages({ source, images: [entryOf(big)], into }, testEffects()), { code: 'unreachable' });
  t.false((await readdir(into)).includes(big.name));
  failing = false;
  const report = await fetchImages({ source, images: [entryOf(big)], into }, testEffects());
  t.deepEqual([report.bytesMoved, report.bytesSaved], [300_003, 400_000]);
  t.deepEqual(await readFile(join(into, big.name)), big.bytes);
  t.deepEqual(await readdir(into), [big.name]);
  t.is(server.requests().at(-1)?.range, 'bytes=400000-');
});

test('never joins two files: a part of another version is not continued', async (t) => {
  let failing = true;
  const { root, source, into } = await start(t, ({ range }) =>
    failing ? (range === null ? { cutAfterBytes: 400_000 } : { status: 503 }) : undefined,
  );
  const second = { name: big.name, bytes: Buffer.alloc(big.bytes.length, 'another') };
  await writeFile(join(root, 'second'), second.bytes);
  await t.throwsAsync(fetchImages({ source, images: [entryOf(big)], into }, testEffects()), { code: 'unreachable' });
  failing = false;
  await rename(join(root, 'second'), join(root, 'hash', big.name));
  await t.throwsAsync(fetchImages({ source, images: [entryOf(big)], into }, testEffects()), {
    code: 'checksum-mismatch',
  });
  t.deepEqual(await readdir(into), []);
  const report = await fetchImages({ source, images: [entryOf(second)], into }, testEffects());
  t.is(report.bytesMoved, second.bytes.length);
  t.deepEqual(await readFile(join(into, big.name)), second.bytes);
});

test('begins again when the part that was left is torn', async (t) => {
  let failing = true;
  const { source, into } = await start(t, ({ range }) =>
    failing ? (range === null ? { cutAfterBytes: 400_000 } : { status: 503 }) : undefined,
  );
  await t.throwsAsync(fetchImages({ source, images: [entryOf(big)], into }, testEffects()));
  failing = false;
  const part = (await readdir(into)).find((name) => name.endsWith('.part')) ?? '';
  await writeFile(join(into, part), Buffer.alloc((await stat(join(into, part))).size));
  const report = await fetchImages({ source, images: [entryOf(big)], into }, testEffects());
  t.is(report.bytesMoved, 300_003 + big.bytes.length);
  t.deepEqual(await readFile(join(into, big.name)), big.bytes);
});

test('refuses bytes that have not the promised digest, and leaves nothing behind', async (t) => {
  const { source, into } = await start(t);
  const wrong = { ...entryOf(big), sha256: '0'.repeat(64) };
  await t.throwsAsync(fetchImages({ source, images: [wrong], into }, testEffects()), {
    code: 'checksum-mismatch',
    message: /expected 700003 bytes, sha256 0+/,
  });
  t.deepEqual(await readdir(into), []);
});

test('fetches from a tree that has nothing but .md5 files', async (t) => {
  const { root, source, into } = await start(t);
  const { md5, name } = entryOf(big);
  await writeFile(join(root, 'hash', `${name}.md5`), `${md5}  ${name}\n`);
  const wanted = await wantedFromSums(source, [name], 'public');
  const cache = await temporaryFolder();
  const report = await fetchImages({ source, images: wanted, into, cache }, testEffects());
  t.deepEqual(report.images, [entryOf(big)]);
  t.deepEqual(await readdir(cache), [`md5-${md5}`]);
  await writeFile(join(root, 'hash', `${name}.md5`), `${'0'.repeat(32)}  ${name}\n`);
  const bad = await wantedFromSums(source, [name], 'public');
  await t.throwsAsync(fetchImages({ source, images: bad, into, cache }, testEffects()), { code: 'checksum-mismatch' });
  await t.throwsAsync(wantedFromSums(source, ['ironic-python-agent.tar'], 'public'), { code: 'no-checksum' });
});

test('two runs that share a cache do not disturb each other', async (t) => {
  const { source } = await start(t);
  const cache = await temporaryFolder();
  const folders = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
  await Promise.all(folders.map((into) => fetchImages({ source, images, into, cache }, testEffects())));
  for (const into of folders) {
    for (const { name, bytes } of sampleFiles) t.true(bytes.equals(await readFile(join(into, name))));
  }
  t.deepEqual((await readdir(cache)).sort(), images.map(({ sha256 }) => sha256).sort());
});

test('an empty list is no success', async (t) => {
  const { source, into } = await start(t);
  await t.throwsAsync(fetchImages({ source, images: [], into }, testEffects()), { code: 'no-images' });
});
