import {
  type ApiResponse,
  createPacer,
  createTransfer,
  type HttpEffects,
  type OpenResponse,
  redactUrl,
  type Transfer,
  withoutEndSlash,
} from '@tagflow/http';
import { longestText } from './complete-store.ts';
import { StoreError } from './error.ts';
import {
  asStoreError,
  isAbsent,
  isFolderUrl,
  partOf,
  refusal,
  requireAsItIs,
  requireFile,
  sizeOf,
} from './http-answer.ts';
import { asTheyAre, readHttpRange } from './http-range.ts';
import { compareVersion, ifRangeOf, versionOf } from './http-version.ts';
import { parseListing } from './listing.ts';
import { parsePath } from './path.ts';
import type { Content, Entry, ReadOptions, Stat, Store } from './store.ts';

// At one server; a 429 or 503 makes it less, and its Retry-After holds for all of them.
const requestsAtATime = 16;
/** Of what a server says instead of a small file. */
const longestPage = 1024 * 1024;

/** Returns the store of a web server's folder. It can be read only, and shows no links: HTTP has none. */
export function openHttpStore(url: URL, effects: HttpEffects): Store {
  const base = withoutEndSlash(url.href);
  const name = redactUrl(base);
  const transfer = createTransfer(effects, { pacer: createPacer(requestsAtATime, effects) });
  const at = (path: string): string =>
    parsePath(path) === '' ? `${base}/` : `${base}/${path.split('/').map(encodeURIComponent).join('/')}`;

  async function read(path: string, { offset = 0, ifVersion }: ReadOptions = {}): Promise<Content> {
    const what = `GET ${name}/${path}`;
    const ifRange = offset > 0 && ifVersion !== undefined ? ifRangeOf(ifVersion) : null;
    const response = await transfer.open({
      method: 'GET',
      url: at(path),
      headers: {
        ...asTheyAre,
        ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
        ...(ifRange === null ? {} : { 'if-range': ifRange }),
      },
    });
    try {
      if (response.status === 200) return wholeOf(what, response);
      if (response.status === 206 && offset > 0) {
        const rest = restOf(what, response, offset, ifVersion, ifRange !== null);
        if (rest !== null) return rest;
        response.body.destroy();
        return await read(path);
      }
      // The file is not longer than the offset, so that it is either read already or not the same file any more.
      if (response.status === 416 && offset > 0) {
        response.body.destroy();
        return await readAgain(path, offset, ifVersion);
      }
      throw refusal(what, response);
    } catch (error) {
      response.body.destroy();
      throw error;
    }
  }

  async function readAgain(path: string, offset: number, ifVersion: string | undefined): Promise<Content> {
    const whole = await read(path);
    const same = whole.size === offset && (ifVersion === undefined || ifVersion === whole.version);
    if (!same) return whole;
    for await (const _chunk of whole.body) break;
    return { ...whole, offset, body: nothing() };
  }

  async function readSmall(path: string, maxBytes: number): Promise<ApiResponse | null> {
    const what = `GET ${name}/${path}`;
    const longest = Math.max(maxBytes, longestPage);
    const response = await transfer.request({ method: 'GET', url: at(path), headers: asTheyAre, maxBytes: longest });
    if (isAbsent(response)) return null;
    if (response.status !== 200) throw refusal(what, response);
    requireFile(what, response);
    if (response.body.length <= maxBytes) return response;
    throw new StoreError('failed', `${what}: is longer than ${maxBytes} bytes: not a small file`);
  }

  return {
    url: name,
    writable: false,
    local: false,
    read: (path, options) => told(() => read(path, options)),
    readText: (path) => told(async () => (await readSmall(path, longestText))?.text ?? null),
    readBytes: (path, { maxBytes }) => told(async () => (await readSmall(path, maxBytes))?.body ?? null),
    readRange: (path, range, sink) =>
      told(async () => readHttpRange(transfer, { url: at(path), what: `GET ${name}/${path}`, range }, sink)),
    stat: (path) => told(async () => stat(transfer, at(path), `${name}/${path}`)),
    list: (path) => told(async () => list(transfer, at(path), path === '' ? name : `${name}/${path}`)),
    digest: async (path) => {
      parsePath(path);
      return null;
    },
    readLink: () => unsupported(name, 'shows no links'),
    openPart: () => unsupported(name, 'cannot be written to'),
    write: () => unsupported(name, 'cannot be written to'),
    makeDirectory: () => unsupported(name, 'cannot be written to'),
    rename: () => unsupported(name, 'cannot be written to'),
    link: () => unsupported(name, 'cannot be written to'),
    remove: () => unsupported(name, 'cannot be written to'),
    removeTree: () => unsupported(name, 'cannot be written to'),
    close: async () => transfer.close(),
  };
}

async function told<Value>(call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    throw asStoreError(error);
  }
}

async function list(transfer: Transfer, url: string, what: string): Promise<readonly Entry[]> {
  const folder = url.endsWith('/') ? url : `${url}/`;
  const response = await transfer.request({ method: 'GET', url: folder, headers: asTheyAre });
  if (response.status !== 200) throw refusal(`GET ${what}/`, response);
  requireAsItIs(`GET ${what}/`, response);
  return parseListing(response.text, response.headers['content-type'] ?? '', `GET ${what}/`);
}

async function stat(transfer: Transfer, url: string, where: string): Promise<Stat | null> {
  const response = await transfer.request({ method: 'HEAD', url, headers: asTheyAre });
  if (response.status === 405 || response.status === 501) return statByGet(transfer, url, where);
  if (isAbsent(response)) return null;
  if (response.status !== 200) throw refusal(`HEAD ${where}`, response);
  if (isFolderUrl(response.url)) return folderStat(response);
  requireFile(`HEAD ${where}`, response);
  return fileStat(response, sizeOf(`HEAD ${where}`, response));
}

/** As stat, at a server that knows no HEAD: the first byte costs as little. */
async function statByGet(transfer: Transfer, url: string, where: string): Promise<Stat | null> {
  const what = `GET ${where}`;
  const answer = await transfer.receive({ url, length: 1, headers: asTheyAre }, () => undefined);
  if (isAbsent(answer)) return null;
  const { status, headers } = answer;
  const isEmpty = status === 416 && headers['content-range'] === 'bytes */0';
  if (status !== 200 && status !== 206 && !isEmpty) throw refusal(what, answer);
  if (isFolderUrl(answer.url)) return folderStat(answer);
  if (isEmpty) return fileStat(answer, 0);
  requireFile(what, answer);
  return fileStat(answer, status === 206 ? (partOf(answer)?.size ?? null) : sizeOf(what, answer));
}

function fileStat({ headers }: Pick<ApiResponse, 'headers'>, size: number | null): Stat {
  return { kind: 'file', size, modified: modifiedAt(headers), version: versionOf(headers, size) };
}

function folderStat({ headers }: Pick<ApiResponse, 'headers'>): Stat {
  return { kind: 'directory', size: null, modified: modifiedAt(headers), version: null };
}

function modifiedAt(headers: ApiResponse['headers']): number | null {
  const time = Date.parse(headers['last-modified'] ?? '');
  return Number.isNaN(time) ? null : time;
}

function wholeOf(what: string, response: OpenResponse): Content {
  requireFile(what, response);
  const size = sizeOf(what, response);
  if (size === null) throw new StoreError('failed', `${what}: the server does not say how long the file is`);
  return { size, offset: 0, version: versionOf(response.headers, size), body: bodyOf(response) };
}

/** Returns the file from an offset on; null when it is not known to be of the version. */
function restOf(
  what: string,
  response: OpenResponse,
  offset: number,
  version: string | undefined,
  wasSaid: boolean,
): Content | null {
  requireFile(what, response);
  const part = partOf(response);
  if (part === null || part.size === null || part.offset !== offset || part.offset + part.length !== part.size) {
    const said = JSON.stringify(response.headers['content-range'] ?? '');
    throw new StoreError('failed', `${what}: asked for bytes ${offset}-, the server gives ${said}`);
  }
  const rest = { size: part.size, offset, body: bodyOf(response) };
  if (version === undefined) return { ...rest, version: versionOf(response.headers, part.size) };
  const compared = compareVersion(version, response.headers, part.size);
  // What an answer to If-Range leaves out is as it was.
  return compared === 'same' || (compared === 'unproved' && wasSaid) ? { ...rest, version } : null;
}

async function* bodyOf({ body }: OpenResponse): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw asStoreError(error);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // no bytes
}

function unsupported(name: string, why: string): Promise<never> {
  return Promise.reject(new StoreError('not-supported', `${name} ${why}: give an sftp:// or file:// URL instead`));
}
