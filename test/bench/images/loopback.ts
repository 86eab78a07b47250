import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { findTool } from '../../../scripts/tools.ts';

/** Returns true where this process has a network with nothing but loopback: what travels there is the benchmark's. */
export function hasOwnLoopback(): boolean {
  const names = readInterfaces().map(({ name }) => name);
  return names.length === 1 && names[0] === 'lo';
}

/** Returns the bytes that have travelled over loopback, each once, with the headers of TCP (about 0.1 %). */
export function readLoopbackBytes(): number {
  const received = readInterfaces().find(({ name }) => name === 'lo')?.received;
  if (received === undefined) throw new Error('/proc/net/dev has no line for lo: this benchmark needs Linux');
  return received;
}

/**
 * Runs a command in a network of its own, and returns its exit code; null where that cannot be had: only root may make
 * one in which sshd works.
 */
export async function runInOwnNetwork(command: readonly string[]): Promise<number | null> {
  const unshare = findTool('unshare');
  if (userInfo().uid !== 0 || unshare === null || findTool('ip') === null) return null;
  const up = ['--net', '/bin/sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const attempt = spawn(unshare, [...up, 'true'], { stdio: 'ignore' });
  const [works] = (await once(attempt, 'close')) as [number | null];
  if (works !== 0) return null;
  const child = spawn(unshare, [...up, ...command], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

function readInterfaces(): readonly { readonly name: string; readonly received: number }[] {
  // proc_pid_net(5): two lines of headings, then "name: bytes packets …", received first
  const lines = readFileSync('/proc/net/dev', 'utf8').trim().split('\n').slice(2);
  return lines.map((line) => {
    const [name = '', numbers = ''] = line.split(':');
    return { name: name.trim(), received: Number(numbers.trim().split(/\s+/)[0]) };
  });
}
