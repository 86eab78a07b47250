import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A process of Zuul, which stays in the foreground. */
export interface Component {
  readonly pid: number;
  /** Everything that it wrote until now. */
  log(): Promise<string>;
  /** @throws Error with the end of its log when it is not running any more */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface ComponentStart {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
}

// A test that is killed cannot end its processes: the shell does it when its standard input closes. Descriptor 3,
// because a shell gives its background jobs no standard input. A scheduler that has lost its ZooKeeper waits for it for
// ever, also when it is told to end: then the whole group goes, which is of this process alone.
const lifeline = `exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill "$server"; n=0
  while kill -0 "$server" && [ $n -lt 15 ]; do sleep 1; n=$((n + 1)); done
  kill -0 "$server" && kill -9 0; } >/dev/null 2>&1 &
wait "$server"`;

/** Starts it in a process group of its own. */
export function startComponent({ name, command, env, cwd, logFile }: ComponentStart): Component {
  const file = openSync(logFile, 'a', 0o600);
  const child = spawn('/bin/sh', ['-c', lifeline, 'sh', ...command], {
    ...{ cwd, env, detached: true, stdio: ['pipe', file, file] },
  });
  const exited = once(child, 'exit');
  // It ends when it is told to, or check() tells.
  exited.catch(() => undefined);
  child.stdin?.on('error', () => undefined);
  const log = (): Promise<string> => readFile(logFile, 'utf8');
  return {
    pid: child.pid ?? 0,
    log,
    async check() {
      if (child.exitCode !== null) throw new Error(`${name} has ended:\n${(await log()).slice(-3000)}`);
    },
    async close() {
      child.stdin?.end();
      await exited;
    },
  };
}

/** Returns as many ports of 127.0.0.1 as are asked for, which nobody has at this moment. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports: number[] = [];
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}

/**
 * Asks until there is an answer.
 * @param what is waited for, for the error
 * @throws Error when the time is up, with what `explain` says
 */
export async function until<Value>(
  what: string,
  ask: () => Promise<Value | null>,
  { withinMs, explain }: { readonly withinMs: number; readonly explain?: () => Promise<string> },
): Promise<Value> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (value !== null) return value;
    if (Date.now() > deadline) {
      throw new Error(`no ${what} within ${String(withinMs / 1000)} s\n${(await explain?.()) ?? ''}`);
    }
    await delay(250);
  }
}
