import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FullHash } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test from 'ava';
import { type LabWorld, stageBuild, startLabWorld, subtree } from '../pipelines/lab-world.ts';
import {
  dockerOf,
  downloadImage,
  pullContainer,
  rdoOf,
  readLabel,
  type ReaderRegistry,
  readRegistrySet,
  readStoreSet,
} from '../pipelines/reader.ts';
import { imageFolder } from '../pipelines/truth.ts';
import { startGate } from './gate.ts';
import { label, promote } from './scenario.ts';

const promotions = 4;
/** So many whole reads happen while one write of a flip is on its way, before the server sees it and after. */
const readsPerWrite = 3;

test('readers of label → hash → set never see a mix, and no link or tag is ever missing, whatever the flip is doing', async (t) => {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const { lab } = world;
  await stageBuild(world);
  await promote(world);

  const followed = startReaders(() => followLabel(world), 2);
  const pointers: string[] = [label];
  const pointed = startReaders(() => Promise.all(pointers.map((pointer) => readPointers(world, pointer))), 1);
  // A flip lasts milliseconds here; the gates make it last for reads.
  let held = 0;
  const hold = async ({ method, path }: { readonly method: string; readonly path: string }): Promise<void> => {
    const isWrite = (method === 'PUT' && path.endsWith(`/manifests/${label}`)) || path.endsWith('/api/promote');
    if (!isWrite) return;
    held += 1;
    await Promise.all([followed.more(readsPerWrite), pointed.more(readsPerWrite)]);
  };
  const gate = { before: hold, after: hold };
  const rdo = await startGate(lab.rdo.url, gate);
  const dlrn = await startGate(new URL(lab.dlrn.apiUrl).origin, gate);
  t.teardown(() => Promise.all([rdo.close(), dlrn.close()]).then(() => undefined));
  const config = await world.writeConfig((tree) => {
    const registry = subtree(tree, 'registries', 'rdo');
    registry['url'] = `${registry['url']}`.replace(lab.rdo.url, rdo.url);
    subtree(tree, 'dlrn')['api-url'] = lab.dlrn.apiUrl.replace(new URL(lab.dlrn.apiUrl).origin, dlrn.url);
  });

  const promoted: FullHash[] = [await readLabel(lab.dlrn.reposUrl, label)];
  for (let count = 0; count < promotions; count += 1) {
    promoted.push(await stageBuild(world));
    const { outcome, message } = await world.act(promoteSymlink, { phase: 'upstream', config });
    t.is(outcome, 'done', message);
    if (count === 0) pointers.push(`previous-${label}`);
  }
  await followed.more(readsPerWrite);
  const [seen, found] = [await followed.stop(), await pointed.stop()];

  t.log(`${seen.length} followed reads, ${found.length} reads of every pointer, ${held} held requests`);
  t.deepEqual(
    seen.filter((each) => each instanceof Error),
    [],
    'followed reads that failed',
  );
  t.deepEqual(
    found.filter((each) => each instanceof Error),
    [],
    'pointers that were missing',
  );
  const hashes = seen.filter((each) => typeof each === 'string');
  t.deepEqual([...new Set(hashes)], promoted, 'every set was seen, in the order of their promotions');
  t.true(held >= promotions * 2 * (4 + 2), `${held} requests were held back`);
  t.true(hashes.length > 300 && found.length > 100, `${hashes.length} and ${found.length} reads`);
});

/** Follows the label as its users do, and compares everything with the set that the hash has. Returns the hash. */
async function followLabel({ lab }: LabWorld): Promise<FullHash> {
  const hash = await readLabel(lab.dlrn.reposUrl, label);
  const set = await readStoreSet(lab.images.url, hash);
  if (set.fullHash !== hash) throw new Error(`the directory of ${hash} has the set of ${set.fullHash}`);
  if (set.containers.length !== 4 || set.images.length !== 2) throw new Error(`the set of ${hash} is not whole`);
  const compare = async (registry: ReaderRegistry): Promise<void> => {
    const artifact = await readRegistrySet(registry, hash);
    if (JSON.stringify(artifact) !== JSON.stringify(set)) throw new Error(`${registry.url} has another set of ${hash}`);
    for (const { name, digest } of set.containers) {
      const pulled = await pullContainer(registry, name, hash);
      if (pulled !== digest) throw new Error(`${registry.url} ${name}:${hash} is ${pulled}, the set says ${digest}`);
    }
  };
  const images = set.images.map(async (image) => {
    const { size, sha256 } = await downloadImage(lab.images.url, hash, image.name);
    if (size !== image.size || sha256 !== image.sha256) throw new Error(`${image.name} of ${hash} is another one`);
  });
  await Promise.all([compare(rdoOf(lab)), compare(dockerOf(lab)), ...images]);
  return hash;
}

/** Reads every tag and link of a label itself. They may be of two hashes while a flip lasts; they have to be there. */
async function readPointers({ lab }: LabWorld, pointer: string): Promise<void> {
  const set = await readStoreSet(lab.images.url, pointer);
  const tags = [rdoOf(lab), dockerOf(lab)].flatMap((registry) =>
    set.containers.map(({ name }) => pullContainer(registry, name, pointer)),
  );
  await Promise.all([readlink(join(lab.root, 'images', imageFolder, pointer)), ...tags]);
}

interface Readers<Seen> {
  /** Resolves when each reader has begun and ended so many further reads. */
  more(reads: number): Promise<void>;
  /** Ends the readers and returns what they saw, in the order in which the reads ended; an error where one failed. */
  stop(): Promise<readonly (Seen | Error)[]>;
}

/** Starts readers that read again and again. */
function startReaders<Seen>(read: () => Promise<Seen>, count: number): Readers<Seen> {
  const seen: (Seen | Error)[] = [];
  const waiting = new Set<() => void>();
  let stopped = false;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const one = await read().catch((error: unknown) => (error instanceof Error ? error : new Error(`${error}`)));
      seen.push(one);
      for (const look of [...waiting]) look();
    }
  };
  const loops = Array.from({ length: count }, loop);
  return {
    // One read of each reader may have begun before; it does not count.
    more: (reads) => {
      const enough = seen.length + count * (reads + 1);
      return new Promise((resolve) => {
        const look = (): void => {
          if (seen.length < enough) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      });
    },
    async stop() {
      stopped = true;
      await Promise.all(loops);
      return seen;
    },
  };
}
