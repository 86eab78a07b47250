import type { IncomingMessage } from 'node:http';
import type { ApiResponse } from './api.ts';
import { cutOff } from './cut-off.ts';
import { HttpError } from './error.ts';
import type { Wire } from './exchange.ts';
import { codeOf, timedOut, unreachable } from './failure.ts';
import { joinHeaders } from './headers.ts';
import type { Hop } from './hop.ts';
import { nodeClients } from './node-clients.ts';
import { redactUrl } from './redact.ts';

export interface SmallRequest {
  readonly body: Uint8Array | undefined;
  /** The longest answer that is read. */
  readonly maxBytes: number;
}

/**
 * Sends one small request and returns its whole answer. Does for hundreds of requests what {@link exchange} does for
 * streams, without a stream for each.
 */
export function exchangeSmall(
  hop: Hop,
  small: SmallRequest,
  wire: Wire,
  connection: 'pooled' | 'fresh',
): Promise<ApiResponse> {
  const { aborts, idleTimeoutMs } = wire;
  const what = (): string => `${hop.method} ${redactUrl(hop.url.href)}`;
  aborts.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const secure = hop.url.protocol === 'https:';
    const request = nodeClients[secure ? 'https' : 'http'].request(hop.url, {
      method: hop.method,
      headers: {
        ...{ 'User-Agent': 'tagflow', Accept: '*/*', ...hop.headers },
        ...(small.body === undefined ? {} : { 'Content-Length': String(small.body.byteLength) }),
      },
      agent: wire[connection][secure ? 'https' : 'http'],
      timeout: idleTimeoutMs,
    });
    let answer: IncomingMessage | null = null;
    let over = false;
    const settle = (end: () => void): void => {
      over = true;
      aborts.delete(onAbort);
      end();
    };
    const fail = (error: unknown): void => {
      settle(() => reject(error));
      request.destroy();
    };
    const onAbort = (): void => fail(aborts.signal.reason);
    const broke = (cause: Error): void => fail(unreachable(what(), cause));
    aborts.add(onAbort);

    request.on('timeout', () => fail(timedOut(what(), idleTimeoutMs)));
    request.on('error', (error) => {
      if (over) return;
      if (answer !== null) return broke(error);
      // The server closed an idle connection just as it was taken from the pool: it processed nothing of the request.
      const stale = connection === 'pooled' && request.reusedSocket && codeOf(error) === 'ECONNRESET';
      if (stale && small.body === undefined && (hop.method === 'GET' || hop.method === 'HEAD')) {
        settle(() => resolve(exchangeSmall(hop, small, wire, 'fresh')));
      } else broke(error);
    });
    request.on('response', (response) => {
      answer = response;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > small.maxBytes) {
          fail(new HttpError('too-large', `${what()}: the answer is longer than ${small.maxBytes} bytes`));
        }
        chunks.push(chunk);
      });
      response.on('error', broke);
      response.on('close', () => {
        if (!response.complete) broke(cutOff());
      });
      response.on('end', () => {
        const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
        const headers = joinHeaders(response.headers);
        settle(() =>
          resolve({
            ...{ status: response.statusCode ?? 0, headers, body, url: hop.url.href },
            get text() {
              return body.toString('utf8');
            },
          }),
        );
      });
    });
    request.end(small.body);
  });
}
