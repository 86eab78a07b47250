import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPatterns, findReasons, readLogFile } from '../../packages/featureset/src/index.ts';
import { compilePatterns } from '../../packages/featureset/src/reasons/compile.ts';
import { createBars } from './images/report.ts';
import { measure, middleOf } from './measure.ts';
import { runMeasured } from './measured-command.ts';
import { type BenchLog, hostileLogs, usualLog } from './reasons/logs.ts';

const rounds = 3;
const peers = { 'grep -E, LC_ALL=C': 'C', 'grep -E, LC_ALL=C.UTF-8': 'C.UTF-8' };

/**
 * Looks through logs with all shipped patterns, and so does GNU grep with the same expressions. It only counts lines: it
 * does not tell which pattern matched, and stops at a line's first.
 */
export async function bench(print: (line: string) => void): Promise<void> {
  const bars = createBars(print);
  const patterns = `${defaultPatterns.length} patterns`;
  const { cpuMs } = await measure(() => compilePatterns(defaultPatterns));
  print(`${patterns}, compiled in ${cpuMs.toFixed(0)} ms; MB per CPU second, the middle of ${rounds}`);
  const usual = await usualLog(256);
  const speed = await ours(usual);
  await compare(usual, speed, print);
  bars.atMost(`seconds for 100 MB of ${usual.name}`, 100 / speed, 1, (value) => value.toFixed(2));
  // There is a log of which grep reads less than a megabyte a second: it gets little of each.
  const [few, half, whole] = [await hostileLogs(4), await hostileLogs(16), await hostileLogs(32)];
  for (const [index, log] of whole.entries()) {
    const [small, shorter] = [few[index], half[index]];
    if (small === undefined || shorter === undefined) continue;
    const [first, second] = [await ours(shorter), await ours(log)];
    await compare(small, second, print);
    bars.atMost(`CPU for twice as much of ${log.name}`, (2 * first) / second, 2.6, (value) => `${value.toFixed(2)} ×`);
  }
  bars.summary();
}

/** Returns our megabytes per second of CPU. */
async function ours({ file, size }: BenchLog): Promise<number> {
  const { signal } = new AbortController();
  const all = [];
  for (let round = 0; round < rounds; round += 1) {
    all.push(
      await measure(() => findReasons([{ file: 'job.log', bytes: readLogFile(file) }], defaultPatterns, { signal })),
    );
  }
  return size / 1000 / middleOf(all).cpuMs;
}

async function compare({ name, file, size }: BenchLog, speed: number, print: (line: string) => void): Promise<void> {
  print(`${name}; grep reads ${(size / 1e6).toFixed(0)} MB of it`);
  print(`  ${'tagflow'.padEnd(24)} ${speed.toFixed(0).padStart(6)} MB/s`);
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-bench-'));
  try {
    const expressions = join(folder, 'expressions');
    await writeFile(expressions, defaultPatterns.map(({ pattern }) => `${posix(pattern)}\n`).join(''));
    for (const [peer, locale] of Object.entries(peers)) {
      const command = ['grep', '-c', '-a', '-E', '-f', expressions, file];
      const run = await runMeasured(command, { cwd: folder, env: { LC_ALL: locale } });
      if ((run.exitCode ?? 2) > 1) throw new Error(`grep failed: ${run.stderr}`);
      // GNU time counts in hundredths of a second.
      const theirs = size / 1000 / Math.max(run.cpuMs, 10);
      print(
        `  ${peer.padEnd(24)} ${theirs.toFixed(0).padStart(6)} MB/s; tagflow ${(speed / theirs).toFixed(2)} × as fast; ` +
          `${run.stdout.trim()} lines`,
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Returns an expression as GNU grep takes it. What ignores the case does so there no more. */
function posix(source: string): string {
  return source
    .replaceAll('\\d', '[0-9]')
    .replaceAll(/\(\?i?:/g, '(')
    .replaceAll('\\/', '/')
    .replaceAll('[^\\]]', '[^]]');
}
