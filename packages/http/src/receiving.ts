import type { Socket } from 'node:net';
import type { AbortSet } from './abort-set.ts';
import { cutOff } from './cut-off.ts';
import { timedOut, unreachable } from './failure.ts';
import { type FoundHead, isLast, lengthOf, nothingYet, type PlainHead, readBody, readHead } from './plain-answer.ts';
import { type Pouring, type Sink, startPouring } from './pouring.ts';
import { redactUrl } from './redact.ts';

/** A body that was wanted, and waits. One of the two must be called, once. */
export interface WantedBody {
  pour(sink: Sink): Promise<void>;
  /** Ends its connection. */
  drop(): void;
}

/** The beginning of an answer. */
export interface Received extends PlainHead {
  /** What an answer that was not wanted says. */
  readonly text: string;
  /** Null where the answer is another one than was wanted. */
  readonly body: WantedBody | null;
}

/** One answer on its way in. */
export interface Receiving {
  /** Takes in what was read; false: no more for now. */
  hear(buffer: Uint8Array, bytes: number): boolean;
  closed(error: Error | null): void;
  /** Nothing has moved for the idle time. */
  silent(): void;
}

interface ReceivingOptions {
  readonly socket: Socket;
  readonly url: URL;
  readonly wanted: number;
  /** Where buffers go that nobody reads any more. */
  readonly spare: Uint8Array[];
  readonly idleTimeoutMs: number;
  readonly aborts: AbortSet;
  /** Called when the connection may be used again; never when it broke. */
  readonly release: () => void;
  readonly resolve: (received: Received | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Of an answer that was not wanted. A longer one is nothing that a registry says. */
export const longestText = 64 * 1024;

/**
 * Begins to receive the answer to a GET that is sent at the same moment. Resolves with null where it is none that these
 * few lines understand; what happens after the head of a wanted answer comes out of `pour`.
 */
export function startReceiving(options: ReceivingOptions): Receiving {
  const { socket, spare, idleTimeoutMs, aborts } = options;
  const what = `GET ${redactUrl(options.url.href)}`;
  const incoming = nothingYet();
  let found: FoundHead | null = null;
  let pouring: Pouring | null = null;
  let over = false;
  let { reject } = options;
  let failure: unknown;

  const settle = (): void => {
    over = true;
    aborts.delete(onAbort);
  };
  const fail = (error: unknown): void => {
    if (over) return;
    settle();
    failure = error;
    socket.destroy();
    reject(error);
  };
  const onAbort = (): void => fail(aborts.signal.reason);
  const drop = (): void => {
    settle();
    socket.destroy();
  };
  const giveUp = (): false => {
    drop();
    options.resolve(null);
    return false;
  };
  const finish = ({ head }: FoundHead): void => {
    settle();
    if (isLast(head) || pouring?.hasMore() === true) socket.destroy();
    else options.release();
  };
  // What went by before was our own time.
  const readOn = (): void => {
    socket.setTimeout(idleTimeoutMs);
    socket.resume();
  };

  const pour = (sink: Sink): Promise<void> =>
    new Promise((resolve, rejectPour) => {
      if (over) return rejectPour(failure);
      reject = rejectPour;
      pouring?.into(sink).then(() => {
        if (over) return;
        finish(found as FoundHead);
        resolve();
      }, fail);
    });

  const begin = (wanted: FoundHead, length: number, buffer: Uint8Array, from: number, to: number): false => {
    pouring = startPouring(length, spare, readOn);
    pouring.arrive(buffer, from, to);
    options.resolve({ ...wanted.head, text: '', body: { pour, drop } });
    return false;
  };

  aborts.add(onAbort);
  socket.setTimeout(idleTimeoutMs);
  return {
    hear(buffer, bytes) {
      if (pouring !== null) {
        return pouring.arrive(buffer, 0, bytes);
      }
      // Most of it may be the body, which is none to be made a text.
      const upTo = incoming.text === '' ? endOfHead(buffer, bytes) : bytes;
      const before = incoming.text.length;
      incoming.text += latin1(buffer, 0, upTo);
      const head = found ?? readHead(incoming.text);
      if (head === null) return giveUp();
      if (head !== undefined) {
        found = head;
        if (head.head.status === options.wanted) {
          const length = lengthOf(head.head);
          return length === null ? giveUp() : begin(head, length, buffer, head.end - before, bytes);
        }
        if (head.head.status < 300 && (lengthOf(head.head) ?? 0) > longestText) {
          // A whole file where a part was wanted: it tells nothing, and is gigabytes that nobody takes.
          drop();
          options.resolve({ ...head.head, text: '', body: null });
          return false;
        }
        incoming.text += latin1(buffer, upTo, bytes);
        const body = readBody(incoming, head, { method: 'GET', longest: longestText });
        if (body === null) return giveUp();
        if (body !== undefined) {
          finish(head);
          options.resolve({ ...head.head, text: Buffer.from(body, 'latin1').toString('utf8'), body: null });
        }
      }
      spare.push(buffer);
      return true;
    },
    closed(error) {
      if (over || pouring?.isWhole() === true) return;
      if (pouring === null) giveUp();
      else fail(unreachable(what, error ?? cutOff()));
    },
    silent() {
      if (pouring === null || pouring.isWaiting()) fail(timedOut(what, idleTimeoutMs));
    },
  };
}

function latin1(buffer: Uint8Array, from: number, to: number): string {
  return Buffer.from(buffer.buffer, buffer.byteOffset + from, to - from).toString('latin1');
}

function endOfHead(buffer: Uint8Array, bytes: number): number {
  const end = Buffer.from(buffer.buffer, buffer.byteOffset, bytes).indexOf('\r\n\r\n');
  return end < 0 ? bytes : end + 4;
}
