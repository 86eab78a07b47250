import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { startServer } from './http-server.ts';
import { type ServerWatch, unwatched } from './watch.ts';

/** One request as the server saw it. */
export interface LabFileRequest {
  readonly method: string;
  /** Decoded, with its leading slash. */
  readonly path: string;
  readonly range: string | null;
  readonly ifRange: string | null;
}

/** What goes wrong with one answer. */
export type LabFileFault =
  /** A status instead of the file. */
  | { readonly status: number; readonly retryAfter?: number }
  /** A 302 to another address. */
  | { readonly redirectTo: string }
  /** Any text instead of the file, such as a listing that nobody would write. */
  | { readonly text: string; readonly type: string }
  | LabFileChange;

/** What goes wrong with an answer that brings the file; all of it may at once. */
export interface LabFileChange {
  /** The connection ends there. */
  readonly cutAfterBytes?: number;
  /** As a server without ranges does. */
  readonly ignoreRange?: true;
  /** As a broken cache does: the part is given, whatever version was asked for. */
  readonly ignoreIfRange?: true;
  /** Names in lower case; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

export interface LabImageServerOptions {
  readonly root: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Asked for every request; undefined means a good answer. */
  readonly fault?: (request: LabFileRequest) => LabFileFault | undefined;
  readonly watch?: ServerWatch;
}

export interface LabImageServer {
  /** Such as `http://127.0.0.1:41234`, without a slash at the end. */
  readonly url: string;
  /** Every request since the start, in order. */
  requests(): readonly LabFileRequest[];
  /** Bytes of file content that were handed to connections. */
  bytesSent(): number;
  close(): Promise<void>;
}

/**
 * Starts an HTTP server over a folder on loopback: GET and HEAD, single ranges, ETag, Last-Modified, If-Range, and
 * folder listings in nginx's autoindex form. Links are followed while they stay below `root`.
 */
export async function startLabImageServer(options: LabImageServerOptions): Promise<LabImageServer> {
  const root = await realpath(options.root);
  const requests: LabFileRequest[] = [];
  let bytesSent = 0;
  const server = await startServer(answer, options.port);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = describeRequest(request);
    requests.push(seen);
    const fault = options.fault?.(seen);
    if (fault !== undefined && 'status' in fault) {
      return sendText(response, fault.status, `status ${fault.status} on purpose\n`, {
        ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
      });
    }
    if (fault !== undefined && 'redirectTo' in fault)
      return sendText(response, 302, '', { location: fault.redirectTo });
    if (fault !== undefined && 'text' in fault) {
      return sendText(response, 200, fault.text, { 'content-type': fault.type });
    }
    if (seen.method !== 'GET' && seen.method !== 'HEAD') return sendText(response, 405, 'only GET and HEAD\n');
    const { watch = unwatched } = options;
    const file = await watch(`${seen.method} ${seen.path}`, () => findBelow(root, seen.path));
    if (file === null) return sendText(response, 404, 'not found\n');
    if (file.directory) return sendFolder(response, seen.path, file.path);
    const change = fault ?? {};
    const asked = change.ignoreIfRange === true ? { ...seen, ifRange: null } : seen;
    const range = change.ignoreRange === true ? null : wantedRange(asked, file);
    if (range === 'unsatisfiable') {
      return sendText(response, 416, 'range not satisfiable\n', { 'content-range': `bytes */${file.size}` });
    }
    const { start, end } = range ?? { start: 0, end: file.size };
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(end - start),
      'accept-ranges': 'bytes',
      etag: file.etag,
      'last-modified': file.lastModified,
      ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }),
      ...change.headers,
    };
    response.writeHead(range === null ? 200 : 206, withoutNulls(headers));
    if (seen.method === 'HEAD' || start === end) {
      response.end();
      return;
    }
    const cut = change.cutAfterBytes ?? null;
    const stop = cut === null ? end : Math.min(end, start + cut);
    if (stop > start) {
      const content = createReadStream(file.path, { start, end: stop - 1 });
      content.on('data', (chunk) => (bytesSent += chunk.length));
      await pipeline(content, response, { end: cut === null });
    }
    // Destroyed only after the bytes left: the client must see a body that stops, not one that never began.
    if (cut !== null) await new Promise<void>((resolve) => response.write('', () => resolve()));
    if (cut !== null) response.destroy();
  }

  return { url: server.url, requests: () => requests, bytesSent: () => bytesSent, close: server.close };
}

interface FoundFile {
  readonly path: string;
  readonly directory: boolean;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: string;
}

function describeRequest(request: IncomingMessage): LabFileRequest {
  const rawPath = new URL(request.url ?? '/', 'http://lab.invalid').pathname;
  return {
    method: request.method ?? 'GET',
    path: decodeURIComponent(rawPath),
    range: request.headers.range ?? null,
    ifRange: headerText(request.headers['if-range']),
  };
}

function withoutNulls(headers: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

function headerText(value: string | readonly string[] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

async function findBelow(root: string, path: string): Promise<FoundFile | null> {
  try {
    const real = await realpath(join(root, path));
    if (real !== root && !real.startsWith(root + sep)) return null;
    const facts = await stat(real);
    return {
      path: real,
      directory: facts.isDirectory(),
      size: facts.size,
      // The inode is in it because a test may replace a file within one clock tick.
      etag: `"${Math.trunc(facts.mtimeMs).toString(16)}-${facts.size.toString(16)}-${facts.ino.toString(16)}"`,
      lastModified: facts.mtime.toUTCString(),
    };
  } catch {
    return null;
  }
}

/** Returns the bytes asked for (`end` is exclusive), or null for the whole file. */
function wantedRange(
  request: LabFileRequest,
  file: FoundFile,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.range ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  if (request.ifRange !== null && request.ifRange !== file.etag && request.ifRange !== file.lastModified) return null;
  const [, first = '', last = ''] = match;
  if (first === '') {
    const start = Math.max(0, file.size - Number(last));
    return start < file.size ? { start, end: file.size } : 'unsatisfiable';
  }
  const start = Number(first);
  const end = last === '' ? file.size : Math.min(file.size, Number(last) + 1);
  return start < end ? { start, end } : 'unsatisfiable';
}

async function sendFolder(response: ServerResponse, path: string, folder: string): Promise<void> {
  if (!path.endsWith('/')) return sendText(response, 301, '', { location: `${encodeURI(path)}/` });
  const names = await Promise.all(
    (await readdir(folder)).sort().map(async (name) => {
      // As nginx does: a link shows as what it leads to, so a listing over HTTP hides that it is a link.
      const isFolder = await stat(join(folder, name)).then(
        (facts) => facts.isDirectory(),
        () => false,
      );
      return isFolder ? `${name}/` : name;
    }),
  );
  const links = names.map((name) => `<a href="${encodeURIComponent(name).replace(/%2F$/, '/')}">${name}</a>`);
  sendText(response, 200, `<html><body><pre><a href="../">../</a>\n${links.join('\n')}\n</pre></body></html>\n`, {
    'content-type': 'text/html; charset=utf-8',
  });
}

function sendText(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text), ...headers });
  response.end(response.req.method === 'HEAD' ? '' : text);
}
