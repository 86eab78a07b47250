import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

export interface Served {
  readonly url: string;
  /** The paths that were asked for. */
  readonly asked: readonly string[];
}

/** Serves on loopback until the test ends. */
export async function serve(
  t: ExecutionContext,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Served> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  t.teardown(() => server.closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
