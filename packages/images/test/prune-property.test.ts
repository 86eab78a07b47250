import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '@tagflow/store';
import test from 'ava';
import fc from 'fast-check';
import { applyPrune } from '../src/prune/prune-apply.ts';
import { planPrune, type PruneOptions } from '../src/prune/prune.ts';
import { hashOf, makeBuild, optionsOf, standing } from './prune-world.ts';
import { openFolder, temporaryFolder } from './world.ts';

const digits = ['1', '2', '3', '4', '5', '6'];

interface Tree {
  readonly ages: readonly number[];
  /** Links by their names; each leads to a hash, to another link, or nowhere. */
  readonly links: Readonly<Record<string, string>>;
  readonly needed: readonly string[];
}

const linkNames = ['a', 'b', 'c', 'd'];
const target = fc.oneof(
  fc.constantFrom(...digits.map(hashOf)),
  fc.constantFrom(...digits.map((digit) => `/var/www/html/${hashOf(digit)}`)),
  fc.constantFrom(...linkNames, '../master/a', './b/../c', '../out/x', 'nowhere', '.'),
);
const trees: fc.Arbitrary<Tree> = fc.record({
  ages: fc.array(fc.constantFrom(-3, 0, 9, 11, 40), { minLength: digits.length, maxLength: digits.length }),
  links: fc.dictionary(fc.constantFrom(...linkNames, '../out/x'), target, { maxKeys: 5 }),
  needed: fc.subarray(digits.map(hashOf), { maxLength: 2 }),
});

async function plant({ ages, links }: Tree): Promise<string> {
  const root = await temporaryFolder();
  await mkdir(join(root, 'master'));
  await mkdir(join(root, 'out'));
  for (const [index, days] of ages.entries()) await makeBuild(root, `master/${hashOf(digits[index] ?? '')}`, days);
  for (const [name, to] of Object.entries(links)) await symlink(to, join(root, 'master', name));
  return root;
}

/** What must never go, worked out by the names alone and another way: breadth first, over names. */
function protectedBy({ ages, links, needed }: Tree): ReadonlySet<string> {
  const kept = new Set(needed);
  for (const [index, days] of ages.entries()) if (days < 10) kept.add(hashOf(digits[index] ?? ''));
  const queue = Object.keys(links).filter((name) => !name.includes('/'));
  const seen = new Set(queue);
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const to = (links[name] ?? '').split('/').at(-1) ?? '';
    kept.add(to);
    for (const next of [to, `../out/${to}`]) {
      if (next in links && !seen.has(next)) queue.push(next);
      seen.add(next);
    }
  }
  return kept;
}

const optionsFor = (store: Store, { needed }: Tree): PruneOptions =>
  optionsOf(store, { unlinked: true, needed: new Map(needed.map((hash) => [hash, 'needed'])) });

const isWhole = async (root: string, hash: string): Promise<boolean> =>
  (await readdir(join(root, 'master', hash)).catch(() => [])).length === 2;

test('nothing that is linked, needed or young goes, and everything else does', async (t) => {
  await fc.assert(
    fc.asyncProperty(trees, async (given) => {
      const root = await plant(given);
      const store = openFolder(root);
      const options = optionsFor(store, given);
      const { removed } = await applyPrune(await planPrune(options, standing()), options, standing());
      const kept = protectedBy(given);
      for (const digit of digits) {
        const hash = hashOf(digit);
        t.is(await isWhole(root, hash), kept.has(hash) || !removed.some(({ path }) => path === `master/${hash}`));
        if (kept.has(hash)) t.true(await isWhole(root, hash), JSON.stringify({ given, hash }));
      }
      const linkText = Object.values(given.links).join(' ');
      const idle = digits.map(hashOf).filter((hash) => !kept.has(hash) && !linkText.includes(hash));
      for (const hash of idle) t.false(await isWhole(root, hash), JSON.stringify({ given, hash }));
      await rm(root, { recursive: true });
    }),
    { numRuns: 60 },
  );
});

/** A store of a process that dies at one of its calls: before the call does anything, or right after it. */
function dying(store: Store, at: number, after: boolean, onCall: (count: number) => Promise<void>): Store {
  let count = 0;
  const guard =
    <Given extends readonly unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      count += 1;
      if (count > at || (count === at && !after)) throw new Error('dead');
      await onCall(count);
      const result = await call(...given);
      if (count === at) throw new Error('dead');
      return result;
    };
  // removeTree is many calls: dead in the middle, it leaves a directory that lost a file.
  const removeTree = async (path: string): Promise<void> => {
    const entries = await store.list(path).catch(() => []);
    for (const { name } of entries) await guarded.remove(`${path}/${name}`);
    await store.removeTree(path);
  };
  const guarded: Store = {
    ...store,
    ...{ list: guard(store.list), stat: guard(store.stat), readLink: guard(store.readLink) },
    ...{ rename: guard(store.rename), remove: guard(store.remove), removeTree: guard(removeTree) },
  };
  return guarded;
}

const crashes = fc.record({
  tree: trees,
  at: fc.integer({ min: 1, max: 90 }),
  after: fc.boolean(),
  /** Somebody links a hash at this call, as they may: when its directory is there. */
  linkAt: fc.integer({ min: 1, max: 90 }),
  linked: fc.constantFrom(...digits.map(hashOf)),
});

test('dead at any call, and with a link made at any other, nothing that is linked is lost', async (t) => {
  await fc.assert(
    fc.asyncProperty(crashes, async ({ tree, at, after, linkAt, linked }) => {
      const root = await plant(tree);
      const store = openFolder(root);
      const options = optionsFor(store, tree);
      const plan = await planPrune(options, standing());
      const kept = new Set(protectedBy(tree));
      const link = async (count: number): Promise<void> => {
        if (count !== linkAt || !(await isWhole(root, linked))) return;
        await symlink(linked, join(root, 'master', 'made-meanwhile'));
        kept.add(linked);
      };
      const faulty = { ...options, store: dying(store, at, after, link) };
      await applyPrune(plan, faulty, standing()).catch((error: unknown) => t.is((error as Error).message, 'dead'));
      // Alive again: the next run brings back what is needed and finishes the rest.
      await applyPrune(await planPrune(options, standing()), options, standing());
      for (const hash of digits.map(hashOf)) {
        if (kept.has(hash)) t.true(await isWhole(root, hash), JSON.stringify({ tree, at, after, linkAt, hash }));
      }
      const left = await readdir(join(root, 'master'));
      t.deepEqual(
        left.filter((name) => /^\.(?:trash|gone)-/.test(name)),
        [],
      );
      await rm(root, { recursive: true });
    }),
    { numRuns: 100 },
  );
});
