import { cp, mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root as top } from '../../../scripts/workspaces.ts';
import { runForeign } from '../../peers/foreign.ts';
import { type RealRegistry, startRealRegistry } from '../../peers/real-registry.ts';
import { countRequests, type RequestCounts } from './access-log.ts';
import { makeSeed, type Seed, type SeedOptions } from './seed.ts';

/** One of the two registries, with a count of what it was asked. */
export interface CountedRegistry {
  readonly url: string;
  readonly host: string;
  /** What was asked since the last call, or since the start. */
  counts(): Promise<RequestCounts>;
}

/** A source with all containers, and a target, both distribution 3.1 with its data in files. */
export interface BenchRegistries {
  readonly seed: Seed;
  /** For files of clients; removed at the end. */
  readonly root: string;
  readonly source: CountedRegistry;
  /** Another one, on another port, after each reset. */
  readonly target: CountedRegistry;
  /** Makes the target empty. */
  resetTarget(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts both registries in a fresh folder. The source serves a copy of the seed, which is kept for the next time unless
 * it is too large for that.
 */
export async function startBenchRegistries({
  keep = true,
  ...options
}: SeedOptions & { readonly keep?: boolean }): Promise<BenchRegistries> {
  await using started = new AsyncDisposableStack();
  const seedFolder = join(top, '.tagflow', 'bench', `seed-${options.repos}-${options.baseMb}-${options.uniqMaxMb}`);
  if (!keep) started.defer(() => rm(seedFolder, { recursive: true, force: true }));
  const seed = await makeSeed(seedFolder, options);
  const root = await mkdtemp(join(tmpdir(), 'tagflow-bench-'));
  started.defer(() => rm(root, { recursive: true, force: true }));
  const sourceRoot = join(root, 'source');
  await mkdir(sourceRoot);
  await copyLinks(join(seedFolder, 'data'), join(sourceRoot, 'data'));
  const source = await startCounted(sourceRoot);
  started.defer(() => source.registry.close());
  let resets = 0;
  const startTarget = async (): Promise<Counted> => {
    const folder = join(root, `target-${(resets += 1)}`);
    await mkdir(folder);
    return startCounted(folder);
  };
  let target = await startTarget();
  started.defer(() => target.registry.close());
  const running = started.move();
  return {
    ...{ seed, root, source: source.counted },
    get target() {
      return target.counted;
    },
    resetTarget: async () => {
      await target.registry.close();
      await rm(target.root, { recursive: true });
      target = await startTarget();
    },
    close: () => running.disposeAsync(),
  };
}

interface Counted {
  readonly root: string;
  readonly registry: RealRegistry;
  readonly counted: CountedRegistry;
}

async function startCounted(root: string): Promise<Counted> {
  const accessLog = join(root, 'access.log');
  const registry = await startRealRegistry({ root, engine: 'v3', accessLog });
  let position = 0;
  const counts = async (): Promise<RequestCounts> => {
    await settled(accessLog);
    const log = await readFrom(accessLog, position);
    position += log.length;
    return countRequests(log.toString());
  };
  return { root, registry, counted: { url: registry.url, host: registry.host, counts } };
}

/** A request is logged after it was answered. */
async function settled(file: string): Promise<void> {
  for (let before = -1, size = 0; size !== before;) {
    before = size;
    await sleep(100);
    ({ size } = await stat(file));
  }
}

async function readFrom(file: string, position: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - position), 0, size - position, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Copies a folder with hard links, so that it costs no bytes; with bytes where the file system has none. */
async function copyLinks(from: string, to: string): Promise<void> {
  await runForeign('cp', ['-al', from, to]).catch(async () => {
    await rm(to, { recursive: true, force: true });
    await cp(from, to, { recursive: true });
  });
}
