import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { lifeOf, newOwnerId } from '../src/cache/owner.ts';
import { claimPart, tryClaimPart } from '../src/fetch/part-lock.ts';
import { bring, cacheEffects, imageOf, newFolder, openCache, signal } from './cache-world.ts';

const name = 'overcloud-full.tar';
const bytes = Buffer.alloc(3_000_001, 'overcloud');
const image = imageOf(name, bytes);
const beyondAll = 2 ** 22 + 1; // above Linux's highest process number

function start(t: ExecutionContext, script: string, ...args: readonly string[]) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

async function world() {
  const folder = await newFolder('world');
  const source = join(folder, name);
  const witness = join(folder, 'witness');
  await writeFile(source, bytes);
  await writeFile(witness, '');
  return { source, witness, folder, root: join(folder, 'cache') };
}

async function leftIn(root: string): Promise<readonly string[]> {
  return readdir(join(root, '.tagflow-images/parts'));
}

for (const count of [2, 5]) {
  test(`${count} jobs at once: one fetch, and the whole file for everyone`, async (t) => {
    const { source, witness, folder, root } = await world();
    const targets = Array.from({ length: count }, (_, index) => join(folder, `copy-${index}`));
    const children = targets.map((target) => start(t, 'cache-job.ts', root, source, target, witness));
    for (const { stdout } of children) stdout.resume();
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as unknown));
    t.deepEqual(new Set(codes), new Set([0]));
    t.regex(await readFile(witness, 'utf8'), /^\d+ from 0\n$/);
    for (const target of targets) t.true((await readFile(target)).equals(bytes));
    t.deepEqual(await leftIn(root), []);
  });
}

/** Where a job is killed, and how many bytes the next one has to write. Null: none at all, it is in the cache. */
const kills: readonly (readonly [string, number | null])[] = [
  ['reserved', bytes.length],
  ['half', bytes.length - Math.floor(bytes.length / 8192) * 4096 - 4096],
  ['written', 0],
  ['whole', 0],
  ['whole-settling', 0],
  ['completed', null],
  ['completed-settling', null],
  ['placed', null],
];
for (const [stage, missing] of kills) {
  test(`killed when ${stage}: the next job goes on from there`, async (t) => {
    const { source, witness, folder, root } = await world();
    const target = join(folder, 'job', name);
    await mkdir(join(folder, 'job'));
    const child = start(t, 'cache-job.ts', root, source, target, witness, stage);
    for await (const chunk of child.stdout) if (String(chunk).includes(`stage ${stage}\n`)) break;
    child.kill('SIGKILL');
    await once(child, 'exit');

    const { cache, said } = await openCache({ root });
    const reserved = await cache.reserve(image, signal);
    t.is(reserved.found === null, missing !== null);
    if (reserved.found === null) {
      const { part, resumable, release } = reserved.reservation;
      t.true(resumable);
      const present = await readFile(part).catch(() => Buffer.alloc(0));
      t.true(bytes.subarray(0, present.length).equals(present));
      t.is(bytes.length - present.length, missing ?? -1);
      await release();
    }
    const found = await bring(cache, name, bytes);
    await cache.place(found, target, signal);
    t.true((await readFile(target)).equals(bytes));
    t.deepEqual((await readdir(join(folder, 'job'))).sort(), [`.${name}.checked`, name]);
    t.deepEqual((await cache.prune()).removed, []);
    t.deepEqual(await leftIn(root), [], 'a dead lock is cleared away as well');
    t.deepEqual(said, [], 'nobody was waited for');
  });
}

test('a job that only stalls is waited for as long as its file grows, and then not any more', async (t) => {
  const { source, witness, folder, root } = await world();
  const child = start(t, 'cache-job.ts', root, source, join(folder, 'copy'), witness, 'half');
  for await (const chunk of child.stdout) if (String(chunk).includes('stage half\n')) break;

  const { cache, said, clock } = await openCache({ root });
  const begun = clock.now();
  const reserved = await cache.reserve(image, signal);
  if (reserved.found !== null) return t.fail('nobody has brought it');
  t.is(Math.round((clock.now() - begun) / 1000), 120);
  t.false(reserved.reservation.resumable);
  t.deepEqual(said, [
    `${name}: another job of this machine fetches it; waiting for it`,
    `${name}: the job that fetches it has stopped moving; fetching a copy of our own`,
  ]);
  await reserved.reservation.release();
  child.kill('SIGKILL');
});

test('of many processes that find a dead lock, exactly one gets it', async (t) => {
  const folder = await newFolder('locks');
  const count = 60;
  for (let index = 0; index < count; index++) {
    await mkdir(join(folder, `${index}.part.lock`));
    await writeFile(join(folder, `${index}.part.lock`, newOwnerId().replace(/-\d+-/, `-${beyondAll}-`)), '');
  }
  const children = Array.from({ length: 5 }, () => start(t, 'cache-contender.ts', folder, String(count)));
  const won = await Promise.all(
    children.map(async (child) => JSON.parse(String((await once(child.stdout, 'data'))[0])) as number[]),
  );
  t.deepEqual(
    won.flat().sort((a, b) => a - b),
    Array.from({ length: count }, (_, index) => index),
  );
  t.is(await tryClaimPart(join(folder, '0.part')), null, 'and keeps it');
  const ended = children.map((child) => once(child, 'exit'));
  for (const child of children) child.stdin.end();
  await Promise.all(ended);
  const claim = await tryClaimPart(join(folder, '0.part'));
  t.like(claim, { path: join(folder, '0.part'), resumable: true }, 'until it ends, whether it said so or not');
  await claim?.release();
});

test('a process number that was given again is another process', async (t) => {
  const mine = newOwnerId();
  t.is(lifeOf(mine), 'lives');
  const [place, pid, startedAt, own] = mine.split('-');
  t.is(lifeOf([place, pid, Number(startedAt) + 1, own].join('-')), 'ended');
  t.is(lifeOf([place, beyondAll, startedAt, own].join('-')), 'ended');
  t.is(lifeOf(['0'.repeat(12), beyondAll, startedAt, own].join('-')), 'elsewhere');
  t.is(lifeOf('anything else'), 'elsewhere');

  const child = spawn('sh', ['-c', 'echo $$; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  t.is(lifeOf([place, child.pid, startedAt, own].join('-')), 'ended', 'it lives, but has another start');
  child.stdin.end();
  t.is((await text(child.stdout)).trim(), '');
});

test('a lock from elsewhere is believed for an hour after the last write to its part', async (t) => {
  const path = join(await newFolder('locks'), 'x.part');
  const foreign = newOwnerId().replace(/^.{12}/, '0'.repeat(12));
  await mkdir(`${path}.lock`);
  await writeFile(join(`${path}.lock`, foreign), '');
  const before = (minutes: number): number => cacheEffects().clock.now() / 1000 - minutes * 60;
  await utimes(join(`${path}.lock`, foreign), before(90), before(90));
  await writeFile(path, '');
  await utimes(path, before(50), before(50));
  t.is(await tryClaimPart(path), null);
  const own = await claimPart(path);
  t.false(own.resumable);
  await writeFile(own.path, 'own');
  await own.release();
  t.deepEqual(await readdir(join(path, '..')), ['x.part', 'x.part.lock']);
  await utimes(path, before(70), before(70));
  const claim = await claimPart(path);
  t.true(claim.resumable);
  await claim.release();
  t.deepEqual(await readdir(join(path, '..')), ['x.part']);
});

test('pruning while others look, bring and place disturbs nobody', async (t) => {
  const { cache: first, root, clock } = await openCache();
  const { cache: second } = await openCache({ root, start: clock.now() });
  const { cache: pruner } = await openCache({ root, start: clock.now() + 1_000_000 });
  const folder = await newFolder('jobs');
  let busy = true;
  const pruning = (async () => {
    let removed = 0;
    while (busy) removed += (await pruner.prune({ maxBytes: 0, maxAgeMs: 1 })).removed.length;
    return removed;
  })();
  const small = Buffer.alloc(50_000, 'small');
  const job = async (cache: typeof first, id: number): Promise<void> => {
    for (let turn = 0; turn < 6; turn++) {
      const target = join(folder, `${id}`);
      await cache.place(await bring(cache, name, small), target, signal);
      t.true((await readFile(target)).equals(small));
      await cache.close();
    }
  };
  await Promise.all([job(first, 1), job(second, 2)]);
  busy = false;
  t.true((await pruning) > 0, 'something was pruned meanwhile');
});
