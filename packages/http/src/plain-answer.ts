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

/** What has come of an answer, a character for each byte. */
export interface Incoming {
  text: string;
  /** Chunks that were taken out of `text`. */
  body: string;
  /** How long `text` has to be before a look at it is worth its while. */
  enough: number;
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

/** Returns an answer of which nothing has come. */
export function nothingYet(): Incoming {
  return { text: '', body: '', enough: 0 };
}

/**
 * Returns the body, a character for each byte; undefined while it is not whole, null where it has another form, is longer
 * than `longest`, or where more follows. Takes what it has understood out of `incoming`.
 */
export function readBody(
  incoming: Incoming,
  { head, end: from }: FoundHead,
  { method, longest }: { readonly method: PlainRequest['method']; readonly longest: number },
): string | null | undefined {
  const size = incoming.text.length - from;
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return size === 0 ? '' : null;
  if (head.headers['transfer-encoding']?.toLowerCase() === 'chunked') {
    return size + incoming.body.length > longest ? null : readChunks(incoming, from);
  }
  const length = lengthOf(head);
  if (length === null || length > longest || size > length) return null;
  // Measured and not looked into: so a text of many pieces is put together once.
  return size < length ? undefined : incoming.text.slice(from);
}

// From where it stopped the last time: a text of many pieces is put together anew whenever it is looked into.
function readChunks(incoming: Incoming, from: number): string | null | undefined {
  const { text } = incoming;
  if (text.length < incoming.enough) return undefined;
  for (let at = from; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    const end = lineEnd < 0 ? text.length : lineEnd + 2 + sizeOf(text.slice(at, lineEnd));
    if (Number.isNaN(end)) return null;
    if (lineEnd < 0 || text.length < end + 2) {
      incoming.text = text.slice(0, from) + text.slice(at);
      incoming.enough = lineEnd < 0 ? 0 : from + end + 2 - at;
      return undefined;
    }
    if (text.slice(end, end + 2) !== '\r\n') return null;
    if (end === lineEnd + 2) return text.length === end + 2 ? incoming.body : null;
    incoming.body += text.slice(lineEnd + 2, end);
    at = end + 2;
  }
}

function sizeOf(line: string): number {
  return Number.parseInt(/^[0-9a-f]{1,8}(?=[ \t]*(?:;|$))/i.exec(line)?.[0] ?? '', 16);
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
