import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock, Log } from '@tagflow/model';
import type { HttpEffects } from '../src/index.ts';

/** A clock that jumps to the end of every sleep and remembers how long each was. */
export interface JumpingClock extends Clock {
  readonly sleeps: number[];
}

export function jumpingClock(start = Date.parse('2026-01-01T00:00:00Z')): JumpingClock {
  let now = start;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      sleeps.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

export interface TestWorld extends HttpEffects {
  readonly clock: JumpingClock;
  readonly lines: string[];
}

export function testWorld(signal: AbortSignal = new AbortController().signal): TestWorld {
  const lines: string[] = [];
  const say = (message: string): void => {
    lines.push(message);
  };
  const log: Log = { debug: say, info: say, warning: say };
  return { clock: jumpingClock(), log, lines, signal, random: () => 1 };
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
  /** Connections that were ever opened. */
  connections(): number;
}

/** A server on a free port of the loopback whose handler sees requests with their whole body. */
export async function serve(
  handler: (request: Seen, response: http.ServerResponse, count: number) => void,
): Promise<TestServer> {
  const seen: Seen[] = [];
  let connections = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(one);
      handler(one, response, seen.length);
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
