import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What a command and all processes that it started took. */
export interface CommandRun {
  readonly exitCode: number | null;
  readonly wallMs: number;
  /** User and system time of all processes. */
  readonly cpuMs: number;
  /** Megabytes of 10⁶ bytes; of the largest process. */
  readonly peakMb: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a command under GNU time. A command that fails is a result too. */
export async function runMeasured(command: readonly string[], { cwd, env }: CommandOptions): Promise<CommandRun> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-time-'));
  try {
    const file = join(folder, 'time');
    const start = performance.now();
    // A process between: the peak of a child begins with the size of who forked it, and this one is large.
    const child = spawn('/usr/bin/time', ['-q', '-f', '%U %S %M', '-o', file, ...command], {
      ...{ cwd, env: { PATH: '/usr/bin:/bin', ...env } },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const closed = once(child, 'close').then(([code]) => ({ code, wallMs: performance.now() - start }));
    const [stdout, stderr, { code, wallMs }] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    const [user = NaN, system = NaN, kilobytes = NaN] = (await readFile(file, 'utf8')).trim().split(' ').map(Number);
    return { exitCode: code, wallMs, cpuMs: (user + system) * 1000, peakMb: (kilobytes * 1024) / 1e6, stdout, stderr };
  } finally {
    await rm(folder, { recursive: true });
  }
}
