import { HttpError } from './error.ts';
import { basicHeader } from './login.ts';
import { redactUrl } from './redact.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** One request on the wire; a redirect makes the next one. */
export interface Hop {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirects: number;
}

const maxRedirects = 5;
const secretHeader = /auth|cookie|token|secret|api-?key/i;

/**
 * Returns the first hop of a request, with the credentials as a header.
 * @throws HttpError `bad-url`
 */
export function firstHop(request: {
  readonly method: Method;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth?: Credentials;
}): Hop {
  const headers = { ...request.headers };
  if (request.auth !== undefined) {
    for (const name of Object.keys(headers)) if (name.toLowerCase() === 'authorization') delete headers[name];
    headers['Authorization'] = basicHeader(request.auth);
  }
  return { method: request.method, url: httpUrl(request.url), headers, redirects: 0 };
}

/**
 * Returns where a redirect leads, or null when the answer is the final one: any other status, a redirect without
 * Location, or a 301, 302 or 303 to a writing request. Those three would turn it into a GET, and a vote that
 * becomes a GET is lost without a word, so the caller sees the status instead. Credentials stay with their origin.
 * @throws HttpError `redirect-refused` from https to http, after five redirects, or to something that is no http URL
 */
export function nextHop(hop: Hop, status: number, location: string | undefined): Hop | null {
  const reading = hop.method === 'GET' || hop.method === 'HEAD';
  const follows = status === 307 || status === 308 || (reading && (status === 301 || status === 302 || status === 303));
  if (!follows || location === undefined) return null;
  const from = `${hop.method} ${redactUrl(hop.url.href)}`;
  if (hop.redirects >= maxRedirects) {
    throw new HttpError('redirect-refused', `${from}: more than ${maxRedirects} redirects in a row`);
  }
  const url = redirectUrl(hop.url, location, from);
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') {
    throw new HttpError(
      'redirect-refused',
      `${from}: redirected from https to ${redactUrl(url.href)}, which is not safe`,
    );
  }
  const headers =
    url.origin === hop.url.origin
      ? hop.headers
      : Object.fromEntries(Object.entries(hop.headers).filter(([name]) => !secretHeader.test(name)));
  return { method: hop.method, url, headers, redirects: hop.redirects + 1 };
}

function redirectUrl(base: URL, location: string, from: string): URL {
  try {
    return httpUrl(new URL(location, base).href);
  } catch (cause) {
    throw new HttpError(
      'redirect-refused',
      `${from}: redirected to ${redactUrl(location)}, which is no usable http URL`,
      {
        cause,
      },
    );
  }
}

function httpUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new HttpError('bad-url', `"${redactUrl(text)}" is not a URL that begins with http:// or https://`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new HttpError('bad-url', `${redactUrl(text)} holds credentials: a URL may not`, {
      next: 'Give the user name and the password as inputs of their own.',
    });
  }
  return url;
}
