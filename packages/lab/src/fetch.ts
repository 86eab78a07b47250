import { type IncomingHttpHeaders, request } from 'node:http';
import { readBody } from './http-server.ts';

export interface PlainRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/**
 * Makes one plain HTTP request and returns whatever was answered. The lab's own, so that what it checks is not
 * checked with the clients it stands in for.
 */
export async function fetchPlain(url: string, options: PlainRequest = {}): Promise<PlainAnswer> {
  const { method = 'GET', headers = {}, body, signal } = options;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const { promise, resolve, reject } = Promise.withResolvers<PlainAnswer>();
  const sent = request(
    url,
    { method, headers: { ...headers, ...length }, ...(signal ? { signal } : {}) },
    (response) => {
      readBody(response).then((bytes) => {
        const { statusCode = 0, headers: answered } = response;
        resolve({ status: statusCode, headers: answered, body: bytes, text: bytes.toString() });
      }, reject);
    },
  );
  sent.once('error', (cause) => reject(new Error(`${method} ${url} had no answer: ${cause.message}`, { cause })));
  sent.end(body);
  return promise;
}
