import type { Readable } from 'node:stream';
import { createAgents, type ProxyEnv } from './agents.ts';
import type { HttpEffects } from './api.ts';
import { exchange } from './exchange.ts';
import { type Credentials, firstHop, type Hop, type Method, nextHop } from './hop.ts';
import { HttpError } from './error.ts';
import { redactUrl } from './redact.ts';

export interface OpenRequest {
  readonly method: Method;
  readonly url: string;
  /** Sent exactly as given. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array;
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

/** Large requests and answers, as streams. Nothing is sent twice: callers know how to resume. */
export interface Transfer {
  /**
   * Returns every HTTP answer, whatever its status, as soon as its headers are there.
   * @throws HttpError when there is none; the signal's reason when it is aborted; what the body's source throws
   */
  open(request: OpenRequest): Promise<OpenResponse>;
  /** Ends the connection pool, and whatever still uses it. */
  close(): void;
}

export interface TransferOptions {
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
  const idleTimeoutMs = options.idleTimeoutMs ?? 60_000;
  const agentOptions = {
    connections: options.connections ?? 8,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.proxyEnv === undefined ? {} : { proxyEnv: options.proxyEnv }),
  };
  const pooled = createAgents({ ...agentOptions, keepAlive: true });
  const fresh = createAgents({ ...agentOptions, keepAlive: false });
  return {
    open: async (request) => {
      const follow = request.followRedirects ?? true;
      let hop = firstHop({ ...request, headers: withLength(request) });
      for (;;) {
        const response = await exchange(hop, request.body, { pooled, fresh, idleTimeoutMs, signal: effects.signal });
        effects.log.debug(`${hop.method} ${redactUrl(hop.url.href)}: ${response.status}`);
        let next: Hop | null;
        try {
          next = follow ? nextHop(hop, response.status, response.headers['location']) : null;
          if (next !== null && isStream(request.body)) throw cannotRepeat(hop, next);
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
    close: () => {
      pooled.destroy();
      fresh.destroy();
    },
  };
}

function withLength(request: OpenRequest): Readonly<Record<string, string>> {
  const length = request.body instanceof Uint8Array ? request.body.byteLength : request.contentLength;
  return length === undefined ? { ...request.headers } : { ...request.headers, 'Content-Length': String(length) };
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
