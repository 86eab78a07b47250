import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line that takes its time. */
export interface DelayProxy {
  readonly host: string;
  /** Bytes to the server, and from it. */
  traffic(): { readonly connections: number; readonly up: number; readonly down: number };
  reset(): void;
  close(): Promise<void>;
}

// More than this on the line, and who sends waits: as much as 4 Gbit/s have in 10 ms.
const mostOnTheLine = 4 * 1024 * 1024;

/**
 * Starts a TCP proxy to a server on loopback that holds all bytes for `oneWayMs` in each direction. The first bytes of a
 * connection wait for two more of them, for the handshake that is not delayed itself.
 */
export async function startDelayProxy(to: { readonly host: string }, oneWayMs: number): Promise<DelayProxy> {
  const port = Number(to.host.split(':')[1]);
  let traffic = { connections: 0, up: 0, down: 0 };
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    traffic.connections += 1;
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const established = performance.now() + 2 * oneWayMs;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    }
    relay(client, upstream, oneWayMs, established, (bytes) => (traffic.up += bytes));
    relay(upstream, client, oneWayMs, established, (bytes) => (traffic.down += bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    traffic: () => ({ ...traffic }),
    reset() {
      traffic = { connections: 0, up: 0, down: 0 };
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function relay(from: Socket, to: Socket, delayMs: number, earliest: number, count: (bytes: number) => void): void {
  // One queue and one timer: timers of their own could overtake each other.
  const queue: { readonly due: number; readonly act: () => void }[] = [];
  let isArmed = false;
  let onTheLine = 0;
  const arm = (): void => {
    const [next] = queue;
    if (isArmed || next === undefined) return;
    isArmed = true;
    setTimeout(deliver, Math.max(1, next.due - performance.now()));
  };
  const deliver = (): void => {
    isArmed = false;
    while (queue[0] !== undefined && queue[0].due <= performance.now()) queue.shift()?.act();
    arm();
  };
  const later = (act: () => void): void => {
    queue.push({ due: Math.max(performance.now(), earliest) + delayMs, act });
    arm();
  };
  from.on('data', (chunk) => {
    count(chunk.length);
    onTheLine += chunk.length;
    if (onTheLine > mostOnTheLine) from.pause();
    later(() => {
      onTheLine -= chunk.length;
      if (onTheLine < mostOnTheLine / 2) from.resume();
      if (!to.destroyed) to.write(chunk);
    });
  });
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
}
