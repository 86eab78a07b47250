import type { Readable } from 'node:stream';
import type { AbortSet } from './abort-set.ts';
import type { Agents } from './agents.ts';
import { answerBody } from './answer-body.ts';
import { cutOff } from './cut-off.ts';
import { codeOf, timedOut, unreachable } from './failure.ts';
import { joinHeaders } from './headers.ts';
import type { Hop } from './hop.ts';
import { nodeClients } from './node-clients.ts';
import { redactUrl } from './redact.ts';
import { type SendingBody, startSending, type StreamedBody } from './sending.ts';

export interface Wire {
  readonly pooled: Agents;
  /** Opens a connection for each request. */
  readonly fresh: Agents;
  readonly idleTimeoutMs: number;
  readonly aborts: AbortSet;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  readonly body: Readable;
}

/**
 * Sends one request and returns its answer once the headers are there; a success is returned only when the whole body
 * was sent, so that what its source finds out at its end is not lost.
 */
export function exchange(
  hop: Hop,
  body: StreamedBody | Uint8Array | undefined,
  wire: Wire,
  connection: 'pooled' | 'fresh' = 'pooled',
): Promise<Exchanged> {
  const { aborts, idleTimeoutMs } = wire;
  const what = `${hop.method} ${redactUrl(hop.url.href)}`;
  aborts.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const secure = hop.url.protocol === 'https:';
    const request = nodeClients[secure ? 'https' : 'http'].request(hop.url, {
      method: hop.method,
      headers: { 'User-Agent': 'tagflow', ...hop.headers },
      agent: wire[connection][secure ? 'https' : 'http'],
      timeout: idleTimeoutMs,
    });
    let sending: SendingBody | null = null;
    let answer: Readable | null = null;

    let over = false;
    // A success that waits for the end of our source.
    let isHeldBack = false;
    let broken: Error | null = null;

    const settle = (): void => {
      over = true;
      aborts.delete(onAbort);
    };
    const fail = (error: unknown): void => {
      settle();
      sending?.stop();
      answer?.destroy(error instanceof Error ? error : new Error(String(error)));
      reject(error);
      request.destroy();
    };
    // Answered in full, though it could take no more: nothing else would tell.
    const lost = (): void => {
      if (isHeldBack) fail(unreachable(what, broken ?? cutOff()));
    };
    const onAbort = (): void => {
      fail(aborts.signal.reason);
    };
    aborts.add(onAbort);

    request.on('timeout', () => {
      // Silence is the server's fault only while it is the server's turn.
      const ourTurn = (answer !== null && answer.readableLength > 0) || sending?.waitsForSource() === true;
      if (ourTurn) request.setTimeout(idleTimeoutMs);
      else fail(timedOut(what, idleTimeoutMs));
    });
    request.on('error', (error) => {
      broken = error;
      // The answer's body tells it; or it was given up, and this is only its end.
      if (answer !== null || over) return;
      // The server closed an idle connection just as it was taken from the pool: it processed nothing of the request.
      const stale = connection === 'pooled' && request.reusedSocket && codeOf(error) === 'ECONNRESET';
      if (stale && body === undefined && (hop.method === 'GET' || hop.method === 'HEAD')) {
        settle();
        resolve(exchange(hop, body, wire, 'fresh'));
      } else {
        fail(unreachable(what, error));
      }
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const opened = answerBody(response, (error) => unreachable(what, error));
      answer = opened;
      opened.once('close', () => {
        settle();
        // An upload that was answered before it was whole cannot give its connection back.
        if (sending?.finished() === false) sending.stop();
        if (sending?.finished() === false || !response.complete) request.destroy();
      });
      const deliver = (): void => {
        isHeldBack = false;
        resolve({ status, headers: joinHeaders(response.headers), url: hop.url.href, body: opened });
      };
      isHeldBack = sending !== null && status < 300;
      if (isHeldBack) void sending?.whenFinished.then(deliver);
      else deliver();
    });
    if (body === undefined) request.end();
    else if (body instanceof Uint8Array) request.end(body);
    else sending = startSending(body, request, { fail, lost });
  });
}
