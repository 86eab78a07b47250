import {
  type Api,
  type ApiResponse,
  basicLogin,
  type Credentials,
  HttpError,
  type Login,
  LoginError,
  redactUrl,
} from '@tagflow/http';
import { excerptOf, isHtml, wordsOf } from './answer.ts';
import { parseBaseUrl } from './base-url.ts';
import { DlrnError, type DlrnErrorCode, unreachable } from './error.ts';

/** Asks one DLRN API and returns parsed JSON. */
export interface Requests {
  /** The URL that a path of the API has. */
  urlOf(path: string, query?: Query): string;
  get(path: string, query?: Query): Promise<unknown>;
  /** Sends JSON, with the login. Never sent twice. */
  post(path: string, body: unknown): Promise<unknown>;
}

/** Parameters; those that are null are left out (DLRN takes the word `None` literally). */
export type Query = Readonly<Record<string, string | number | null>>;

export interface RequestOptions {
  /** The part before `/api/…`. */
  readonly apiUrl: string;
  /** A user's name and password, or another way to log in. */
  readonly credentials?: Credentials | Login;
  /**
   * Whether to log in on reads from the first on. Default false: a password costs the server half a second each time, and
   * a server that protects its reads is noticed by its 401.
   */
  readonly sendCredentialsOnReads?: boolean;
}

export function createRequests(api: Api, options: RequestOptions): Requests {
  const base = parseBaseUrl(options.apiUrl, 'apiUrl');
  const login = loginOf(options.credentials);
  let showsOnReads = options.sendCredentialsOnReads ?? false;

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
      const get = (shown: Login | undefined): Promise<ApiResponse> =>
        ask(() => api.request({ method: 'GET', url, ...(shown === undefined ? {} : { login: shown }) }));
      let shown = showsOnReads ? login : undefined;
      let response = await get(shown);
      if (response.status === 401 && shown === undefined && login !== undefined) {
        // A server that protects its reads says so by this; whoever may write there may be shown there.
        showsOnReads = true;
        shown = login;
        response = await get(shown);
      }
      return jsonOf(response, `GET ${redactUrl(url)}`, shown);
    },
    async post(path, body) {
      const url = urlOf(path);
      if (login === undefined) {
        throw new DlrnError('unauthorized', `POST ${redactUrl(url)} needs a login, and none was given`, {
          outcome: 'invalid',
          next: 'Give username and password, or auth-method kerberos.',
        });
      }
      const request = {
        method: 'POST' as const,
        url,
        login,
        // Exactly this: DLRN answers 415 when a charset follows.
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        retrySafe: false,
        followRedirects: false,
      };
      return jsonOf(await ask(() => api.request(request)), `POST ${redactUrl(url)}`, login);
    },
  };
}

function loginOf(given: Credentials | Login | undefined): Login | undefined {
  return given === undefined || 'authorize' in given ? given : basicLogin(given);
}

/** Tells whether a request that failed like this may have been carried out all the same. */
export function isUnclear(error: unknown): error is DlrnError {
  if (!(error instanceof DlrnError)) return false;
  // A page or broken JSON with status 200 is the word of something in between.
  if (error.code === 'server-error' || error.code === 'unexpected-answer') return true;
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
    if (cause instanceof LoginError) {
      const { outcome, next = 'Check the login.' } = cause;
      throw new DlrnError('unauthorized', cause.message, { cause, outcome, next });
    }
    if (!(cause instanceof HttpError)) throw cause;
    throw unreachable('DLRN', cause);
  }
}

function jsonOf(response: ApiResponse, asked: string, login: Login | undefined): unknown {
  if (response.status < 200 || response.status > 299) throw errorOf(response, asked, login);
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

function errorOf(response: ApiResponse, asked: string, login: Login | undefined): DlrnError {
  const { status } = response;
  const said = messageOf(response.text);
  const message = `${asked} answered ${status}: ${said ?? excerptOf(response.text)}`;
  switch (status) {
    case 401:
      return notLetIn(message, login, response.headers['www-authenticate'] ?? '');
    case 403:
      // A user without the right role gets a page; what DLRN refuses by its rules, JSON.
      return new DlrnError(
        'refused',
        message,
        said === null && login !== undefined ? { next: `Have DLRN allow ${login.who} to write.` } : {},
      );
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
      return new DlrnError(codeOf400(said), message, { status });
  }
}

function notLetIn(message: string, login: Login | undefined, offered: string): DlrnError {
  if (login === undefined) {
    const next = 'This DLRN protects its reads: log in, and say protected-reads: true under dlrn: in tagflow.yaml.';
    return new DlrnError('unauthorized', message, { next });
  }
  const { method, who } = login;
  const [ours, other, otherMethod] =
    method === 'basic' ? [/\bbasic\b/i, /\bnegotiate\b/i, 'kerberos'] : [/\bnegotiate\b/i, /\bbasic\b/i, 'basic'];
  const isOther = other.test(offered) && !ours.test(offered);
  const check = method === 'basic' ? 'Check username and password.' : `Check that DLRN knows ${who}.`;
  return new DlrnError('unauthorized', `${message}; it does not let in ${who}`, {
    next: isOther ? `This DLRN logs in another way: auth-method ${otherMethod}.` : check,
  });
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
      return wordsOf(data.message);
  } catch {
    // 401 is plain text, and what nobody foresaw is HTML.
  }
  return null;
}
