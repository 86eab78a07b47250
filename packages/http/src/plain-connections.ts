import type { Socket } from 'node:net';
import type { Clock } from '@tagflow/model';
import {
  type FoundHead,
  formatRequest,
  type Incoming,
  isLast,
  nothingYet,
  type PlainHead,
  type PlainRequest,
  readBody,
  readHead,
} from './plain-answer.ts';
import { createPlainPool, type RoundTrip } from './plain-pool.ts';
import { openSocket } from './plain-socket.ts';

/** A whole answer. */
export interface PlainAnswer extends PlainHead {
  readonly body: Buffer;
}

/**
 * Connections for small requests that only read, one at a time on each. For an answer that is short, a socket and a few
 * lines do what costs Node's own client several times the processor, and with hundreds of them that is what a run takes.
 */
export interface PlainConnections {
  /**
   * Returns the answer, or null where there was none that these few lines understand: then the request has to be sent in
   * the ordinary way, which also tells what is wrong.
   */
  send(request: PlainRequest): Promise<PlainAnswer | null>;
  close(): void;
}

export interface PlainConnectionsOptions {
  /** To one origin at a time, where it is far away. */
  readonly connections: number;
  readonly clock: Pick<Clock, 'now'>;
  /** A connection that owes an answer for so long, or twice that, is given up. */
  readonly idleTimeoutMs: number;
  /** PEM; trusted besides the usual authorities. */
  readonly ca?: string;
}

interface Connection {
  readonly socket: Socket;
  asked: { readonly method: PlainRequest['method']; readonly answer: (answer: PlainAnswer | null) => void } | null;
  /** In which look at all connections it was asked. */
  askedIn: number;
  /** What has come of the answer. */
  incoming: Incoming;
  /** Its head, once that is whole. */
  found: FoundHead | null;
}

/** Until a server has answered, and for one that answers at once: opening more costs more than they bring. */
const few = 8;
const nearMs = 5;
/** A longer answer is the business of those who read it as it comes. */
const longestBody = 4 * 1024 * 1024;
const bufferBytes = 16 * 1024;

export function createPlainConnections(options: PlainConnectionsOptions): PlainConnections {
  let looks = 0;
  let watch: AbortSignal | null = null;

  const pool = createPlainPool<Connection>({
    connect: (url) => {
      const buffer = Buffer.allocUnsafeSlow(bufferBytes);
      const callback = (bytes: number): boolean => {
        hear(connection, buffer.toString('latin1', 0, bytes));
        return true;
      };
      const socket = openSocket(url, options.ca, { buffer: () => buffer, callback });
      const connection: Connection = { socket, asked: null, askedIn: 0, incoming: nothingYet(), found: null };
      if (watch === null) watchOver();
      return connection;
    },
    most: (roundTrip: RoundTrip) =>
      roundTrip === null || roundTrip < nearMs ? Math.min(few, options.connections) : options.connections,
    onClose: (connection) => answer(connection, null),
  });

  // One look at all of them now and then costs less than a timer for each, which every read and write sets anew.
  const watchOver = (): void => {
    watch = AbortSignal.timeout(options.idleTimeoutMs);
    watch.addEventListener('abort', () => {
      looks += 1;
      for (const { socket, asked, askedIn } of pool.all) if (asked !== null && looks - askedIn > 1) socket.destroy();
      if (pool.all.size > 0) watchOver();
      else watch = null;
    });
  };

  return {
    async send(request) {
      const wire = formatRequest(request);
      if (wire === null) return null;
      const connection = await pool.take(request.url);
      if (connection === null || connection.socket.destroyed) return null;
      const sentAt = options.clock.now();
      const said = await new Promise<PlainAnswer | null>((resolve) => {
        connection.asked = { method: request.method, answer: resolve };
        connection.askedIn = looks;
        connection.socket.write(wire, 'latin1');
      });
      pool.giveBack(request.url, connection, said === null ? null : options.clock.now() - sentAt);
      return said;
    },
    close: () => pool.close(),
  };
}

/** Takes in what has come, and gives the answer when it is whole. */
function hear(connection: Connection, text: string): void {
  connection.incoming.text += text;
  const said = answerIn(connection);
  if (said === undefined) return;
  // What nobody asked for, and what is not understood, spoils the connection for all that would follow.
  if (said === null || isLast(said)) connection.socket.destroy();
  answer(connection, said);
}

function answerIn(connection: Connection): PlainAnswer | null | undefined {
  const { asked, incoming } = connection;
  if (asked === null) return null;
  const found = connection.found ?? readHead(incoming.text);
  if (found === undefined || found === null) return found;
  connection.found = found;
  const body = readBody(incoming, found, { method: asked.method, longest: longestBody });
  return typeof body === 'string' ? { ...found.head, body: Buffer.from(body, 'latin1') } : body;
}

function answer(connection: Connection, said: PlainAnswer | null): void {
  const { asked } = connection;
  connection.asked = null;
  connection.incoming = nothingYet();
  connection.found = null;
  asked?.answer(said);
}
