import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDelayProxy } from './containers/delay.ts';
import type { CommandRun } from './measured-command.ts';
import { prepareOurs, runOurs } from './containers/ours.ts';
import { putBlobsOnce } from './containers/raw-put.ts';
import { type BenchRegistries, startBenchRegistries } from './containers/registries.ts';
import { usualSeed } from './containers/seed.ts';
import {
  type BenchCase,
  type BenchRun,
  type BenchTask,
  observe,
  type Peer,
  peers,
  runPeer,
} from './containers/tools.ts';
import { formatMs, measure } from './measure.ts';

/** The hash whose containers the source has. */
const hash = '0123456789abcdef0123456789abcdef';

type Client = 'tagflow' | Peer;

/**
 * Copies and tags 150 repositories between two registries of distribution 3.1, ours and its peers in turns. All peers
 * run eight jobs at a time, as people script them; ours has its default of 16.
 */
export async function bench(print: (line: string) => void): Promise<void> {
  const registries = await startBenchRegistries({ ...usualSeed, tag: hash });
  try {
    const { seed } = registries;
    const distinct = Object.values(seed.blobs).reduce((sum, { size }) => sum + size, 0);
    print(
      `${seed.repositories.length} repositories, ${seed.manifests} manifests, ${Object.keys(seed.blobs).length} blobs ` +
        `of ${megabytes(distinct)}, ${seed.pairs} pairs of repository and blob`,
    );
    await compare('copy', 1, registries, print);
    await compare('noop', 3, registries, print);
    await compare('retag', 3, registries, print);
    await compareFarAway(registries, print);
  } finally {
    await registries.close();
  }
  await growth(print);
  await largeLayer(print);
}

async function compare(
  what: BenchCase,
  rounds: number,
  registries: BenchRegistries,
  print: (line: string) => void,
): Promise<void> {
  print(`\n${what}${rounds > 1 ? `, the best of ${rounds}` : ''}`);
  const best = new Map<Client, BenchRun>();
  for (let round = 0; round < rounds; round += 1) {
    for (const client of ['tagflow', ...peers] as const) {
      if (what === 'copy') await registries.resetTarget();
      const task = taskOf(what, registries, `${client}-${round}`);
      const run = await observe(registries, { host: task.targetHost, tag: task.targetTag }, () =>
        runClient(client, task, registries.root),
      );
      if (run.exitCode !== 0 || run.wrong > 0) throw new Error(`${client}: ${run.wrong} wrong: ${run.stderr}`);
      const before = best.get(client);
      if (before === undefined || run.wallMs < before.wallMs) best.set(client, run);
    }
  }
  const ours = best.get('tagflow') as BenchRun;
  for (const [client, run] of best) print(line(client, run, ours));
  if (what !== 'copy') return;
  await registries.resetTarget();
  const raw = await measure(() => putBlobsOnce(registries));
  const ratio = (ours.wallMs / raw.wallMs).toFixed(2);
  print(`  each distinct blob written once, and nothing else: ${formatMs(raw.wallMs)}; tagflow takes ${ratio} × of it`);
  await registries.resetTarget();
  await killHalfWay(registries, ours.wallMs, print);
}

/** A run that is killed after half of the time that a whole one took, and the one after it. */
async function killHalfWay(registries: BenchRegistries, wholeMs: number, print: (line: string) => void): Promise<void> {
  const task = taskOf('copy', registries, '');
  const { command, folder } = await prepareOurs(task, registries.root);
  await registries.target.counts();
  const child = spawn(command[0], command.slice(1), { cwd: folder, stdio: 'ignore' });
  const closed = once(child, 'close');
  await sleep(wholeMs / 2);
  child.kill('SIGKILL');
  await closed;
  const before = (await registries.target.counts()).uploaded.length;
  const run = await observe(registries, { host: task.targetHost, tag: task.targetTag }, () =>
    runClient('tagflow', task, registries.root),
  );
  const all = Object.keys(registries.seed.blobs).length;
  print(
    `  killed when ${before} of ${all} blobs were there, the second run uploads ${run.target.uploaded.length} ` +
      `(${megabytes(run.uploadedBytes)}), those of the set among them; ${run.wrong} wrong`,
  );
}

async function compareFarAway(registries: BenchRegistries, print: (line: string) => void): Promise<void> {
  print('\nnoop, 20 ms round trip, the best of 3');
  const source = await startDelayProxy(registries.source, 10);
  const target = await startDelayProxy(registries.target, 10);
  try {
    const repositories = registries.seed.repositories.map(({ repository }) => repository);
    // Nothing was ever copied below the proxies' names, but they are the same registries.
    const task = { sourceHost: source.host, targetHost: target.host, sourceTag: hash, targetTag: hash, repositories };
    await runClient('tagflow', task, registries.root);
    const best = new Map<Client, CommandRun>();
    for (let round = 0; round < 3; round += 1) {
      for (const client of ['tagflow', 'regsync'] as const) {
        const run = await runClient(client, task, registries.root);
        const before = best.get(client);
        if (before === undefined || run.wallMs < before.wallMs) best.set(client, run);
      }
    }
    const ours = best.get('tagflow') as CommandRun;
    for (const [client, run] of best) {
      print(`  ${client.padEnd(8)} ${formatMs(run.wallMs).padStart(8)}  ${(run.wallMs / ours.wallMs).toFixed(2)} ×`);
    }
  } finally {
    await source.close();
    await target.close();
  }
}

/** How the cost grows with the number of repositories, and what one large layer costs. */
async function growth(print: (line: string) => void): Promise<void> {
  print('\ngrowth: small layers, 150 and 600 repositories');
  const small = { baseMb: 1, uniqMinMb: 0.02, uniqMaxMb: 0.05, tag: hash };
  const runs: BenchRun[] = [];
  for (const repos of [150, 600]) {
    const registries = await startBenchRegistries({ ...small, repos });
    try {
      const task = taskOf('copy', registries, '');
      const written = { host: task.targetHost, tag: task.targetTag };
      const run = await observe(registries, written, () => runClient('tagflow', task, registries.root));
      if (run.exitCode !== 0 || run.wrong > 0) throw new Error(`${run.wrong} wrong: ${run.stderr}`);
      runs.push(run);
      print(line('tagflow', run, run));
    } finally {
      await registries.close();
    }
  }
  const [few, many] = runs as [BenchRun, BenchRun];
  const times = (of: (run: BenchRun) => number): string => (of(many) / of(few)).toFixed(2);
  print(
    `  600 cost ${times(({ wallMs }) => wallMs)} × the time, ${times(({ cpuMs }) => cpuMs)} × the CPU, ` +
      `${times(({ source, target }) => source.total + target.total)} × the requests of 150 (bar: 4.2)`,
  );
}

/** What large layers need: memory must not grow with them. */
async function largeLayer(print: (line: string) => void): Promise<void> {
  print('\none container of 3.2 GB, its largest layer of 2 GB');
  const options = { repos: 1, baseMb: 3200, uniqMinMb: 0.02, uniqMaxMb: 0.05, tag: hash, keep: false };
  const registries = await startBenchRegistries(options);
  try {
    const task = taskOf('copy', registries, '');
    const written = { host: task.targetHost, tag: task.targetTag };
    const run = await observe(registries, written, () => runClient('tagflow', task, registries.root));
    if (run.exitCode !== 0 || run.wrong > 0) throw new Error(`${run.wrong} wrong: ${run.stderr}`);
    print(line('tagflow', run, run));
  } finally {
    await registries.close();
  }
}

function runClient(client: Client, task: BenchTask, root: string): Promise<CommandRun> {
  return client === 'tagflow' ? runOurs(task, root) : runPeer(client, task, root);
}

function taskOf(what: BenchCase, { seed, source, target }: BenchRegistries, tag: string): BenchTask {
  const repositories = seed.repositories.map(({ repository }) => repository);
  return what === 'retag'
    ? { sourceHost: source.host, targetHost: source.host, sourceTag: hash, targetTag: tag, repositories }
    : { sourceHost: source.host, targetHost: target.host, sourceTag: hash, targetTag: hash, repositories };
}

function line(client: string, run: BenchRun, ours: BenchRun): string {
  const ratio = `${(run.wallMs / ours.wallMs).toFixed(2)} ×`.padStart(8);
  const asked = `${run.source.total} + ${run.target.total} requests`.padEnd(22);
  return (
    `  ${client.padEnd(8)} ${formatMs(run.wallMs).padStart(8)} ${ratio}  ${formatMs(run.cpuMs).padStart(8)} CPU  ` +
    `${run.peakMb.toFixed(0).padStart(4)} MB peak  ${asked} ${megabytes(run.wireBytes)} on the wire`
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
