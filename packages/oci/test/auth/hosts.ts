import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ExecutionContext } from 'ava';

/** One request as a server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Starts a server on loopback that answers as it is told, and remembers what it was asked. */
export async function startHost(
  t: ExecutionContext,
  answer: (seen: Seen, origin: string) => Said,
): Promise<{ readonly origin: string; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void read(request).then((one) => {
      seen.push(one);
      const { status, headers = {}, body = '' } = answer(one, origin);
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, seen };
}

async function read(request: IncomingMessage): Promise<Seen> {
  const { method = '', url = '', headers } = request;
  return { method, path: url, authorization: headers.authorization, body: await text(request) };
}
