import {
  type ApiRequest,
  type ApiResponse,
  createTransfer,
  HttpError,
  type HttpEffects,
  type Method,
  type ReceiveRequest,
  type ReceiveResponse,
  type Sink,
  type Transfer,
  withoutEndSlash,
} from '@tagflow/http';
import { isLoopback } from '@tagflow/model';
import { RunnerError } from '../error.ts';

export type CiEffects = Omit<HttpEffects, 'signal'>;

export interface CiRequest {
  readonly method: Method;
  /** Below the system's base URL, with a slash at its start; or a whole URL, which then gets no credentials elsewhere. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Statuses that are answers to the caller; any other one rejects. */
  readonly accept: readonly number[];
  readonly maxBytes?: number;
}

/** Requests to one CI system. Everything rejects with a RunnerError, or with the reason of an aborted signal. */
export interface CiRequests {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  send(request: CiRequest, signal: AbortSignal): Promise<ApiResponse>;
  /** Sends as it is, and returns every answer: what a client library makes of it is its own business. */
  exchange(request: Omit<ApiRequest, 'login'>, signal: AbortSignal): Promise<ApiResponse>;
  /** Gives the body of a GET to the sink, as it comes. A status that is not 200 or 206 is returned, and gave nothing. */
  receive(request: ReceiveRequest, sink: Sink, signal: AbortSignal): Promise<ReceiveResponse>;
  /** Returns the answer's JSON; null for an accepted 404. @throws RunnerError `ci-answer` when it is none */
  json(request: CiRequest, signal: AbortSignal): Promise<unknown>;
}

export interface CiRequestsOptions {
  /** For messages, such as `Jenkins at https://ci.example.org`. */
  readonly name: string;
  readonly url: string;
  readonly plainHttp: boolean;
  /** The Authorization header that proves who we are; null: nobody. */
  readonly authorization: string | null;
  readonly effects: CiEffects;
}

/** @throws RunnerError `bad-ci` when the URL cannot be used, or would carry a token in clear text */
export function createCiRequests(options: CiRequestsOptions): CiRequests {
  const { name, effects, authorization } = options;
  const base = baseUrlOf(options);
  const using = async <T>(what: string, signal: AbortSignal, use: (http: Transfer) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    // One for each call: between two of them lies a poll's pause, and no server keeps a connection for that.
    const http = createTransfer({ ...effects, signal });
    try {
      return await use(http);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof HttpError ? ofHttpError(name, what, error) : error;
    } finally {
      http.close();
    }
  };
  const whole = (url: string): string => (url.startsWith('/') ? `${base.href}${url}` : url);
  const proofFor = (url: string): Readonly<Record<string, string>> =>
    authorization !== null && URL.parse(url)?.origin === base.origin ? { Authorization: authorization } : {};

  const send: CiRequests['send'] = async ({ accept, ...request }, signal) => {
    const url = whole(request.url);
    const what = `${request.method} ${pathOf(url)}`;
    const headers = { Accept: 'application/json', ...request.headers, ...proofFor(url) };
    const answer = await using(what, signal, (http) => http.request({ ...request, url, headers }));
    if (accept.includes(answer.status)) return answer;
    throw refusedStatus(name, what, answer.status, excerpt(answer.text, authorization));
  };
  return {
    baseUrl: base.href,
    send,
    exchange: (request, signal) =>
      using(`${request.method} ${pathOf(request.url)}`, signal, (http) =>
        http.request({ ...request, headers: { ...request.headers, ...proofFor(request.url) } }),
      ),
    receive: (request, sink, signal) => {
      const url = whole(request.url);
      const headers = { ...request.headers, ...proofFor(url) };
      return using(`GET ${pathOf(url)}`, signal, (http) => http.receive({ ...request, url, headers }, sink));
    },
    json: async (request, signal) => {
      const answer = await send(request, signal);
      if (answer.status === 404) return null;
      try {
        return JSON.parse(answer.text) as unknown;
      } catch {
        throw new RunnerError('ci-answer', `${name}: ${request.method} ${pathOf(whole(request.url))} is not JSON`, {
          next: 'Look whether the URL of the runner is that of the system itself, and not of a page before it.',
        });
      }
    },
  };
}

function baseUrlOf({ name, url, plainHttp, authorization }: CiRequestsOptions): { href: string; origin: string } {
  const parsed = URL.parse(url);
  const wrong = (why: string, next?: string): RunnerError =>
    new RunnerError('bad-ci', `${name}: ${why}`, { outcome: 'invalid', ...(next === undefined ? {} : { next }) });
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) throw wrong('its URL has to begin with https://');
  if (parsed.username !== '' || parsed.password !== '') {
    throw wrong('its URL holds credentials', 'Give the user name and the token as settings of their own.');
  }
  if (parsed.search !== '' || parsed.hash !== '') throw wrong('its URL has a part after ? or #');
  if (authorization !== null && parsed.protocol === 'http:' && !isLoopback(parsed.hostname) && !plainHttp) {
    throw wrong(
      'its URL is http://, and everybody on the way could read the token',
      'Use https://, or say plain-http.',
    );
  }
  return { href: withoutEndSlash(parsed.href), origin: parsed.origin };
}

function ofHttpError(name: string, what: string, error: HttpError): RunnerError {
  const facts = { cause: error, ...(error.next === undefined ? {} : { next: error.next }) };
  return error.passing
    ? new RunnerError('ci-unreachable', `${name} did not answer ${what}`, { ...facts, outcome: 'waiting' })
    : new RunnerError('ci-answer', `${name}: ${what} has no answer that can be used`, facts);
}

const passing: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** Returns what a status that nobody asked for means: only the first of the three may be over later. */
export function refusedStatus(name: string, what: string, status: number, said: string): RunnerError {
  const message = `${name} answered ${what} with ${status}${said === '' ? '' : `: ${said}`}`;
  if (passing.includes(status)) return new RunnerError('ci-unreachable', message, { outcome: 'waiting' });
  if (status === 401 || status === 403) {
    const next = 'Look whether the token is the right one, has not expired, and may start and read this job.';
    return new RunnerError('ci-refused', message, { outcome: 'invalid', next });
  }
  const next = 'Look whether the runner is written down rightly: its URL, its job or workflow, and what it gets.';
  return new RunnerError('ci-refused', message, { outcome: 'invalid', next });
}

/** Returns the beginning of what a server says, on one line, without what we proved ourselves with. */
export function excerpt(text: string, authorization: string | null): string {
  const secrets = authorization === null ? [] : [authorization, authorization.replace(/^\w+ /, '')];
  const clean = secrets.reduce((said, secret) => said.replaceAll(secret, '***'), text);
  return clean
    .replaceAll(/<(?:style|script)[\s\S]*?<\/(?:style|script)>|<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}

function pathOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url : parsed.pathname;
}
