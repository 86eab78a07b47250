import { existsSync } from 'node:fs';
import { cp, lstat, mkdir, open, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readSeen } from '../src/cache/seen.ts';
import { bring, day, imageOf, newFolder, openCache, signal, toolFolder } from './cache-world.ts';

const name = 'overcloud-full.tar';
const bytes = Buffer.alloc(300_007, 'overcloud');
const image = imageOf(name, bytes);

/** What semver says of a version (semver.org, 9 and 10): here three numbers and a prerelease of identifiers. */
function isSemver(version: string): boolean {
  const [numbers = '', ...rest] = version.split('-');
  const identifiers = rest.join('-').split('.');
  return (
    version.length <= 256 &&
    /^\d\.\d\.\d$/.test(numbers) &&
    identifiers.every((one) => /^[0-9A-Za-z-]+$/.test(one) && !/^0\d+$/.test(one))
  );
}

test("an entry stands where tool-cache's find looks for it", async (t) => {
  const { root, cache } = await openCache();
  const found = await bring(cache, name, bytes, { index: Buffer.from('index') });
  const cachePath = toolFolder(root, name, image.sha256);
  t.true(existsSync(cachePath) && existsSync(`${cachePath}.complete`));
  t.deepEqual(found, { path: `${cachePath}/${name}`, indexPath: `${cachePath}/${name}.cidx`, image });
  t.deepEqual(await readFile(found.path), bytes);
  t.is(await readFile(found.indexPath ?? '', 'utf8'), 'index');
  t.deepEqual((await readdir(cachePath)).sort(), [`.${name}.checked`, name, `${name}.cidx`]);
  t.deepEqual((await readdir(root)).sort(), ['.tagflow-images', name]);
  for (const folder of ['parts', 'trash']) t.deepEqual(await readdir(join(root, '.tagflow-images', folder)), []);
});

test('its version is one for semver, whatever the digits of the digest are', (t) => {
  for (const digest of ['0'.repeat(64), '1'.repeat(64), 'e'.repeat(64), `0${'9'.repeat(63)}`]) {
    t.true(isSemver(toolFolder('', name, digest).split('/')[2] ?? ''));
  }
  t.false(isSemver(`0.0.0-sha256.${'0'.repeat(64)}`), 'the form that was not taken');
});

test('an entry is found without reading it, by sha256 or by md5, also by later openings', async (t) => {
  const { root, cache } = await openCache();
  const { path } = await bring(cache, name, bytes, { known: 'md5' });
  t.is((await readSeen(path))?.sha256, image.sha256);
  await cache.close();
  const later = await openCache({ root });
  for (const wanted of [image, { ...image, size: null, sha256: null }, { ...image, md5: null }]) {
    t.like(await later.cache.find(wanted, signal), { path, indexPath: null });
  }
  const others = [
    imageOf(name, Buffer.from('other')),
    { ...image, name: 'undercloud.tar' },
    { ...image, size: null, sha256: null, md5: '0'.repeat(32) },
    { ...image, size: 1 },
  ];
  for (const wanted of others) t.is(await later.cache.find(wanted, signal), null);
  t.true(existsSync(path), 'what somebody else says about it is no reason to remove it');
});

test('the md5 that a set claims is hearsay', async (t) => {
  const { cache } = await openCache();
  await bring(cache, name, bytes);
  t.is(await cache.find({ ...image, size: null, sha256: null }, signal), null);
});

test('an entry that was moved to another disk is read once, and believed then', async (t) => {
  const { root, cache } = await openCache();
  await bring(cache, name, bytes, { known: 'md5' });
  const copy = await newFolder('copy');
  await cp(root, copy, { recursive: true, preserveTimestamps: true });
  const moved = await openCache({ root: copy });
  const path = `${toolFolder(copy, name, image.sha256)}/${name}`;
  t.is(await readSeen(path), null);
  t.like(await moved.cache.find({ ...image, size: null, sha256: null }, signal), { path, image });
  // The copy may be younger than a tick: then the next look reads it, too.
  t.like(await moved.cache.find(image, signal), { path, image });
});

test('a damaged entry is removed with a warning', async (t) => {
  const { root, cache, said } = await openCache();
  const { path } = await bring(cache, name, bytes);
  await writeFile(path, Buffer.alloc(bytes.length, 'rotten'));
  t.is(await cache.find(image, signal), null);
  t.is(said.length, 1);
  t.regex(said[0] ?? '', /overcloud-full\.tar is damaged \(its sha256 is [0-9a-f]{64}\): it is removed/);
  t.deepEqual(await readdir(join(root, name)), []);
  t.deepEqual(await readFile((await bring(cache, name, bytes)).path), bytes);
});

test('an entry that is not complete is nobody’s, and the next arrival takes its place', async (t) => {
  const { root, cache } = await openCache();
  const files = toolFolder(root, name, image.sha256);
  await mkdir(files, { recursive: true });
  await writeFile(join(files, name), bytes.subarray(0, 1000));
  t.is(await cache.find(image, signal), null);
  const { path } = await bring(cache, name, bytes);
  t.deepEqual(await readFile(path), bytes);
  await rm(`${files}.complete`);
  t.is(await cache.find(image, signal), null);
});

test('what a killed job left is where the next one begins', async (t) => {
  const { root, cache } = await openCache();
  const parts = join(root, '.tagflow-images/parts');
  const part = join(parts, `${name}.${image.sha256}.part`);
  const lefts: readonly (readonly [string, string])[] = [
    ['half of it', part],
    ['all of it', `${part}.whole`],
    ['all of it, about to become an entry', `${part}.entry/noarch/${name}`],
  ];
  for (const [title, path] of lefts) {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, title);
    const reserved = await cache.reserve(image, signal);
    if (reserved.found !== null) return t.fail('there is no entry');
    t.is(reserved.reservation.part, part);
    t.is(await readFile(part, 'utf8'), title);
    await reserved.reservation.release();
    t.deepEqual(await readdir(parts), [`${name}.${image.sha256}.part`], title);
  }
});

test('older images of the name that have an index are what a delta builds on, the last used first', async (t) => {
  const { cache, clock } = await openCache();
  const olds = ['one', 'two', 'three', 'bare'].map((text) => Buffer.from(text));
  for (const old of olds) {
    await bring(cache, name, old, { index: old === olds[3] ? null : Buffer.from('index') });
    clock.advance(1000);
  }
  await bring(cache, 'undercloud.tar', bytes, { index: Buffer.from('index') });
  await cache.find(imageOf(name, olds[0]!), signal);
  const sha256 = (index: number): string => imageOf(name, olds[index]!).sha256;
  const bases = await cache.bases(image, 2);
  t.deepEqual(
    bases.map((base) => base.sha256),
    [sha256(0), sha256(2)],
  );
  t.deepEqual(await readFile(bases[0]?.path ?? ''), olds[0]);
  t.is(await readFile(bases[0]?.indexPath ?? '', 'utf8'), 'index');
  t.deepEqual(
    (await cache.bases(imageOf(name, olds[0]!), 9)).map((base) => base.sha256),
    [sha256(2), sha256(1)],
  );
});

test('places a copy with its holes, whole or not at all', async (t) => {
  const { cache, root } = await openCache();
  const source = join(await newFolder('source'), 'sparse');
  const file = await open(source, 'wx');
  await file.write(Buffer.alloc(100_000, 1), 0, 100_000, 0);
  await file.write(Buffer.alloc(70_000, 2), 0, 70_000, 20_000_000);
  await file.truncate(40_000_001);
  await file.close();
  const content = await readFile(source);
  const sparse = imageOf('sparse.qcow2', content);
  const reserved = await cache.reserve(sparse, signal);
  if (reserved.found !== null) return t.fail('there is no entry');
  await rename(source, reserved.reservation.target);
  const found = await reserved.reservation.complete(sparse, null);
  await reserved.reservation.release();

  const folder = await newFolder('job');
  const to = join(folder, sparse.name);
  await writeFile(to, 'an older one');
  await cache.place(found, to, signal);
  t.true((await readFile(to)).equals(content));
  const { blocks, ino } = await stat(to);
  t.true(blocks * 512 < 2_000_000, `${blocks * 512} bytes of disk for 170 kB of data`);
  t.not(ino, (await stat(found.path)).ino, 'never a second name of the same file');
  t.is((await readSeen(to))?.sha256, sparse.sha256, 'the next run reads nothing');

  await writeFile(to, 'kept');
  const aborted = AbortSignal.abort(new Error('stop'));
  await t.throwsAsync(cache.place(found, to, aborted), { message: 'stop' });
  t.is(await readFile(to, 'utf8'), 'kept');
  t.deepEqual((await readdir(folder)).sort(), [`.${sparse.name}.checked`, sparse.name]);
  t.deepEqual(await readdir(join(root, '.tagflow-images/parts')), []);
});

test('links are not followed, neither out of the cache nor into a trap', async (t) => {
  const outside = await newFolder('outside');
  const version = `0.0.0-sha256-${image.sha256}`;
  const files = join(outside, version, 'noarch');
  await mkdir(files, { recursive: true });
  await writeFile(join(files, name), bytes);
  await writeFile(`${files}.complete`, '');

  const byName = await openCache();
  await symlink(outside, join(byName.root, name));
  t.is(await byName.cache.find(image, signal), null);
  await t.throwsAsync(bring(byName.cache, name, bytes), { code: 'bad-layout', message: /leads out of the cache/ });

  const byVersion = await openCache();
  await mkdir(join(byVersion.root, name));
  await symlink(join(outside, version), join(byVersion.root, name, version));
  t.is(await byVersion.cache.find(image, signal), null);
  const { path } = await bring(byVersion.cache, name, bytes);
  t.true((await lstat(join(byVersion.root, name, version))).isDirectory());
  t.deepEqual(await readFile(path), bytes);

  const own = await newFolder('own');
  await mkdir(join(own, '.tagflow-images'));
  await symlink(outside, join(own, '.tagflow-images', 'trash'));
  await t.throwsAsync(openCache({ root: own }), { code: 'bad-layout', message: /trash is not a folder of the cache/ });
  byName.clock.advance(100 * day);
  await byName.cache.prune({ maxBytes: 0, maxAgeMs: 1 });
  t.deepEqual(await readFile(join(files, name)), bytes);
  t.deepEqual(await readdir(outside), [version]);
});

const badNames = ['../up', '.hidden', 'a/b', '', 'x'.repeat(101), 'line\nbreak'];
test('names that are no plain file names are refused', async (t) => {
  const { cache } = await openCache();
  for (const bad of badNames) {
    await t.throwsAsync(cache.find({ ...image, name: bad }, signal), { code: 'bad-layout' }, bad);
    await t.throwsAsync(cache.reserve({ ...image, name: bad }, signal), { code: 'bad-layout' }, bad);
  }
  await t.throwsAsync(cache.reserve({ ...image, sha256: null, md5: null }, signal), { code: 'no-checksum' });
});
