import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly port: number;
  /** Where new connections go from now on. */
  target: number;
  /** From the first bytes on that match nothing comes back; resolves when they have gone to the server. */
  holdAfter(pattern: RegExp): Promise<void>;
  /** Gives what was held, and passes everything on again. */
  pass(): void;
  /** Breaks every connection off. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a proxy before a TCP server, which can stop its answers, break connections, and change the server. */
export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let isHeld = false;
  let awaited: { readonly pattern: RegExp; readonly found: () => void } | null = null;
  const server = createServer((near) => {
    const far = connect(proxy.target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (bytes) => {
      if (awaited?.pattern.test(bytes.toString('latin1')) === true) {
        isHeld = true;
        awaited.found();
        awaited = null;
      }
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      const give = () => void near.write(bytes);
      if (isHeld) held.push(give);
      else give();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const proxy: CuttingProxy = {
    port: address.port,
    target,
    holdAfter: (pattern) =>
      new Promise((found) => {
        awaited = { pattern, found };
      }),
    pass: () => {
      isHeld = false;
      awaited = null;
      for (const give of held.splice(0)) give();
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      proxy.cut();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
