import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '@tagflow/store';
import test, { type ExecutionContext } from 'ava';
import { fetchImages } from '../src/fetch/fetch-images.ts';
import { wantedFromSums } from '../src/fetch/wanted-from-sums.ts';
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

/** What a user sees: notes and parts are hidden. */
async function visibleIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
}

const cachedPath = (cache: string, file: Sample): string =>
  join(cache, file.name, `0.0.0-sha256-${entryOf(file).sha256}`, 'noarch', file.name);

/** Breaks the first answer off, and refuses all others while the server is down. */
function breakOff(bytes: number) {
  const down = { yes: true };
  let answers = 0;
  const fault: Fault = ({ path }) => {
    if (!down.yes || !path.endsWith(big.name)) return undefined;
    answers += 1;
    // The first is a HEAD.
    if (answers === 1) return undefined;
    return answers === 2 ? { cutAfterBytes: bytes } : { status: 503 };
  };
  return { down, fault };
}

async function start(t: ExecutionContext, fault?: Fault) {
  const root = await temporaryFolder();
  await writeSamples(join(root, 'hash'));
  const { store, server } = await httpWorld(t, root, fault);
  // As another process: a store remembers for a while that its server is down.
  const again = { store: openStore(server.url, { effects: testEffects() }), directory: 'hash' };
  t.teardown(() => again.store.close());
  const into = join(await temporaryFolder(), 'images');
  return { root, server, source: { store, directory: 'hash' }, again, into };
}

test('fetches images, and has nothing to do the second time', async (t) => {
  const { source, into, server } = await start(t);
  const report = await fetchImages({ source, images, into }, testEffects());
  t.deepEqual(report, {
    images: [...images],
    files: images.map(({ name, size }) => ({ name, size, moved: size, saved: 0 })),
    changed: true,
    bytesMoved: total,
    bytesSaved: 0,
  });
  for (const { name, bytes } of sampleFiles) t.deepEqual(await readFile(join(into, name)), bytes);
  t.deepEqual(
    await visibleIn(into),
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
  t.deepEqual(
    await visibleIn(cache),
    images.map(({ name }) => name),
  );
  const requests = server.requests().length;
  const other = await temporaryFolder();
  t.like(await fetchImages({ source, images, into: other, cache }, testEffects()), {
    bytesMoved: 0,
    bytesSaved: total,
  });
  t.is(server.requests().length, requests);
  await writeFile(join(other, big.name), 'changed in place');
  await writeFile(cachedPath(cache, big), 'rotten');
  t.like(await fetchImages({ source, images, into: other, cache }, testEffects()), { bytesMoved: big.bytes.length });
  t.deepEqual(await readFile(join(other, big.name)), big.bytes);
});

test('goes on where an interrupted run stopped', async (t) => {
  const { down, fault } = breakOff(400_000);
  const { source, again, into, server } = await start(t, fault);
  await t.throwsAsync(fetchImages({ source, images: [entryOf(big)], into }, testEffects()), { code: 'unreachable' });
  t.false((await readdir(into)).includes(big.name));
  down.yes = false;
  const report = await fetchImages({ source: again, images: [entryOf(big)], into }, testEffects());
  t.deepEqual([report.bytesMoved, report.bytesSaved], [300_003, 400_000]);
  t.deepEqual(await readFile(join(into, big.name)), big.bytes);
  t.deepEqual(await visibleIn(into), [big.name]);
  t.is(server.requests().at(-1)?.range, 'bytes=400000-700002');
});

test('never joins two files: a part of another version is not continued', async (t) => {
  const { down, fault } = breakOff(400_000);
  const { root, source, again, into } = await start(t, fault);
  const second = { name: big.name, bytes: Buffer.alloc(big.bytes.length, 'another') };
  await writeFile(join(root, 'second'), second.bytes);
  await t.throwsAsync(fetchImages({ source, images: [entryOf(big)], into }, testEffects()), { code: 'unreachable' });
  down.yes = false;
  await rename(join(root, 'second'), join(root, 'hash', big.name));
  await t.throwsAsync(fetchImages({ source: again, images: [entryOf(big)], into }, testEffects()), {
    code: 'checksum-mismatch',
  });
  t.deepEqual(await readdir(into), []);
  const report = await fetchImages({ source: again, images: [entryOf(second)], into }, testEffects());
  t.is(report.bytesMoved, second.bytes.length);
  t.deepEqual(await readFile(join(into, big.name)), second.bytes);
});

test('begins again when the part that was left is torn', async (t) => {
  const { down, fault } = breakOff(400_000);
  const { source, again, into } = await start(t, fault);
  await t.throwsAsync(fetchImages({ source, images: [entryOf(big)], into }, testEffects()));
  down.yes = false;
  const part = (await readdir(into)).find((name) => name.endsWith('.part')) ?? '';
  await writeFile(join(into, part), Buffer.alloc((await stat(join(into, part))).size));
  const report = await fetchImages({ source: again, images: [entryOf(big)], into }, testEffects());
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
  t.deepEqual(await readFile(cachedPath(cache, big)), big.bytes);
  await writeFile(join(root, 'hash', `${name}.md5`), `${'0'.repeat(32)}  ${name}\n`);
  const bad = await wantedFromSums(source, [name], 'public');
  await t.throwsAsync(fetchImages({ source, images: bad, into, cache }, testEffects()), { code: 'checksum-mismatch' });
  await t.throwsAsync(wantedFromSums(source, ['ironic-python-agent.tar'], 'public'), { code: 'no-checksum' });
});

test('two runs that share a cache do not disturb each other', async (t) => {
  const { source, server } = await start(t);
  const cache = await temporaryFolder();
  const folders = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
  await Promise.all(folders.map((into) => fetchImages({ source, images, into, cache }, testEffects())));
  for (const into of folders) {
    for (const { name, bytes } of sampleFiles) t.true(bytes.equals(await readFile(join(into, name))));
  }
  for (const file of sampleFiles) t.true(file.bytes.equals(await readFile(cachedPath(cache, file))));
  // One of them fetches, the others take it from the cache.
  t.is(server.bytesSent(), total);
});

test('an empty list is no success', async (t) => {
  const { source, into } = await start(t);
  await t.throwsAsync(fetchImages({ source, images: [], into }, testEffects()), { code: 'no-images' });
});
