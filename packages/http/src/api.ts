import axios, { AxiosError, AxiosHeaders } from 'axios';
import type { Clock, Log } from '@tagflow/model';
import { type Agents, createAgents, type ProxyEnv } from './agents.ts';
import { HttpError } from './error.ts';
import { timedOut, unreachable } from './failure.ts';
import { joinHeaders } from './headers.ts';
import { type Credentials, firstHop, type Hop, type Method, nextHop } from './hop.ts';
import type { Login } from './login.ts';
import { redactUrl } from './redact.ts';
import { retryDelay } from './retry.ts';

export interface HttpEffects {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Between 0 and 1; spreads retries. Without it nothing is left to chance. */
  readonly random?: () => number;
}

export interface ApiRequest {
  readonly method: Method;
  readonly url: string;
  /** Sent exactly as given; no content type is added. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly auth?: Credentials;
  /** Asked anew for each sending, because a proof may be good for one only; never for another origin. */
  readonly login?: Login;
  /** May be sent again after an unclear failure. Default: every method but POST and PATCH. */
  readonly retrySafe?: boolean;
  /** Default true; credentials are dropped across origins. */
  readonly followRedirects?: boolean;
  /** Longest body that is read. Default 64 MiB. */
  readonly maxBytes?: number;
}

export interface ApiResponse {
  readonly status: number;
  /** Names in lower case; several of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body as UTF-8. */
  readonly text: string;
  /** After redirects. */
  readonly url: string;
}

/** Small requests with small answers. Blobs and files go through a Transfer. */
export interface Api {
  /**
   * Returns every HTTP answer, whatever its status.
   * @throws HttpError when there is none that may be used; the signal's reason when it is aborted; LoginError
   */
  request(request: ApiRequest): Promise<ApiResponse>;
}

export interface ApiOptions {
  /** For one sending, its answer's body included. Default 30 000. */
  readonly timeoutMs?: number;
  /** Sendings altogether. Default 4. */
  readonly attempts?: number;
  /** PEM; trusted besides the usual authorities. */
  readonly ca?: string;
  readonly proxyEnv?: ProxyEnv;
  /**
   * Returns a signal that aborts after so many milliseconds. Default AbortSignal.timeout and not the clock: a socket's
   * other end lives in real time, even where the clock is a virtual one that jumps.
   */
  readonly deadline?: (ms: number) => AbortSignal;
}

const middle = (): number => 0.5;
const defaultMaxBytes = 64 * 1024 * 1024;

/** Returns an Api with a connection pool of its own. Idle connections do not keep the process alive. */
export function createApi(effects: HttpEffects, options: ApiOptions = {}): Api {
  const agentOptions = { connections: 16, ...pick(options) };
  const pooled = createAgents({ ...agentOptions, keepAlive: true });
  // A pooled connection may be closed by the server the moment it is used again. A request that cannot be repeated
  // must not run into that.
  const fresh = createAgents({ ...agentOptions, keepAlive: false });
  return {
    request: async (request) => {
      const follow = request.followRedirects ?? true;
      let hop = firstHop(request);
      for (;;) {
        const response = await sendPatiently(hop, request, effects, options, { pooled, fresh });
        const next = follow ? nextHop(hop, response.status, response.headers['location']) : null;
        if (next === null) return response;
        hop = next;
      }
    },
  };
}

function pick(options: ApiOptions): { ca?: string; proxyEnv?: ProxyEnv } {
  return {
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.proxyEnv === undefined ? {} : { proxyEnv: options.proxyEnv }),
  };
}

interface Pools {
  readonly pooled: Agents;
  readonly fresh: Agents;
}

async function sendPatiently(
  hop: Hop,
  request: ApiRequest,
  effects: HttpEffects,
  options: ApiOptions,
  pools: Pools,
): Promise<ApiResponse> {
  const { clock, log, signal } = effects;
  const retrySafe = request.retrySafe ?? (hop.method !== 'POST' && hop.method !== 'PATCH');
  const rule = { attempts: options.attempts ?? 4, retrySafe, random: effects.random ?? middle };
  const what = `${hop.method} ${redactUrl(hop.url.href)}`;
  for (let sent = 1; ; sent++) {
    const result = await sendOnce(hop, request, effects, options, retrySafe ? pools.pooled : pools.fresh).catch(
      asHttpError,
    );
    const wait = retryDelay(
      result instanceof HttpError
        ? { error: result }
        : { status: result.status, retryAfter: result.headers['retry-after'] },
      sent,
      clock.now(),
      rule,
    );
    if (wait === null) {
      if (result instanceof HttpError) throw result;
      log.debug(`${what}: ${result.status}, ${result.body.length} bytes`);
      return result;
    }
    const why = result instanceof HttpError ? result.message : `${what}: ${result.status}`;
    log.info(`${why}; again in ${wait / 1000} s (${sent} of ${rule.attempts} tries made)`);
    await clock.sleep(wait, signal);
    signal.throwIfAborted();
  }
}

function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  throw error;
}

async function sendOnce(
  hop: Hop,
  request: ApiRequest,
  effects: HttpEffects,
  options: ApiOptions,
  agents: Agents,
): Promise<ApiResponse> {
  effects.signal.throwIfAborted();
  const what = `${hop.method} ${redactUrl(hop.url.href)}`;
  const timeoutMs = options.timeoutMs ?? 30_000;
  const maxBytes = request.maxBytes ?? defaultMaxBytes;
  const login = hop.url.origin === new URL(request.url).origin ? request.login : undefined;
  const proof = login === undefined ? {} : { Authorization: await login.authorize(hop.url, effects.signal) };
  const deadline = (options.deadline ?? AbortSignal.timeout)(timeoutMs);
  try {
    const answer = await axios.request<ArrayBuffer | Buffer>({
      adapter: 'http',
      method: hop.method,
      url: hop.url.href,
      headers: wireHeaders({ ...hop.headers, ...proof }),
      data: typeof request.body === 'object' ? bufferOf(request.body) : request.body,
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
      responseType: 'arraybuffer',
      validateStatus: () => true,
      maxRedirects: 0,
      maxContentLength: maxBytes,
      maxBodyLength: Infinity,
      httpAgent: agents.http,
      httpsAgent: agents.https,
      // Axios would read the proxy from process.env by itself; ours come with the options and are Node's business.
      ...(options.proxyEnv === undefined ? { proxy: false } : {}),
      signal: AbortSignal.any([effects.signal, deadline]),
    });
    const body = Buffer.isBuffer(answer.data) ? answer.data : Buffer.from(answer.data);
    return {
      status: answer.status,
      headers: joinHeaders(AxiosHeaders.from(answer.headers as AxiosHeaders).toJSON()),
      body,
      get text() {
        return body.toString('utf8');
      },
      url: hop.url.href,
    };
  } catch (error) {
    effects.signal.throwIfAborted();
    if (deadline.aborted) throw timedOut(what, timeoutMs);
    if (!(error instanceof AxiosError)) throw unreachable(what, error);
    if (error.code === AxiosError.ERR_BAD_RESPONSE && error.message.startsWith('maxContentLength')) {
      throw new HttpError('too-large', `${what}: the answer is longer than ${maxBytes} bytes`);
    }
    // Never the axios error itself as the cause: it holds the request's headers, and so the credentials.
    throw unreachable(what, error.cause ?? Object.assign(new Error(error.message), { code: error.code ?? '' }));
  }
}

// `false` keeps axios from adding a header of its own. DLRN refuses a content type that it does not know, and lengths
// must be those of the bytes that are meant, so nothing is compressed unless the caller asks for it.
function wireHeaders(given: Readonly<Record<string, string>>): AxiosHeaders {
  return new AxiosHeaders({ ...given })
    .set('Content-Type', false, false)
    .set('Accept', '*/*', false)
    .set('Accept-Encoding', 'identity', false)
    .set('User-Agent', 'tagflow', false);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
