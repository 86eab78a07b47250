import type { Socket } from 'node:net';

/** What is kept open to be used again, for one request at a time. */
export interface Pooled {
  readonly socket: Socket;
}

/** How far away a server is: the shortest time that an answer took. Milliseconds; null before the first. */
export type RoundTrip = number | null;

interface Origin<Connection> {
  open: number;
  roundTrip: RoundTrip;
  readonly idle: Connection[];
  readonly waiting: ((connection: Connection | null) => void)[];
}

/** Connections to any number of origins. */
export interface PlainPool<Connection extends Pooled> {
  /**
   * Returns a connection of one's own, as soon as there is one. It may have been closed since; null where the pool is
   * closed.
   */
  take(url: URL): Promise<Connection | null> | Connection | null;
  /** @param tookMs how long its answer took; null where there was none */
  giveBack(url: URL, connection: Connection, tookMs: number | null): void;
  /** All that are open, idle or not. */
  readonly all: ReadonlySet<Connection>;
  /** Closes all that are open, and opens none for those who wait. */
  close(): void;
}

/**
 * Returns an empty pool.
 * @param connect opens one more connection
 * @param most how many there may be to one origin
 * @param onClose hears of each connection that has closed, whoever closed it
 */
export function createPlainPool<Connection extends Pooled>(options: {
  readonly connect: (url: URL) => Connection;
  readonly most: (roundTrip: RoundTrip) => number;
  readonly onClose: (connection: Connection) => void;
}): PlainPool<Connection> {
  const origins = new Map<string, Origin<Connection>>();
  const all = new Set<Connection>();
  let isClosed = false;

  const originOf = ({ origin: name }: URL): Origin<Connection> => {
    const known = origins.get(name);
    if (known !== undefined) return known;
    const origin: Origin<Connection> = { open: 0, roundTrip: null, idle: [], waiting: [] };
    origins.set(name, origin);
    return origin;
  };

  const open = (url: URL, origin: Origin<Connection>): Connection => {
    const connection = options.connect(url);
    origin.open += 1;
    all.add(connection);
    connection.socket.on('close', () => {
      all.delete(connection);
      origin.open -= 1;
      const place = origin.idle.indexOf(connection);
      if (place >= 0) origin.idle.splice(place, 1);
      options.onClose(connection);
      const next = origin.waiting.shift();
      next?.(open(url, origin));
    });
    return connection;
  };

  return {
    all,
    take(url) {
      if (isClosed) return null;
      const origin = originOf(url);
      const free = origin.idle.pop();
      if (free === undefined) {
        if (origin.open < options.most(origin.roundTrip)) return open(url, origin);
        return new Promise((resolve) => origin.waiting.push(resolve));
      }
      free.socket.ref();
      return free;
    },
    giveBack(url, connection, tookMs) {
      const origin = originOf(url);
      if (tookMs !== null) origin.roundTrip = Math.min(origin.roundTrip ?? tookMs, tookMs);
      while (origin.waiting.length > 0 && origin.open < options.most(origin.roundTrip)) {
        origin.waiting.shift()?.(open(url, origin));
      }
      if (connection.socket.destroyed) return;
      const next = origin.waiting.shift();
      if (next !== undefined) return next(connection);
      // Nobody waits for it: the process may end.
      connection.socket.unref();
      origin.idle.push(connection);
    },
    close() {
      isClosed = true;
      for (const { waiting } of origins.values()) for (const nobody of waiting.splice(0)) nobody(null);
      for (const { socket } of all) socket.destroy();
    },
  };
}
