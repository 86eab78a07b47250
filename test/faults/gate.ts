import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way to a server. */
export interface Passing {
  readonly method: string;
  readonly path: string;
}

/** A server in front of another one, which holds requests back until somebody lets them pass. */
export interface Gate {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly host: string;
  close(): Promise<void>;
}

/**
 * Starts a gate in front of `target` (an origin). `before` and `after` are awaited around each request: while `before`
 * waits the server has not seen it, while `after` waits the sender has no answer.
 */
export async function startGate(
  target: string,
  { before, after }: Readonly<Record<'before' | 'after', (passing: Passing) => Promise<void>>>,
): Promise<Gate> {
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const passing = { method: incoming.method ?? 'GET', path: incoming.url ?? '/' };
    await before(passing);
    const answer = await forward(new URL(passing.path, target), incoming);
    const body: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) body.push(chunk);
    await after(passing);
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    outgoing.end(Buffer.concat(body));
  };
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url: `http://${host}`, host },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// The host stays the gate's, so that the addresses in an answer lead through the gate as well.
function forward(url: URL, incoming: IncomingMessage): Promise<IncomingMessage> {
  const { method, headers } = incoming;
  return new Promise((resolve, reject) => {
    const sent = send(url, { method, headers }, resolve);
    sent.once('error', reject);
    incoming.pipe(sent);
  });
}
