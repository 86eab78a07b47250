import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FullHash } from '@tagflow/model';
import type { LabWorld } from './lab-world.ts';
import {
  dockerOf,
  downloadImage,
  pullContainer,
  rdoOf,
  readLabel,
  type ReaderRegistry,
  readRegistrySet,
  readStoreSet,
} from './reader.ts';
import { imageFolder } from './truth.ts';

/** Follows the label as its users do, and compares everything with the set that the hash has. Returns the hash. */
export async function followLabel({ lab }: LabWorld, label: string): Promise<FullHash> {
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
export async function readPointers({ lab }: LabWorld, pointer: string): Promise<void> {
  const set = await readStoreSet(lab.images.url, pointer);
  const tags = [rdoOf(lab), dockerOf(lab)].flatMap((registry) =>
    set.containers.map(({ name }) => pullContainer(registry, name, pointer)),
  );
  await Promise.all([readlink(join(lab.root, 'images', imageFolder, pointer)), ...tags]);
}

export interface Readers<Seen> {
  /** Resolves when each reader has begun and ended so many further reads. */
  more(reads: number): Promise<void>;
  /** Ends the readers and returns what they saw, in the order in which the reads ended; an error where one failed. */
  stop(): Promise<readonly (Seen | Error)[]>;
}

/** Starts readers that read again and again. */
export function startReaders<Seen>(read: () => Promise<Seen>, count: number): Readers<Seen> {
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
