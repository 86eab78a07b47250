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
}

export interface ReceiveResponse {
  /** 200, or 206 for an offset: the sink has taken the whole body. Every other: it has got nothing. */
  readonly status: number;
  /** Names in lower case; several of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  /** What an answer says whose body was not for the sink, up to 64 KiB. */
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
  const offset = request.offset ?? 0;
  const wanted = offset === 0 ? 200 : 206;
  const range = offset === 0 ? {} : { Range: `bytes=${offset}-` };
  let hop = firstHop({ method: 'GET', url: request.url, headers: { ...request.headers, ...range } });
  for (;;) {
    const answer = await paced(hop.url.origin, { ...options, refused }, () => begin(hop, wanted, options));
    const { status, headers, text } = answer;
    options.log.debug(`GET ${redactUrl(hop.url.href)}: ${status}`);
    if (answer.pour !== null) {
      await answer.pour(sink);
      return { status, headers, url: hop.url.href, text };
    }
    const next = nextHop(hop, status, headers['location']);
    if (next === null) return { status, headers, url: hop.url.href, text };
    hop = next;
  }
}

function refused(refusal: Refusal): Received {
  return { ...refusal, text: '', pour: null };
}

async function begin(hop: Hop, wanted: 200 | 206, { streams, wire }: ReceiveOptions): Promise<Received> {
  const headers = { 'User-Agent': 'tagflow', ...hop.headers };
  const received = (await streams?.open({ url: hop.url, headers, wanted })) ?? null;
  if (received !== null) return received;
  const { body, ...head } = await exchange(hop, undefined, wire);
  const pieces: AsyncIterable<Uint8Array> = body;
  if (head.status !== wanted) return { ...head, text: await textOf(pieces), pour: null };
  const pour = async (sink: Sink): Promise<void> => {
    // Leaving the loop ends the connection.
    for await (const piece of pieces) await sink(piece);
  };
  return { ...head, text: '', pour };
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
