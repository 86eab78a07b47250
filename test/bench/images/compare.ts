import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runForeign } from '../../peers/foreign.ts';
import { printTable } from './report.ts';
import { hashesFolder, type SeededHash } from './seed.ts';
import type { ImagesRun, World } from './world.ts';

/** One client that does what a case asks for. */
export interface Contender {
  readonly name: string;
  /** What is there before; not measured. `folder` is empty at first, and `home` is the HOME of what runs. */
  readonly prepare?: (folder: string, home: string) => Promise<void>;
  /** Runs in `folder`. */
  readonly command: (folder: string, home: string) => readonly string[];
  /** Rejects when the folder does not hold what it should. */
  readonly check?: (folder: string) => Promise<void>;
}

export interface CompareOptions {
  /** How often each runs. Default 1. */
  readonly rounds?: number;
  /** What the run that counts has the least of. Default: CPU at both ends, which other work disturbs less than time. */
  readonly best?: (run: ImagesRun) => number;
  /** Runs all rounds in one folder, which is prepared once: they find what the one before left. */
  readonly again?: boolean;
}

/** Runs contenders in turns, the first of them ours, and prints a table of the best runs. */
export async function compare(
  world: World,
  title: string,
  contenders: readonly Contender[],
  { rounds = 1, best: bestOf = costOf, again = false }: CompareOptions = {},
): Promise<ReadonlyMap<string, ImagesRun>> {
  world.print(`\n${title}${rounds > 1 ? `, the best of ${rounds}` : ''}`);
  const best = new Map<string, ImagesRun>();
  const keep = (name: string, run: ImagesRun): void => {
    const before = best.get(name);
    if (before === undefined || bestOf(run) < bestOf(before)) best.set(name, run);
  };
  if (again) {
    for (const contender of contenders) {
      await inFreshFolder(world, contender, async (run) => {
        for (let round = 0; round < rounds; round += 1) keep(contender.name, await run());
      });
    }
  } else {
    for (let round = 0; round < rounds; round += 1) {
      for (const contender of contenders) {
        await inFreshFolder(world, contender, async (run) => keep(contender.name, await run()));
      }
    }
  }
  printTable(best, world.print);
  return best;
}

/** Runs one contender and prints nothing. */
export async function runOnce(world: World, contender: Contender): Promise<ImagesRun> {
  const runs: ImagesRun[] = [];
  await inFreshFolder(world, contender, async (run) => void runs.push(await run()));
  return runs[0] as ImagesRun;
}

/** Returns the run of a contender. */
export function runOf(runs: ReadonlyMap<string, ImagesRun>, name: string): ImagesRun {
  const run = runs.get(name);
  if (run === undefined) throw new Error(`${name} did not run`);
  return run;
}

/** CPU at both ends, in milliseconds. */
export function costOf({ cpuMs, serverCpuMs }: ImagesRun): number {
  return cpuMs + serverCpuMs;
}

async function inFreshFolder(
  world: World,
  { name, prepare, command, check }: Contender,
  work: (run: () => Promise<ImagesRun>) => Promise<void>,
): Promise<void> {
  const [folder, home] = [join(world.root, 'work'), join(world.root, 'home')];
  for (const path of [folder, home]) await mkdir(path, { recursive: true });
  await prepare?.(folder, home);
  await work(async () => {
    const run = await world.observe(command(folder, home), { cwd: folder, home });
    if (run.exitCode !== 0) throw new Error(`${name} ended with ${String(run.exitCode)}: ${run.stderr}${run.stdout}`);
    return run;
  });
  await check?.(folder).catch((cause: unknown) => {
    throw new Error(`${name} did not bring the images`, { cause });
  });
  for (const path of [folder, home]) await rm(path, { recursive: true });
}

/** Returns a check that images of a hash (all unless named) are in a folder, or in one below it, byte by byte. */
export function holds(
  rdo: string,
  { hash, images }: SeededHash,
  below = '',
  names: readonly string[] = images.map(({ name }) => name),
): (folder: string) => Promise<void> {
  return async (folder) => {
    for (const name of names) {
      await runForeign('cmp', [join(rdo, hashesFolder, hash, name), join(folder, below, name)]);
    }
  };
}

/** Gives the files of a folder further names in another one; of some of its folders alone where these are named. */
export async function linkFiles(from: string, to: string, only: readonly string[] = ['.']): Promise<void> {
  for (const name of only) {
    await mkdir(join(to, name), { recursive: true });
    await runForeign('cp', ['-al', `${join(from, name)}/.`, join(to, name)]);
  }
}

/** Returns a command of the shell; `"$@"` is `words`. */
export function shell(script: string, words: readonly string[] = []): readonly string[] {
  return ['/bin/sh', '-e', '-c', script, 'sh', ...words];
}
