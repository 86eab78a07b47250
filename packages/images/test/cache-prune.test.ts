import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test from 'ava';
import { openContext } from '../src/cache/context.ts';
import { entryPaths } from '../src/cache/entry.ts';
import { discard } from '../src/cache/find.ts';
import { newOwnerId } from '../src/cache/owner.ts';
import { bring, day, imageOf, openCache, signal, toolFolder } from './cache-world.ts';

const name = 'overcloud-full.tar';
const contents = ['one', 'two', 'three'].map((text) => Buffer.alloc(200_000, text));
const [one, two, three] = contents as [Buffer, Buffer, Buffer];
const noLimits = { maxBytes: null, maxAgeMs: null };
const hour = 3_600_000;

/** An owner whose process has ended: no process has such a number. */
const deadOwner = (): string => newOwnerId().replace(/-\d+-/, `-${2 ** 22 + 1}-`);

/** A cache with three images of a name, used an hour after another, that nobody uses any more. */
async function filled() {
  const world = await openCache();
  for (const bytes of contents) {
    await bring(world.cache, name, bytes);
    world.clock.advance(hour);
  }
  await world.cache.close();
  return world;
}

const names = (removed: readonly { readonly path: string }[]) => removed.map(({ path }) => basename(path));
const version = (bytes: Buffer): string => `0.0.0-sha256-${imageOf(name, bytes).sha256}`;

test('what is unused for too long goes, and a use makes young', async (t) => {
  const { cache, clock, root } = await filled();
  clock.advance(14 * day - hour - 1);
  t.deepEqual(
    (await cache.prune({ maxBytes: null, maxAgeMs: 14 * day })).removed.map(({ why }) => why),
    ['it was last used 14 days ago', 'it was last used 14 days ago'],
  );
  t.deepEqual(await readdir(join(root, name)), [version(three)]);
  await cache.find(imageOf(name, three), signal);
  await cache.close();
  clock.advance(13 * day);
  t.deepEqual((await cache.prune({ maxBytes: null, maxAgeMs: 14 * day })).removed, []);
  clock.advance(2 * day);
  t.deepEqual(names((await cache.prune({ maxBytes: null, maxAgeMs: 14 * day })).removed), [version(three)]);
  t.deepEqual(await readdir(root), ['.tagflow-images'], 'the folder of the name goes with its last version');
});

test('over the limit the longest unused goes first, counted in blocks', async (t) => {
  const { cache } = await filled();
  await cache.find(imageOf(name, one), signal);
  await cache.close();
  const all = await cache.prune(noLimits);
  t.deepEqual(all.removed, []);
  t.true(all.bytes >= 600_000 && all.bytes < 700_000, String(all.bytes));
  const report = await cache.prune({ maxBytes: 450_000, maxAgeMs: null });
  t.deepEqual(names(report.removed), [version(two)]);
  t.regex(report.removed[0]?.why ?? '', /^the cache may take 0\.5 MB/);
  t.is(report.bytes + (report.removed[0]?.bytes ?? 0), all.bytes);
});

test('nothing goes that somebody uses or has just used', async (t) => {
  const { cache, root, clock } = await filled();
  const other = await openCache({ root, start: clock.now() });
  await other.cache.find(imageOf(name, one), signal);
  clock.advance(20 * day);
  await cache.find(imageOf(name, two), signal);
  t.deepEqual(names((await cache.prune({ maxBytes: 0, maxAgeMs: 1 })).removed), [version(three)]);
  await cache.close();
  clock.advance(9 * 60_000);
  t.deepEqual((await cache.prune({ maxBytes: 0, maxAgeMs: 1 })).removed, [], 'a use nine minutes ago');
  clock.advance(2 * 60_000);
  t.deepEqual(names((await cache.prune({ maxBytes: 0, maxAgeMs: 1 })).removed), [version(two)]);
  await other.cache.close();
  t.deepEqual(names((await cache.prune({ maxBytes: 0, maxAgeMs: 1 })).removed), [version(one)]);
});

test('the mark of a dead process keeps nothing', async (t) => {
  const { cache, root, clock } = await filled();
  const folder = join(root, name, version(one));
  clock.advance(day);
  await writeFile(join(folder, `.use-${deadOwner()}`), '');
  t.is((await cache.prune({ maxBytes: 0, maxAgeMs: null })).removed.length, 3);
});

test('what is about to go is not found, until its remover has died', async (t) => {
  const { cache, root } = await filled();
  const folder = join(root, name, version(one));
  await writeFile(join(folder, `.going-${newOwnerId()}`), '');
  t.is(await cache.find(imageOf(name, one), signal), null);
  await writeFile(join(root, name, version(two), `.going-${deadOwner()}`), '');
  t.like(await cache.find(imageOf(name, two), signal), { image: imageOf(name, two) });
});

test('leftovers of dead processes go: parts after a day, half removed things at once', async (t) => {
  const { cache, root, clock } = await openCache();
  const [parts, trash] = ['parts', 'trash'].map((folder) => join(root, '.tagflow-images', folder)) as [string, string];
  const digest = 'a'.repeat(64);
  const living = `living.tar.${digest}.part`;
  const dead = `dead.part.tar.${digest}.part`;
  const own = `own.tar.${digest}.part.${deadOwner()}`;
  const mine = `own.tar.${digest}.part.${newOwnerId()}`;
  for (const path of [living, `${living}.note`, dead, `${dead}.note`, own, `${own}.note`, mine, 'stranger']) {
    await writeFile(join(parts, path), 'bytes');
  }
  await mkdir(join(parts, `${living}.lock`));
  await writeFile(join(parts, `${living}.lock`, newOwnerId()), '');
  await mkdir(join(parts, `${dead}.lock`));
  await writeFile(join(parts, `${dead}.lock`, deadOwner()), '');
  await mkdir(join(trash, deadOwner(), 'noarch'), { recursive: true });
  const going = newOwnerId();
  await mkdir(join(trash, going));
  await mkdir(join(trash, 'stranger'));

  await cache.prune();
  const stay = [dead, `${dead}.note`, living, `${living}.lock`, `${living}.note`, mine, 'stranger'].sort();
  t.deepEqual((await readdir(parts)).sort(), stay);
  t.deepEqual((await readdir(trash)).sort(), [going, 'stranger'].sort());
  clock.advance(day + hour);
  const { removed } = await cache.prune();
  t.deepEqual(names(removed).sort(), [dead, `${dead}.note`]);
  t.deepEqual((await readdir(parts)).sort(), [living, `${living}.lock`, `${living}.note`, mine, 'stranger'].sort());
});

test('an entry that never became complete goes after a day', async (t) => {
  const { cache, root, clock } = await openCache();
  const files = toolFolder(root, name, 'b'.repeat(64));
  await mkdir(files, { recursive: true });
  await writeFile(join(files, name), 'half');
  t.deepEqual((await cache.prune({ maxBytes: 0, maxAgeMs: 1 })).removed, []);
  clock.advance(day + hour);
  t.deepEqual(
    (await cache.prune(noLimits)).removed.map(({ why }) => why),
    ['it never became complete'],
  );
});

test('what is not ours stays', async (t) => {
  const { cache, root, clock } = await filled();
  const foreign = [
    'Python/3.12.1/x64/bin/python',
    'Python/3.12.1/x64.complete',
    `${name}/1.0.0/noarch/${name}`,
    `${name}/0.0.0-sha256-short/noarch/${name}`,
    `${'c'.repeat(64)}`,
    '.hidden/file',
  ];
  for (const path of foreign) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), 'not ours');
    await utimes(join(root, path), 0, 0);
  }
  const outside = join(root, '..', 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'file'), 'not ours');
  await symlink(outside, join(root, name, version(one), 'noarch', 'link'));
  await symlink(outside, join(root, 'linked'));
  clock.advance(30 * day);
  t.is((await cache.prune({ maxBytes: 0, maxAgeMs: 1 })).removed.length, 3);
  for (const path of foreign) t.true(existsSync(join(root, path)), path);
  t.deepEqual(await readdir(outside), ['file']);
});

test('two pruners at once remove each thing once', async (t) => {
  const { cache, root, clock } = await filled();
  const { cache: other } = await openCache({ root, start: clock.now() + day });
  clock.advance(day);
  const reports = await Promise.all([cache, other].map((one) => one.prune({ maxBytes: 0, maxAgeMs: null })));
  t.deepEqual(reports.flatMap(({ removed }) => names(removed)).sort(), contents.map(version).sort());
  t.deepEqual(await readdir(root), ['.tagflow-images']);
});

test('a download that needs room gets it from what is longest unused', async (t) => {
  const { root, clock } = await filled();
  const coming = imageOf('undercloud.qcow2', Buffer.alloc(300_000, 'under'));
  let free = 16 * 1024 * 1024 + 150_000;
  const freeBytes = async (): Promise<number> => {
    const gone = 3 - (await readdir(join(root, name)).catch(() => [])).length;
    return free + gone * 200_000;
  };
  const { cache, said } = await openCache({ root, freeBytes, start: clock.now() });
  const reserved = await cache.reserve(coming, signal);
  t.is(reserved.found, null);
  t.deepEqual((await readdir(join(root, name))).sort(), [version(two), version(three)].sort());
  t.regex(said.join(), /makes room for undercloud\.qcow2/);
  if (reserved.found === null) await reserved.reservation.release();

  free = -600_000;
  const hopeless = await t.throwsAsync(cache.reserve(coming, signal), { code: 'disk-full' });
  t.regex(hopeless?.message ?? '', /17\.1 MB more are needed, even if everything in the cache went/);
  t.is((await readdir(join(root, name))).length, 2, 'nothing goes in vain');

  free = 16 * 1024 * 1024 - 200_000;
  await cache.find(imageOf(name, three), signal);
  const error = await t.throwsAsync(cache.reserve(coming, signal), { code: 'disk-full' });
  t.regex(error?.message ?? '', /no room for undercloud\.qcow2: 0\.1 MB more are needed; what the cache holds still/);
  t.regex(String((error as { next?: string }).next), /Free room/);
  t.deepEqual(await readdir(join(root, name)), [version(three)]);
  t.deepEqual(await readdir(join(root, '.tagflow-images/parts')), [], 'the right to bring it was given back');
});

test('a limit makes room too, and is borne when everything is in use', async (t) => {
  const { root, clock } = await filled();
  const limits = { maxBytes: 500_000, maxAgeMs: null };
  const { cache } = await openCache({ root, limits, start: clock.now() });
  await bring(cache, 'undercloud.qcow2', Buffer.alloc(200_000, 'under'));
  t.deepEqual(await readdir(join(root, name)), [version(three)]);
  await cache.find(imageOf(name, three), signal);
  await bring(cache, 'agent.tar', Buffer.alloc(400_000, 'agent'));
  t.deepEqual((await readdir(root)).sort(), ['.tagflow-images', 'agent.tar', name, 'undercloud.qcow2']);
});

test('what took the place of a damaged entry meanwhile is put back', async (t) => {
  const { root, clock, log } = await filled();
  const context = await openContext(root, { clock, log }, {});
  const entry = entryPaths(root, name, imageOf(name, one).sha256);
  const { ino } = await stat(entry.folder);
  t.false(await discard(context, entry, ino + 1));
  t.true(existsSync(entry.marker));
  t.true(await discard(context, entry, ino));
  t.false(existsSync(entry.folder));
  t.false(await discard(context, entry, ino));
  t.deepEqual(await readdir(context.trash), []);
});

test('a clock that went wrong protects nothing for ever', async (t) => {
  const { root, clock } = await filled();
  const { cache } = await openCache({ root, start: clock.now() - 10 * day });
  t.is((await cache.prune({ maxBytes: 0, maxAgeMs: null })).removed.length, 3);
});
