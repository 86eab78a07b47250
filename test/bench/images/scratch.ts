import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for gigabytes. */
export interface Scratch {
  readonly root: string;
  readonly inMemory: boolean;
  close(): Promise<void>;
}

const memory = '/dev/shm';

/**
 * Makes a folder in memory where that has room, else among the temporary files. It goes away with this process, however
 * that ends.
 * @throws Error that says how much room there is
 */
export async function makeScratch(bytes: number): Promise<Scratch> {
  const places = [memory, tmpdir()];
  const free = await Promise.all(places.map(freeBytes));
  const index = free.findIndex((room) => room >= bytes);
  const place = places[index];
  if (place === undefined) {
    const seen = places.map((name, at) => `${name} has ${gigabytes(free[at] ?? 0)}`).join(', ');
    throw new Error(`the benchmark needs ${gigabytes(bytes)} of room; ${seen}. A smaller --scale needs less.`);
  }
  const root = await mkdtemp(join(place, 'tagflow-bench-'));
  // A process that is killed removes nothing, and memory stays full: a shell does it when its standard input closes. In
  // a session of its own, where Ctrl-C does not reach it; twice, because what runs may write a moment longer.
  const script = 'read -r _; rm -rf "$1" 2>/dev/null; [ ! -e "$1" ] || { sleep 2; rm -rf "$1"; }';
  const remover = spawn('/bin/sh', ['-c', script, 'sh', root], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const removed = once(remover, 'close');
  return {
    root,
    inMemory: place === memory,
    close: async () => {
      remover.stdin.end();
      await removed;
    },
  };
}

async function freeBytes(folder: string): Promise<number> {
  const free = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return folder === memory ? Math.min(free, freemem()) : free;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
