import { type Api, type ApiResponse, type Credentials, HttpError, redactUrl } from '@tagflow/http';
import { excerptOf, isHtml } from './answer.ts';
import { parseBaseUrl } from './base-url.ts';
import { DlrnError, type DlrnErrorCode } from './error.ts';

/** Asks one DLRN API and returns parsed JSON. */
export interface Requests {
  /** The URL that a path of the API has. */
  urlOf(path: string, query?: Query): string;
  get(path: string, query?: Query): Promise<unknown>;
  /** Sends JSON, with the credentials. Never sent twice. */
  post(path: string, body: unknown): Promise<unknown>;
}

/** Parameters; those that are null are left out (DLRN takes the word `None` literally). */
export type Query = Readonly<Record<string, string | number | null>>;

export interface RequestOptions {
  /** The part before `/api/…`. */
  readonly apiUrl: string;
  readonly credentials?: Credentials;
  /** For servers with protected reads. Costs the server half a second each. Default false. */
  readonly sendCredentialsOnReads?: boolean;
}

export function createRequests(api: Api, options: RequestOptions): Requests {
  const base = parseBaseUrl(options.apiUrl, 'apiUrl');
  const { credentials } = options;

  const urlOf = (path: string, query: Query = {}): string => {
    const parameters = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === null ? [] : [[name, String(value)]],
    );
    return `${base}${path}${parameters.length === 0 ? '' : `?${new URLSearchParams(parameters).toString()}`}`;
  };

  return {
    urlOf,
    async get(path, query) {
      const url = urlOf(path, query);
      // No content type: DLRN then looks for parameters in a body that is not there, and answers 400.
      const auth = options.sendCredentialsOnReads === true && credentials !== undefined ? { auth: credentials } : {};
      return jsonOf(await ask(() => api.request({ method: 'GET', url, ...auth })), 'GET', url);
    },
    async post(path, body) {
      const url = urlOf(path);
      if (credentials === undefined) {
        throw new DlrnError('unauthorized', `POST ${redactUrl(url)} needs a user and a password, and none were given`, {
          outcome: 'invalid',
          next: 'Give username and password.',
        });
      }
      const request = {
        method: 'POST' as const,
        url,
        auth: credentials,
        // Exactly this: DLRN answers 415 when a charset follows.
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        retrySafe: false,
        followRedirects: false,
      };
      return jsonOf(await ask(() => api.request(request)), 'POST', url);
    },
  };
}

/** Tells whether a request that failed like this may have been carried out all the same. */
export function isUnclear(error: unknown): error is DlrnError {
  if (!(error instanceof DlrnError)) return false;
  if (error.code === 'server-error') return true;
  return error.code === 'unreachable' && error.cause instanceof HttpError && error.cause.mayHaveArrived;
}

/**
 * Tells whether the server may still be at work on a request that ended like {@link isUnclear}. DLRN's own 500 is its
 * last word; a gateway's 504, or a connection that was cut, says nothing of what goes on behind it.
 */
export function mayStillRun(error: DlrnError): boolean {
  return error.status !== 500;
}

async function ask(send: () => Promise<ApiResponse>): Promise<ApiResponse> {
  try {
    return await send();
  } catch (cause) {
    if (!(cause instanceof HttpError)) throw cause;
    throw new DlrnError('unreachable', `DLRN does not answer: ${cause.message}`, {
      cause,
      outcome: cause.outcome,
      next: cause.next ?? 'Check the address, or try again later.',
    });
  }
}

function jsonOf(response: ApiResponse, method: string, url: string): unknown {
  const asked = `${method} ${redactUrl(url)}`;
  if (response.status < 200 || response.status > 299) throw errorOf(response, asked);
  try {
    return JSON.parse(response.text);
  } catch (cause) {
    const what = isHtml(response.text) ? 'an HTML page' : 'something';
    throw new DlrnError(
      'unexpected-answer',
      `${asked} answered ${response.status} with ${what} that is not JSON: ${excerptOf(response.text)}`,
      {
        cause,
        next: 'Check dlrn-url: it is the part before /api/, such as https://trunk.rdoproject.org/api-centos9-master-uc.',
      },
    );
  }
}

function errorOf(response: ApiResponse, asked: string): DlrnError {
  const { status } = response;
  const said = messageOf(response.text);
  const message = `${asked} answered ${status}: ${said ?? excerptOf(response.text)}`;
  switch (status) {
    case 401:
      return new DlrnError('unauthorized', message, { next: 'Check username and password.' });
    case 403:
      return new DlrnError('refused', message);
    case 404:
      // Before June 2021 DLRN answered 404 with a message where it answers 400 today.
      return said === null
        ? new DlrnError('not-found', message, { next: 'Check dlrn-url: it is the part before /api/.' })
        : new DlrnError('nothing-there', message);
    case 410:
      return new DlrnError('purged', message, { next: 'Choose a newer hash.' });
    default:
      if (status >= 500) {
        const busy = status === 502 || status === 503 || status === 504;
        const facts = busy ? { outcome: 'waiting' as const, next: 'Try again later.' } : {};
        return new DlrnError('server-error', message, { ...facts, status });
      }
      return new DlrnError(codeOf400(said), message);
  }
}

function codeOf400(said: string | null): DlrnErrorCode {
  return said !== null && /combination not found|^aggregate_hash not found|^No vote found/.test(said)
    ? 'nothing-there'
    : 'invalid-request';
}

/** Returns DLRN's own words, or null for a page of the web server around it. */
function messageOf(text: string): string | null {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data === 'object' && data !== null && 'message' in data && typeof data.message === 'string')
      return data.message;
  } catch {
    // 401 is plain text, and what nobody foresaw is HTML.
  }
  return null;
}
