import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

type Matcher = (method: string, path: string, body: string) => boolean;

export interface HoldingProxy {
  /** Stands for the server's origin. */
  readonly origin: string;
  /** From now on requests that match are taken and never answered; resolves with the first. */
  hold(matches: Matcher): Promise<void>;
  /** Forgets what was held and passes everything on again. */
  release(): void;
  close(): Promise<void>;
}

/** Starts a proxy before an HTTP server that can stop time between two requests. */
export async function startHoldingProxy(target: string): Promise<HoldingProxy> {
  let isHeld: Matcher = () => false;
  const handle = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/', headers } = asked;
    const body = await buffer(asked);
    if (isHeld(method, path, body.toString())) return;
    const { host: _, ...others } = headers;
    const passed = request(new URL(path, target), { method, headers: others }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    passed.end(body);
  };
  const server = createServer((asked, answer) => void handle(asked, answer).catch(() => answer.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    hold: (matches) =>
      new Promise((resolve) => {
        isHeld = (...asked) => {
          const isMatch = matches(...asked);
          if (isMatch) resolve();
          return isMatch;
        };
      }),
    release: () => {
      isHeld = () => false;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
