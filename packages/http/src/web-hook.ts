import { createHmac } from 'node:crypto';
import { isLoopback } from '@tagflow/model';
import type { Api, ApiResponse, HttpEffects } from './api.ts';
import { HttpError } from './error.ts';
import { redactUrl } from './redact.ts';
import { retryDelay } from './retry.ts';

/** A message to a web hook. */
export interface WebHookCall {
  /** https, or http to this machine. */
  readonly url: string;
  /** JSON. */
  readonly body: string;
  /** The key of the signature, which both sides know. */
  readonly secret: string;
  /** The same for every sending of the same message, by whomever: what makes a POST safe to repeat. */
  readonly idempotencyKey: string;
  /** Sendings altogether. Default 4; one that was refused as too much (429) counts half. */
  readonly attempts?: number;
}

export const webHookHeaders = {
  timestamp: 'X-Tagflow-Timestamp',
  signature: 'X-Tagflow-Signature-256',
  key: 'Idempotency-Key',
} as const;

/** Longest answer that is read. */
const maxAnswerBytes = 64 * 1024;

/**
 * Returns the signature of a message, `sha256=` and 64 hex digits: the HMAC over the timestamp, a dot and the body, so
 * that a receiver can refuse what somebody recorded and sends again later.
 * @param timestamp whole seconds since 1970, as the header says it
 */
export function signWebHook(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/**
 * Posts a signed message until it is answered for good, and returns that answer, whatever its status. Redirects are not
 * followed: the message is for this receiver. Each sending has a timestamp and a signature of its own.
 * @throws HttpError `bad-url` for http to another machine, `unreachable`, `timed-out`, `too-large`
 */
export async function callWebHook(api: Api, call: WebHookCall, effects: HttpEffects): Promise<ApiResponse> {
  const { url, body, secret, idempotencyKey } = call;
  assertWebHookUrl(url);
  const { clock, log, signal, random = () => 0.5 } = effects;
  const rule = { attempts: call.attempts ?? 4, retrySafe: true, random };
  const what = `POST ${redactUrl(url)}`;
  for (let sent = 1; ; sent++) {
    const timestamp = String(Math.floor(clock.now() / 1000));
    const result = await api
      .request({
        ...{ method: 'POST', url, body, maxBytes: maxAnswerBytes, followRedirects: false, waits: false },
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json, text/plain;q=0.9, */*;q=0.1',
          [webHookHeaders.key]: idempotencyKey,
          [webHookHeaders.timestamp]: timestamp,
          [webHookHeaders.signature]: signWebHook(secret, timestamp, body),
        },
      })
      .catch((error: unknown) => {
        if (error instanceof HttpError) return error;
        throw error;
      });
    const failed = result instanceof HttpError;
    const attempt = failed ? { error: result } : { status: result.status, retryAfter: result.headers['retry-after'] };
    const wait = retryDelay(attempt, sent, clock.now(), rule);
    if (wait === null) {
      if (failed) throw result;
      return result;
    }
    log.info(
      `${failed ? result.message : `${what}: ${result.status}`}; again in ${wait / 1000} s (${sent} tries made)`,
    );
    await clock.sleep(wait, signal);
    signal.throwIfAborted();
  }
}

/**
 * Returns when messages may be sent there.
 * @throws HttpError `bad-url`
 */
export function assertWebHookUrl(text: string): void {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return;
  throw new HttpError('bad-url', `web hook "${redactUrl(text)}": it has to be https, or http to this machine`, {
    next: 'Give https://host/path.',
  });
}
