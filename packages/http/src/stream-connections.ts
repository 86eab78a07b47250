import type { Socket } from 'node:net';
import { type AbortSet, untilAborted } from './abort-set.ts';
import { formatRequest } from './plain-answer.ts';
import { createPlainPool } from './plain-pool.ts';
import { openSocket } from './plain-socket.ts';
import { type Received, type Receiving, startReceiving } from './receiving.ts';

/** A GET whose answer may be long. */
export interface StreamRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The status whose body is wanted piece by piece. */
  readonly wanted: 200 | 206;
}

/** Connections for long answers, which pass through a few buffers again and again. */
export interface StreamConnections {
  /**
   * Returns the beginning of an answer, or null where there was none that these few lines understand: then the request
   * has to be sent in the ordinary way, which also tells what is wrong.
   * @throws HttpError `timed-out`; the signal's reason
   */
  open(request: StreamRequest): Promise<Received | null>;
  close(): void;
}

export interface StreamConnectionsOptions {
  /** To one origin at a time. */
  readonly connections: number;
  readonly idleTimeoutMs: number;
  readonly aborts: AbortSet;
  /** PEM; trusted besides the usual authorities. */
  readonly ca?: string;
}

interface Connection {
  readonly socket: Socket;
  receiving: Receiving | null;
}

const bufferBytes = 64 * 1024;

export function createStreamConnections(options: StreamConnectionsOptions): StreamConnections {
  const { idleTimeoutMs, aborts } = options;
  // Buffers that hold nothing that anybody still reads.
  const spare: Uint8Array[] = [];

  const pool = createPlainPool<Connection>({
    connect: (url) => {
      const callback = (bytes: number, buffer: Uint8Array): boolean => {
        if (connection.receiving !== null) return connection.receiving.hear(buffer, bytes);
        // What nobody asked for spoils the connection for the next answer.
        socket.destroy();
        return false;
      };
      const onread = { buffer: () => spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes), callback };
      const socket = openSocket(url, options.ca, onread);
      const connection: Connection = { socket, receiving: null };
      socket.on('error', (error) => connection.receiving?.closed(error));
      socket.on('timeout', () => connection.receiving?.silent());
      return connection;
    },
    most: () => options.connections,
    onClose: ({ receiving }) => receiving?.closed(null),
  });

  return {
    async open({ url, headers, wanted }) {
      aborts.signal.throwIfAborted();
      const wire = formatRequest({ method: 'GET', url, headers });
      if (wire === null) return null;
      const taking = Promise.resolve(pool.take(url));
      const connection = await untilAborted(taking, aborts).catch((error: unknown) => {
        void taking.then((late) => late?.socket.destroy());
        throw error;
      });
      if (connection === null || connection.socket.destroyed) return null;
      const { socket } = connection;
      return new Promise((resolve, reject) => {
        connection.receiving = startReceiving({
          ...{ socket, url, wanted, spare, idleTimeoutMs, aborts, resolve, reject },
          release: () => {
            connection.receiving = null;
            socket.setTimeout(0);
            // So that its end is noticed.
            socket.resume();
            pool.giveBack(url, connection, null);
          },
        });
        socket.write(wire, 'latin1');
      });
    },
    close: () => pool.close(),
  };
}
