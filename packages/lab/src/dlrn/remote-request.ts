import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { readBody } from '../http-server.ts';
import { ImportFailure, readUrl, type RemoteUrl } from './remote-url.ts';

const timeoutMs = 10_000;
const mostRedirects = 30;
const redirects = [301, 302, 303, 307, 308];

/**
 * Fetches a file of another DLRN, wherever it has moved to.
 * @throws ImportFailure when the URL is none, nobody answers, or the answer is an error. The network of the lab ends
 *   at loopback: every other host is unknown.
 */
export async function fetchRemote(text: string): Promise<Buffer> {
  let url = readUrl(text);
  for (let moves = 0; moves <= mostRedirects; moves += 1) {
    const { status, reason, location, body } = await request(url);
    if (location !== undefined && redirects.includes(status)) {
      url = readUrl(new URL(location, url.href).href);
      continue;
    }
    if (status < 400) return body;
    // The remote's own words: Python's file server has others than most.
    const whose = status < 500 ? 'Client' : 'Server';
    throw new ImportFailure(`${status} ${whose} Error: ${reason} for url: ${url.href}`);
  }
  throw new ImportFailure(`Exceeded ${mostRedirects} redirects.`);
}

interface RemoteAnswer {
  readonly status: number;
  readonly reason: string;
  readonly location: string | undefined;
  readonly body: Buffer;
}

async function request(url: RemoteUrl): Promise<RemoteAnswer> {
  if (!isLoopback(url.host)) {
    const unknown = `Failed to resolve '${url.host}' ([Errno -2] Name or service not known)`;
    throw new ImportFailure(unreachable(url, 'NameResolutionError', unknown));
  }
  try {
    return await ask(url);
  } catch (error) {
    throw new ImportFailure(whatFailed(url, error));
  }
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  if (isIPv4(host)) return loopback.check(host);
  return isIPv6(host) ? loopback.check(host, 'ipv6') : host === 'localhost';
}

async function ask(url: RemoteUrl): Promise<RemoteAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { host, port, target: path } = url;
  const signal = AbortSignal.timeout(timeoutMs);
  const send = url.scheme === 'https' ? requestHttps : requestHttp;
  const sent = send({ host, port, path, signal }, resolve);
  sent.once('error', reject);
  sent.end();
  const answer = await promise;
  const { statusCode: status = 0, statusMessage: reason = '', headers } = answer;
  return { status, reason, location: headers.location, body: await readBody(answer) };
}

function whatFailed(url: RemoteUrl, error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') {
    return `${poolOf(url)}: Read timed out. (read timeout=${timeoutMs / 1000})`;
  }
  if (code === 'ECONNREFUSED') {
    return unreachable(
      url,
      'NewConnectionError',
      'Failed to establish a new connection: [Errno 111] Connection refused',
    );
  }
  if (code === 'ECONNRESET') {
    const wasEnded = error instanceof Error && error.message === 'socket hang up';
    const ended = "RemoteDisconnected('Remote end closed connection without response')";
    return `('Connection aborted.', ${wasEnded ? ended : "ConnectionResetError(104, 'Connection reset by peer')"})`;
  }
  return String(error);
}

function unreachable(url: RemoteUrl, kind: string, why: string): string {
  const connection = placeOf(url, 'Connection');
  return `${poolOf(url)}: Max retries exceeded with url: ${url.target} (Caused by ${kind}("${connection}: ${why}"))`;
}

function poolOf(url: RemoteUrl): string {
  return placeOf(url, 'ConnectionPool');
}

function placeOf({ scheme, host, port }: RemoteUrl, what: string): string {
  return `${scheme.toUpperCase()}${what}(host='${host}', port=${port})`;
}
