import type { ApiRequest, ApiResponse, HttpEffects } from './api.ts';
import { HttpError } from './error.ts';
import { type Hop, nextHop } from './hop.ts';
import { paceOf } from './paced.ts';
import type { Pacer, Refusal } from './pacer.ts';
import { redactUrl } from './redact.ts';
import { retryDelay } from './retry.ts';

/** How one hop is sent once. Rejects with an HttpError where there is no answer. */
export type SendOnce = (hop: Hop, options: { readonly retrySafe: boolean }) => Promise<ApiResponse>;

/** How often a request is sent, and how many at a time. */
export interface Patience {
  /** Sendings altogether. Default 4; one that was refused as too much (429) counts half. */
  readonly attempts?: number;
  readonly pacer?: Pacer;
}

const middle = (): number => 0.5;

/** Sends a request until it is answered for good, and follows redirects. */
export async function sendPatiently(
  first: Hop,
  request: Pick<ApiRequest, 'retrySafe' | 'waits' | 'followRedirects'>,
  effects: HttpEffects,
  sendOnce: SendOnce,
  patience: Patience,
): Promise<ApiResponse> {
  const follow = request.followRedirects ?? true;
  let hop = first;
  for (;;) {
    const response = await sendHop(hop, request, effects, sendOnce, patience);
    const next = follow ? nextHop(hop, response.status, response.headers['location']) : null;
    if (next === null) return response;
    hop = next;
  }
}

async function sendHop(
  hop: Hop,
  request: Pick<ApiRequest, 'retrySafe' | 'waits'>,
  effects: HttpEffects,
  sendOnce: SendOnce,
  patience: Patience,
): Promise<ApiResponse> {
  const { clock, log, signal } = effects;
  const retrySafe = request.retrySafe ?? (hop.method !== 'POST' && hop.method !== 'PATCH');
  const rule = { attempts: patience.attempts ?? 4, retrySafe, random: effects.random ?? middle };
  const what = (): string => `${hop.method} ${redactUrl(hop.url.href)}`;
  let last: ApiResponse | null = null;
  for (let sent = 1; ; sent++) {
    const turn = await patience.pacer?.enter(hop.url.origin);
    // Its own refusal says more, where it has had one.
    if (turn?.refusal) return last?.status === turn.refusal.status ? last : refusedAnswer(hop, turn.refusal);
    const result = await sendOnce(hop, { retrySafe }).catch((error: unknown) => {
      if (!(error instanceof HttpError)) turn?.leave();
      return asHttpError(error);
    });
    last = result instanceof HttpError ? null : result;
    const isGivenUp = turn?.learn(paceOf(last, clock)) === true;
    turn?.leave();
    const attempt =
      result instanceof HttpError
        ? { error: result }
        : { status: result.status, retryAfter: result.headers['retry-after'] };
    const wait = isGivenUp || request.waits === false ? null : retryDelay(attempt, sent, clock.now(), rule);
    if (wait === null) {
      if (result instanceof HttpError) throw result;
      log.debug(`${what()}: ${result.status}, ${result.body.length} bytes`);
      return result;
    }
    const why = result instanceof HttpError ? result.message : `${what()}: ${result.status}`;
    log.info(`${why}; again in ${wait / 1000} s (${sent} tries made)`);
    await clock.sleep(wait, signal);
    signal.throwIfAborted();
  }
}

function refusedAnswer({ url }: Hop, refusal: Refusal): ApiResponse {
  return { ...refusal, body: Buffer.alloc(0), text: '', url: url.href };
}

function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  throw error;
}
