import type { Clock, Log } from '@tagflow/model';
import { type Agents, createAgents, type ProxyEnv } from './agents.ts';
import { HttpError } from './error.ts';
import { timedOut, unreachable } from './failure.ts';
import { joinHeaders } from './headers.ts';
import { type Credentials, firstHop, type Hop, type Method } from './hop.ts';
import type { Login } from './login.ts';
import { type Patience, type SendOnce, sendPatiently } from './patience.ts';
import { redactUrl } from './redact.ts';
import { requestTimeoutMs } from './time-outs.ts';

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
  /**
   * False: sent once. A 429 or 503 is returned at once, and what may have arrived is not sent again after a reset or a
   * time-out either: the caller decides whether it is still wanted. Default true.
   */
  readonly waits?: boolean;
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

export interface ApiOptions extends Patience {
  /** For one sending, its answer's body included. Default 30 000. */
  readonly timeoutMs?: number;
  /** PEM; trusted besides the usual authorities. */
  readonly ca?: string;
  readonly proxyEnv?: ProxyEnv;
  /**
   * Returns a signal that aborts after so many milliseconds. Default AbortSignal.timeout and not the clock: a socket's
   * other end lives in real time, even where the clock is a virtual one that jumps.
   */
  readonly deadline?: (ms: number) => AbortSignal;
}

/** Longest body of a small answer. */
export const defaultMaxBytes = 64 * 1024 * 1024;

/** Returns an Api with a connection pool of its own. Idle connections do not keep the process alive. */
export function createApi(effects: HttpEffects, options: ApiOptions = {}): Api {
  const agentOptions = { connections: 16, ...pick(options) };
  const pooled = createAgents({ ...agentOptions, keepAlive: true });
  // A pooled connection may be closed by the server the moment it is used again. A request that cannot be repeated
  // must not run into that.
  const fresh = createAgents({ ...agentOptions, keepAlive: false });
  return {
    request: (request) => {
      const sendOnce: SendOnce = (hop, { retrySafe }) =>
        sendByAxios(hop, request, effects, options, retrySafe ? pooled : fresh);
      return sendPatiently(firstHop(request), request, effects, sendOnce, options);
    },
  };
}

function pick(options: ApiOptions): { ca?: string; proxyEnv?: ProxyEnv } {
  return {
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.proxyEnv === undefined ? {} : { proxyEnv: options.proxyEnv }),
  };
}

async function sendByAxios(
  hop: Hop,
  request: ApiRequest,
  effects: HttpEffects,
  options: ApiOptions,
  agents: Agents,
): Promise<ApiResponse> {
  effects.signal.throwIfAborted();
  const what = `${hop.method} ${redactUrl(hop.url.href)}`;
  const timeoutMs = options.timeoutMs ?? requestTimeoutMs;
  const maxBytes = request.maxBytes ?? defaultMaxBytes;
  const login = hop.url.origin === new URL(request.url).origin ? request.login : undefined;
  const proof = login === undefined ? {} : { Authorization: await login.authorize(hop.url, effects.signal) };
  const { axios, AxiosError, AxiosHeaders } = await import('./axios.ts');
  const deadline = (options.deadline ?? AbortSignal.timeout)(timeoutMs);
  try {
    const answer = await axios.request<ArrayBuffer | Buffer>({
      adapter: 'http',
      method: hop.method,
      url: hop.url.href,
      headers: new AxiosHeaders(wireHeaders({ ...hop.headers, ...proof })),
      data: typeof request.body === 'object' ? bufferOf(request.body) : request.body,
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
      responseType: 'arraybuffer',
      validateStatus: () => true,
      maxRedirects: 0,
      maxContentLength: maxBytes,
      maxBodyLength: Infinity,
      ...(hop.url.protocol === 'https:' ? { httpsAgent: agents.https } : { httpAgent: agents.http }),
      // Axios would read the proxy from process.env by itself; ours come with the options and are Node's business.
      ...(options.proxyEnv === undefined ? { proxy: false } : {}),
      signal: AbortSignal.any([effects.signal, deadline]),
    });
    const body = Buffer.isBuffer(answer.data) ? answer.data : Buffer.from(answer.data);
    return {
      status: answer.status,
      headers: joinHeaders(AxiosHeaders.from(answer.headers as InstanceType<typeof AxiosHeaders>).toJSON()),
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
function wireHeaders(given: Readonly<Record<string, string>>): Record<string, string | false> {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const own = Object.entries(ownHeaders).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(own), ...given };
}

const ownHeaders = {
  'Content-Type': false,
  Accept: '*/*',
  'Accept-Encoding': 'identity',
  'User-Agent': 'tagflow',
} as const;

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
