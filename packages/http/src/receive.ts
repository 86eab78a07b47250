import type { Clock, Log } from '@tagflow/model';
import { exchange, type Wire } from './exchange.ts';
import { firstHop, type Hop, nextHop } from './hop.ts';
import { paced } from './paced.ts';
import type { Pacer, Refusal } from './pacer.ts';
import type { Sink } from './pouring.ts';
import { longestText, type Received } from './receiving.ts';
import { redactUrl } from './redact.ts';
import type { StreamConnections } from './stream-connections.ts';

export interface ReceiveRequest {
  readonly url: string;
  /** Sent exactly as given, and only to the origin of the URL where they are credentials. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The first byte that is wanted. Default 0. */
  readonly offset?: number;
  /** How many bytes are wanted, at least 1. Default: all from the offset on. */
  readonly length?: number;
  /** Sees the wanted answer before the sink gets its first byte. What it throws ends the answer and comes out. */
  readonly accept?: (head: ReceivedHead) => void;
}

export interface ReceivedHead {
  readonly status: number;
  /** Names in lower case; several of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
}

/**
 * With the status 200, or 206 for an offset or a length, the sink has taken the whole body. With every other it has got
 * nothing.
 */
export interface ReceiveResponse extends ReceivedHead {
  /** What an answer says whose body was not for the sink, up to 64 KiB; of a success that is longer, nothing. */
  readonly text: string;
}

interface ReceiveOptions {
  /** Null where all goes the ordinary way. */
  readonly streams: StreamConnections | null;
  readonly wire: Wire;
  readonly pacer: Pacer | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'debug'>;
}

/** Does what `receive` of a Transfer says. */
export async function receiveInto(
  request: ReceiveRequest,
  sink: Sink,
  options: ReceiveOptions,
): Promise<ReceiveResponse> {
  const range = rangeOf(request);
  const wanted = range === null ? 200 : 206;
  let hop = firstHop({ method: 'GET', url: request.url, headers: { ...request.headers, ...range } });
  for (;;) {
    const answer = await paced(hop.url.origin, { ...options, refused }, () => begin(hop, wanted, options));
    const { status, headers, text } = answer;
    options.log.debug(`GET ${redactUrl(hop.url.href)}: ${status}`);
    const head = { status, headers, url: hop.url.href };
    if (answer.body !== null) {
      try {
        request.accept?.(head);
      } catch (error) {
        answer.body.drop();
        throw error;
      }
      await answer.body.pour(sink);
      return { ...head, text };
    }
    const next = nextHop(hop, status, headers['location']);
    if (next === null) return { ...head, text };
    hop = next;
  }
}

/** Returns the header that asks for a part; null where the whole is wanted. */
function rangeOf({ offset = 0, length }: ReceiveRequest): { readonly Range: string } | null {
  if (length === undefined) return offset === 0 ? null : { Range: `bytes=${offset}-` };
  return { Range: `bytes=${offset}-${offset + length - 1}` };
}

function refused(refusal: Refusal): Received {
  return { ...refusal, text: '', body: null };
}

async function begin(hop: Hop, wanted: 200 | 206, { streams, wire }: ReceiveOptions): Promise<Received> {
  const headers = { 'User-Agent': 'tagflow', ...hop.headers };
  const received = (await streams?.open({ url: hop.url, headers, wanted })) ?? null;
  if (received !== null) return received;
  const { body, ...head } = await exchange(hop, undefined, wire);
  const pieces: AsyncIterable<Uint8Array> = body;
  if (head.status !== wanted) return { ...head, text: await textOf(pieces), body: null };
  const pour = async (sink: Sink): Promise<void> => {
    // Leaving the loop ends the connection.
    for await (const piece of pieces) await sink(piece);
  };
  return { ...head, text: '', body: { pour, drop: () => void body.destroy() } };
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const begun: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    begun.push(piece);
    size += piece.byteLength;
    if (size > longestText) break;
  }
  return Buffer.concat(begun).subarray(0, longestText).toString('utf8');
}
