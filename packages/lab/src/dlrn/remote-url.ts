import { STATUS_CODES } from 'node:http';
import { fetchPlain, type PlainAnswer } from '../fetch.ts';

/** Why an import failed, in the words of the libraries that DLRN uses. */
export class ImportFailure extends Error {}

const timeoutMs = 10_000;

/**
 * Fetches a file of another DLRN.
 * @throws ImportFailure when the URL is none, nobody answers, or the answer is an error. The network of the lab ends
 *   at loopback: every other host is unknown.
 */
export async function fetchRemote(text: string): Promise<PlainAnswer> {
  const url = checkUrl(text);
  const answer = await request(url);
  if (answer.status >= 400) {
    const whose = answer.status < 500 ? 'Client' : 'Server';
    throw new ImportFailure(
      `${answer.status} ${whose} Error: ${STATUS_CODES[answer.status] ?? ''} for url: ${url.href}`,
    );
  }
  return answer;
}

function checkUrl(text: string): URL {
  const url = text.trimStart();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  // Whatever has a colon and is not HTTP is taken for another scheme.
  const isOther = scheme === undefined ? url.includes(':') : scheme !== 'http' && scheme !== 'https';
  if (isOther) throw new ImportFailure(`No connection adapters were found for '${url}'`);
  if (scheme === undefined) {
    throw new ImportFailure(`Invalid URL '${url}': No scheme supplied. Perhaps you meant https://${url}?`);
  }
  const authority = /^[^/]*\/\/([^/?#]*)/.exec(url)?.[1] ?? '';
  if (authority === '') throw new ImportFailure(`Invalid URL '${url}': No host supplied`);
  const space = /[^:]*\s[^:]*/.exec(authority)?.[0];
  if (space !== undefined) throw new ImportFailure(`Failed to parse: Host '${space}' contains invalid character ' '`);
  if (Number(/:(\d+)$/.exec(authority)?.[1] ?? 0) > 65_535) throw new ImportFailure(`Failed to parse: ${url}`);
  try {
    return new URL(url);
  } catch {
    throw new ImportFailure(`Failed to parse: '${authority}' is not a valid host or port`);
  }
}

async function request(url: URL): Promise<PlainAnswer> {
  const isLoopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!isLoopback) {
    throw new ImportFailure(
      unreachable(url, 'NameResolutionError', `Failed to resolve '${host}' ([Errno -2] Name or service not known)`),
    );
  }
  try {
    return await fetchPlain(url.href, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    const isRefused = /ECONNREFUSED/.test(String(error));
    const refused = 'Failed to establish a new connection: [Errno 111] Connection refused';
    throw new ImportFailure(isRefused ? unreachable(url, 'NewConnectionError', refused) : String(error));
  }
}

function unreachable(url: URL, kind: string, why: string): string {
  const family = url.protocol === 'https:' ? 'HTTPSConnection' : 'HTTPConnection';
  const port = url.port === '' ? { 'http:': 80, 'https:': 443 }[url.protocol] : url.port;
  const at = `host='${url.hostname.replace(/^\[|\]$/g, '')}', port=${port}`;
  const path = `${url.pathname}${url.search}`;
  return `${family}Pool(${at}): Max retries exceeded with url: ${path} (Caused by ${kind}("${family}(${at}): ${why}"))`;
}
