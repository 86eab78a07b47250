import { Readable } from 'node:stream';
import { createAbortSet, untilAborted } from './abort-set.ts';
import { createAgents, type ProxyEnv } from './agents.ts';
import { type ApiRequest, type ApiResponse, defaultMaxBytes, type HttpEffects } from './api.ts';
import { exchange, type Exchanged, type Wire } from './exchange.ts';
import { type Credentials, firstHop, type Hop, type Method, nextHop } from './hop.ts';
import { HttpError } from './error.ts';
import { paced } from './paced.ts';
import type { Refusal } from './pacer.ts';
import { type Patience, type SendOnce, sendPatiently } from './patience.ts';
import { createPlainConnections } from './plain-connections.ts';
import type { Sink } from './pouring.ts';
import { receiveInto, type ReceiveRequest, type ReceiveResponse } from './receive.ts';
import { redactUrl } from './redact.ts';
import { silenceTimeoutMs } from './time-outs.ts';
import type { StreamedBody } from './sending.ts';
import { exchangeSmall, type SmallRequest } from './small-exchange.ts';
import { createStreamConnections } from './stream-connections.ts';

export interface OpenRequest {
  readonly method: Method;
  readonly url: string;
  /** Sent exactly as given. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: StreamedBody | Uint8Array;
  /** Bytes of a streamed body; without it the body goes in chunks, which some registries refuse. */
  readonly contentLength?: number;
  readonly auth?: Credentials;
  /** Default true; credentials are dropped across origins. A streamed body cannot follow. */
  readonly followRedirects?: boolean;
}

export interface OpenResponse {
  readonly status: number;
  /** Names in lower case; several of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  /** Must be consumed or destroyed: it holds a connection. Fails with an HttpError when the connection breaks. */
  readonly body: Readable;
}

/** Small requests with small answers, without a login that makes a new proof for each. */
export interface Requester {
  /**
   * Returns every HTTP answer, whatever its status.
   * @throws HttpError when there is none that may be used; the signal's reason when it is aborted
   */
  request(request: Omit<ApiRequest, 'login'>): Promise<ApiResponse>;
}

/**
 * Large requests and answers, as streams, of which nothing is sent twice: callers know how to resume. Small ones, too,
 * for those who send hundreds: over the same connections, and at a fraction of what an Api costs.
 */
export interface Transfer extends Requester {
  /**
   * Returns every HTTP answer, whatever its status, as soon as its headers are there.
   * @throws HttpError when there is none; the signal's reason when it is aborted; what the body's source throws
   */
  open(request: OpenRequest): Promise<OpenResponse>;
  /**
   * Sends a GET and hands its body to `sink`, piece by piece as it comes and no faster than the sink takes it. Follows
   * redirects; credentials are dropped across origins. A server that gives the whole where a part was asked for has its
   * answer cut short. Where it can, all of the body passes through the same few buffers,
   * which for hundreds of megabytes costs a fraction of what the stream of `open` costs.
   * @throws HttpError when there is no answer, or not the whole of it; the signal's reason when it is aborted; what the
   * sink throws
   */
  receive(request: ReceiveRequest, sink: Sink): Promise<ReceiveResponse>;
  /** Ends the connection pool, and whatever still uses it. */
  close(): void;
}

export interface TransferOptions extends Patience {
  /** Connections to one origin at a time. Default 8. */
  readonly connections?: number;
  /** A connection on which nothing moves for so long is given up. Default 60 000. */
  readonly idleTimeoutMs?: number;
  /** PEM; trusted besides the usual authorities. */
  readonly ca?: string;
  readonly proxyEnv?: ProxyEnv;
}

/** Returns a Transfer with a connection pool of its own. */
export function createTransfer(effects: HttpEffects, options: TransferOptions = {}): Transfer {
  const idleTimeoutMs = options.idleTimeoutMs ?? silenceTimeoutMs;
  const agentOptions = {
    connections: options.connections ?? 8,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.proxyEnv === undefined ? {} : { proxyEnv: options.proxyEnv }),
  };
  const pooled = createAgents({ ...agentOptions, keepAlive: true });
  const fresh = createAgents({ ...agentOptions, keepAlive: false });
  // A stream may have to wait for what is read from the same server: that must not wait for the stream's connection.
  const sending = createAgents({ ...agentOptions, keepAlive: true });
  const wire: Wire = { pooled, fresh, idleTimeoutMs, aborts: createAbortSet(effects.signal) };
  const { connections } = agentOptions;
  const farAway = { ...agentOptions, connections: connections * 2, clock: effects.clock };
  // A proxy wants to hear more than these few lines know.
  const isDirect = options.proxyEnv === undefined;
  const plain = isDirect ? createPlainConnections({ ...farAway, idleTimeoutMs }) : null;
  // Connections of their own: a small request does not wait for a layer to end.
  const streams = isDirect ? createStreamConnections({ ...agentOptions, idleTimeoutMs, aborts: wire.aborts }) : null;
  const closeDirect = (): void => {
    plain?.close();
    streams?.close();
  };
  // So that nothing is sent later for those who waited for a connection.
  wire.aborts.add(closeDirect);
  const pace = { pacer: options.pacer, clock: effects.clock };
  const sendSmall = async (hop: Hop, small: SmallRequest, connection: 'pooled' | 'fresh'): Promise<ApiResponse> => {
    const { method, url } = hop;
    const reads = (method === 'GET' || method === 'HEAD') && small.body === undefined;
    const headers = { 'User-Agent': 'tagflow', Accept: '*/*', ...hop.headers };
    const said = reads && plain !== null ? await untilAborted(plain.send({ method, url, headers }), wire.aborts) : null;
    if (said === null || said.body.length > small.maxBytes) return exchangeSmall(hop, small, wire, connection);
    return {
      ...{ ...said, url: url.href },
      get text() {
        return said.body.toString('utf8');
      },
    };
  };
  return {
    request: (request) => {
      const sendOnce: SendOnce = (hop, { retrySafe }) =>
        sendSmall(hop, smallOf(request), retrySafe ? 'pooled' : 'fresh');
      return sendPatiently(firstHop(request), request, effects, sendOnce, options);
    },
    open: async (request) => {
      const follow = request.followRedirects ?? true;
      let hop = firstHop({ ...request, headers: withLength(request) });
      for (;;) {
        const refused = refusedBy(hop);
        const isStreamed = isStream(request.body);
        const over = isStreamed ? { ...wire, pooled: sending } : wire;
        const how = { ...pace, isStream: isStreamed, refused };
        const response = await paced(hop.url.origin, how, () => exchange(hop, request.body, over));
        effects.log.debug(`${hop.method} ${redactUrl(hop.url.href)}: ${response.status}`);
        let next: Hop | null;
        try {
          next = follow ? nextHop(hop, response.status, response.headers['location']) : null;
          if (next !== null && isStreamed) throw cannotRepeat(hop, next);
        } catch (error) {
          response.body.destroy();
          throw error;
        }
        if (next === null) return response;
        // Read to the end and not destroyed, so that the connection can be used again; but not more than a page of it.
        await skim(response.body);
        hop = next;
      }
    },
    receive: (request, sink) => receiveInto(request, sink, { ...pace, streams, wire, log: effects.log }),
    close: () => {
      pooled.destroy();
      fresh.destroy();
      sending.destroy();
      closeDirect();
    },
  };
}

function smallOf({ body, maxBytes }: Pick<ApiRequest, 'body' | 'maxBytes'>): SmallRequest {
  return { body: typeof body === 'string' ? Buffer.from(body) : body, maxBytes: maxBytes ?? defaultMaxBytes };
}

function withLength(request: OpenRequest): Readonly<Record<string, string>> {
  const length = request.body instanceof Uint8Array ? request.body.byteLength : request.contentLength;
  return length === undefined ? { ...request.headers } : { ...request.headers, 'Content-Length': String(length) };
}

function refusedBy({ url }: Hop): (refusal: Refusal) => Exchanged {
  return (refusal) => ({ ...refusal, url: url.href, body: Readable.from([]) });
}

function isStream(body: OpenRequest['body']): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}

function cannotRepeat(from: Hop, to: Hop): HttpError {
  return new HttpError(
    'redirect-refused',
    `${from.method} ${redactUrl(from.url.href)}: redirected to ${redactUrl(to.url.href)}, ` +
      'but the body is a stream and cannot be sent again',
    { next: 'Send it to the address that the server names.' },
  );
}

async function skim(body: Readable): Promise<void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > 64 * 1024) return; // leaving the loop destroys the body
  }
}
