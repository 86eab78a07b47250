import net, { type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface RawServer extends AsyncDisposable {
  readonly url: string;
  /** The heads of requests, in the order of their coming. */
  readonly heads: string[];
  /** Connections that were ever opened, and those that are open. */
  connections(): number;
  open(): number;
  /** Resolves when the connections that are open are so many. */
  untilOpen(count: number): Promise<void>;
}

/** A server that says what `answer` writes to each request without a body, letter by letter. */
export async function serveRaw(answer: (socket: Socket, count: number, head: string) => void): Promise<RawServer> {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (data) => {
      text += data.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        answer(socket, heads.push(head), head);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heads,
    connections: () => connections,
    open: () => sockets.size,
    async untilOpen(count) {
      while (sockets.size !== count) await new Promise((resolve) => setImmediate(resolve));
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
