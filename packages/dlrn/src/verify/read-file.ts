import { createHash, type Hash } from 'node:crypto';
import { HttpError, redactUrl, type Transfer } from '@tagflow/http';
import type { Effects } from '@tagflow/model';
import { DlrnError, unreachable } from '../error.ts';
import type { Sum } from './repomd.ts';

/** What files of a repository are read with. */
export interface FileEffects extends Pick<Effects, 'clock' | 'signal'> {
  readonly transfer: Pick<Transfer, 'open' | 'request'>;
}

/** What a file has to be. */
export interface Expected {
  /** Bytes; null where nobody said. */
  readonly size: number | null;
  readonly sum: Sum;
}

/** Counts the bytes that were read, also of what was read twice. */
export interface Counter {
  bytes: number;
}

/** As they are on the disk: a proxy may not compress what is compressed already. */
export const asItIs = { 'accept-encoding': 'identity' };
/** Where nobody said how long a file is. */
const longestFile = 1024 ** 3;
const attempts = 3;

interface Limit {
  /** Bytes; a server that sends more is not listened to any longer. */
  readonly most: number;
  /** Who said so; null where it is only too much. */
  readonly source: string | null;
}

/**
 * Gives the bytes of a file to `read`, once more from the beginning when the connection broke.
 * @throws DlrnError
 */
async function readPieces<Value>(
  url: string,
  limit: Limit,
  counter: Counter,
  { transfer, clock, signal }: FileEffects,
  read: (pieces: AsyncIterable<Uint8Array>) => Promise<Value>,
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await transfer.open({ method: 'GET', url, headers: asItIs });
      if (response.status !== 200) {
        response.body.destroy();
        throw refusal(url, response.status);
      }
      return await read(atMost(response.body as AsyncIterable<Uint8Array>, limit, url, counter));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HttpError)) throw error;
      if (!error.passing || attempt === attempts) throw unreachable('the repository', error);
      await clock.sleep(500 * 2 ** attempt, signal);
    }
  }
}

/** Returns the error for a file that was not sent. */
export function refusal(url: string, status: number): DlrnError {
  const code =
    status === 404 || status === 410 ? 'nothing-there' : status >= 500 ? 'server-error' : 'unexpected-answer';
  return new DlrnError(code, `${redactUrl(url)} answered ${status}`);
}

async function* atMost(
  pieces: AsyncIterable<Uint8Array>,
  { most, source }: Limit,
  url: string,
  counter: Counter,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    counter.bytes += piece.length;
    if (size > most) {
      const why = source === null ? '' : `, ${source} says ${most}`;
      throw new DlrnError('unexpected-answer', `${redactUrl(url)} has more than ${most} bytes${why}`);
    }
    yield piece;
  }
}

/**
 * Reads a file whole and compares it with what was said of it; `look`, if given, sees its bytes on the way.
 * @param source who said it, such as `repomd.xml`
 * @throws DlrnError `unexpected-answer` when it is another file
 */
export async function readExpected<Value>(
  url: string,
  { size, sum }: Expected,
  source: string,
  counter: Counter,
  effects: FileEffects,
  look: (pieces: AsyncIterable<Uint8Array>) => Promise<Value>,
): Promise<Value> {
  const limit = size === null ? { most: longestFile, source: null } : { most: size, source };
  return readPieces(url, limit, counter, effects, async (pieces) => {
    const tap = tapped(pieces, sum.algorithm);
    let failure: { readonly error: unknown } | null = null;
    let value: Value | undefined;
    try {
      value = await look(tap.pieces());
    } catch (error) {
      if (tap.isBroken()) throw error;
      failure = { error };
    }
    // What it holds can only be judged when it is known to be the file that was meant.
    for await (const piece of tap.pieces()) void piece;
    assertSame(redactUrl(url), tap.finish(), { size, sum }, source);
    if (failure !== null) throw failure.error;
    return value as Value;
  });
}

/** Passes bytes on, to one reader after the other, and computes their checksum. */
function tapped(pieces: AsyncIterable<Uint8Array>, algorithm: string) {
  const iterator = pieces[Symbol.asyncIterator]();
  const hash: Hash = createHash(algorithm);
  let size = 0;
  let isBroken = false;
  return {
    /** Leaving the loop does not end the source: another reader may go on. */
    async *pieces(): AsyncGenerator<Uint8Array> {
      for (;;) {
        const { value, done } = await iterator.next().catch((error: unknown) => {
          isBroken = true;
          throw error;
        });
        if (done === true) return;
        size += value.length;
        hash.update(value);
        yield value;
      }
    },
    /** Tells whether the source itself failed. */
    isBroken: () => isBroken,
    finish: () => ({ size, hex: hash.digest('hex') }),
  };
}

/** @throws DlrnError `unexpected-answer` */
function assertSame(
  where: string,
  found: { readonly size: number; readonly hex: string },
  { size, sum }: Expected,
  source: string,
): void {
  if (size !== null && found.size !== size) {
    throw new DlrnError('unexpected-answer', `${where} has ${found.size} bytes, ${source} says ${size}`);
  }
  if (found.hex === sum.hex) return;
  throw new DlrnError('unexpected-answer', `${where} has the ${sum.algorithm} ${found.hex}, ${source} says ${sum.hex}`);
}

/** Reads everything and keeps nothing. */
export async function drain(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) void piece;
}

/**
 * Returns a small file, whole.
 * @throws DlrnError
 */
export async function readSmall(url: string, most: number, counter: Counter, effects: FileEffects): Promise<Buffer> {
  return readPieces(url, { most, source: null }, counter, effects, async (pieces) => {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    const content = Buffer.concat(all);
    if (content.length === 0) throw new DlrnError('unexpected-answer', `${redactUrl(url)} is empty`);
    return content;
  });
}
