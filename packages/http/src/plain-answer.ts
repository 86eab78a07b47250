import { joinHeaders } from './headers.ts';

/** A request without a body. */
export interface PlainRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PlainHead {
  readonly status: number;
  /** Names in lower case; several of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface FoundHead {
  readonly head: PlainHead;
  /** Where the body begins. */
  readonly end: number;
}

const longestHead = 64 * 1024;

/** Returns the request as it goes over the wire; null where a header holds what no header may hold. */
export function formatRequest({ method, url, headers }: PlainRequest): string | null {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (lines.some((line) => !/^[\t\x20-\x7e]*\r\n$/.test(line))) return null;
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n${lines.join('')}\r\n`;
}

/**
 * Returns the head of an answer and where the body begins; undefined while it is not whole, null where it is none that
 * is understood: of HTTP/1.1, and the only one.
 * @param text a character for each byte
 */
export function readHead(text: string): FoundHead | null | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return text.length <= longestHead ? undefined : null;
  const head = parseHead(text.slice(0, end));
  return head === null ? null : { head, end: end + 4 };
}

/** Returns the Content-Length of an answer that has it and no coding; null for every other. */
export function lengthOf({ headers }: PlainHead): number | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return encoding === undefined && length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null;
}

/** Whether the server will not answer on this connection again. */
export function isLast({ headers }: PlainHead): boolean {
  return headers['connection']?.toLowerCase() === 'close';
}

/**
 * Returns the body that begins at `from`, a character for each byte; undefined while it is not whole, null where it has
 * another form, is longer than `longest`, or where more follows.
 */
export function readBody(
  text: string,
  from: number,
  head: PlainHead,
  { method, longest }: { readonly method: PlainRequest['method']; readonly longest: number },
): string | null | undefined {
  const size = text.length - from;
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return size === 0 ? '' : null;
  if (head.headers['transfer-encoding']?.toLowerCase() === 'chunked') {
    return size > longest ? null : readChunks(text.slice(from));
  }
  const length = lengthOf(head);
  if (length === null || length > longest || size > length) return null;
  // Measured and not looked into: so a text of many pieces is put together once.
  return size < length ? undefined : text.slice(from);
}

function readChunks(text: string): string | null | undefined {
  let body = '';
  for (let at = 0; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const digits = /^[0-9a-f]{1,8}(?=[ \t]*(?:;|$))/i.exec(text.slice(at, lineEnd))?.[0];
    if (digits === undefined) return null;
    const size = Number.parseInt(digits, 16);
    const end = lineEnd + 2 + size;
    if (text.length < end + 2) return undefined;
    if (text.slice(end, end + 2) !== '\r\n') return null;
    if (size === 0) return text.length === end + 2 ? body : null;
    body += text.slice(lineEnd + 2, end);
    at = end + 2;
  }
}

function parseHead(text: string): PlainHead | null {
  const [first = '', ...lines] = text.split('\r\n');
  const status = Number(/^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/.exec(first)?.[1]);
  if (Number.isNaN(status)) return null;
  const headers: Record<string, string[]> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1 || /\s/.test(line.slice(0, colon))) return null;
    (headers[line.slice(0, colon).toLowerCase()] ??= []).push(line.slice(colon + 1).trim());
  }
  return { status, headers: joinHeaders(headers) };
}
