import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerProcess {
  readonly port: number;
  /** Of the shell that started the server and waits for it. */
  readonly pid: number;
  /** Ends the server and waits for it. */
  close(): Promise<void>;
}

export interface ServerStart {
  /** The absolute path of a server that stays in the foreground. */
  readonly program: string;
  /** The whole environment besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Writes what the server needs to listen on this port of 127.0.0.1, and returns its arguments. */
  readonly prepare: (port: number) => Promise<readonly string[]>;
}

// A test that is killed cannot end its servers: the shell does it when its standard input closes. Descriptor 3,
// because a shell gives its background jobs no standard input.
const lifeline =
  'exec 3<&0; "$@" </dev/null 3<&- & server=$!; { read -r _ <&3; kill "$server"; } >/dev/null 2>&1 & wait "$server"';
const readyMs = 20_000;
const endMs = 10_000;

/**
 * Starts a server on a free port and returns when it takes connections.
 * @throws Error with what the server wrote when it does not start
 */
export async function startServerProcess({ program, env = {}, prepare }: ServerStart): Promise<ServerProcess> {
  let last: unknown;
  // Between finding a port and taking it, somebody else may.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const port = await findFreePort();
    try {
      return await startOn(port, program, await prepare(port), env);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

async function startOn(
  port: number,
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  // An environment of its own: docker-registry takes every REGISTRY_* for configuration.
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...variables };
  const child = spawn('/bin/sh', ['-c', lifeline, 'sh', program, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4000);
    });
  }
  const exited = once(child, 'exit');
  const close = async (): Promise<void> => {
    child.stdin.end();
    const isOver = await Promise.race([exited.then(() => true), sleep(endMs, false, { ref: false })]);
    if (!isOver) throw new Error(`${program} did not end within ${endMs / 1000} s of SIGTERM`);
  };
  const deadline = Date.now() + readyMs;
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await close();
      throw new Error(`${program} does not listen on 127.0.0.1:${port}:\n${said}`);
    }
    await sleep(20);
  }
  return { port, pid: child.pid ?? 0, close };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const taken = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return taken;
}
