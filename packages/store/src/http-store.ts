import {
  type Api,
  type ApiResponse,
  createApi,
  createTransfer,
  type HttpEffects,
  type OpenResponse,
  redactUrl,
  withoutEndSlash,
} from '@tagflow/http';
import { longestText } from './complete-store.ts';
import { StoreError } from './error.ts';
import { parseListing } from './listing.ts';
import { parsePath } from './path.ts';
import type { Content, ReadOptions, Stat, Store } from './store.ts';

/** Returns the store of a web server's folder. It can be read only, and shows no links: HTTP has none. */
export function openHttpStore(url: URL, effects: HttpEffects): Store {
  const base = withoutEndSlash(url.href);
  const name = redactUrl(base);
  const api = createApi(effects);
  const transfer = createTransfer(effects);
  const at = (path: string): string =>
    parsePath(path) === '' ? `${base}/` : `${base}/${path.split('/').map(encodeURIComponent).join('/')}`;

  async function read(path: string, { offset = 0, ifVersion }: ReadOptions = {}): Promise<Content> {
    const ranged = offset > 0;
    const response = await transfer.open({
      method: 'GET',
      url: at(path),
      headers: {
        'accept-encoding': 'identity',
        ...(ranged ? { range: `bytes=${offset}-` } : {}),
        ...(ranged && ifVersion !== undefined ? { 'if-range': ifVersion } : {}),
      },
    });
    const content = contentOf(response, offset, `${name}/${path}`);
    if (content !== null) return content;
    response.body.destroy();
    // 416: the file is not longer than the offset, so that it is either read already or not the same file any more.
    if (ranged && response.status === 416) return readAgain(path, offset, ifVersion);
    throw refusal(`GET ${name}/${path}`, response);
  }

  async function readAgain(path: string, offset: number, ifVersion: string | undefined): Promise<Content> {
    const whole = await read(path);
    const same = whole.size === offset && (ifVersion === undefined || ifVersion === whole.version);
    if (!same) return whole;
    for await (const _chunk of whole.body) break;
    return { ...whole, offset, body: nothing() };
  }

  return {
    url: name,
    writable: false,
    read,
    readText: async (path) => {
      const response = await api.request({ method: 'GET', url: at(path), maxBytes: longestText });
      if (isAbsent(response)) return null;
      if (response.status !== 200) throw refusal(`GET ${name}/${path}`, response);
      return response.text;
    },
    stat: async (path) => statOf(await api.request({ method: 'HEAD', url: at(path) }), `HEAD ${name}/${path}`),
    list: async (path) => list(api, at(path), `${name}/${path}`),
    readLink: () => unsupported(name, 'shows no links'),
    append: () => unsupported(name, 'cannot be written to'),
    write: () => unsupported(name, 'cannot be written to'),
    makeDirectory: () => unsupported(name, 'cannot be written to'),
    rename: () => unsupported(name, 'cannot be written to'),
    link: () => unsupported(name, 'cannot be written to'),
    remove: () => unsupported(name, 'cannot be written to'),
    removeTree: () => unsupported(name, 'cannot be written to'),
    close: async () => transfer.close(),
  };
}

async function list(api: Api, url: string, what: string): Promise<ReturnType<typeof parseListing>> {
  const response = await api.request({ method: 'GET', url: url.endsWith('/') ? url : `${url}/` });
  if (response.status !== 200) throw refusal(`GET ${what}/`, response);
  return parseListing(response.text, response.headers['content-type'] ?? '');
}

/** Returns null when the answer is not a file's content. */
function contentOf(response: OpenResponse, asked: number, what: string): Content | null {
  const { status, headers, body } = response;
  // Only a strong ETag may be sent back in If-Range (RFC 9110, 13.1.5); a date is the next best.
  const etag = headers['etag'];
  const version = etag !== undefined && !etag.startsWith('W/') ? etag : (headers['last-modified'] ?? null);
  if (status === 200) {
    const size = wholeNumber(headers['content-length']);
    if (size !== null) return { size, offset: 0, version, body };
    body.destroy();
    throw new StoreError('failed', `GET ${what}: the server does not say how long the file is`);
  }
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '');
  if (status === 206 && range !== null && Number(range[1]) === asked) {
    return { size: Number(range[2]), offset: asked, version, body };
  }
  return null;
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // no bytes
}

function statOf(response: ApiResponse, what: string): Stat | null {
  if (isAbsent(response)) return null;
  if (response.status !== 200) throw refusal(what, response);
  const time = Date.parse(response.headers['last-modified'] ?? '');
  const modified = Number.isNaN(time) ? null : time;
  // A folder without its slash is answered with a redirect to the one with it.
  if (new URL(response.url).pathname.endsWith('/')) return { kind: 'directory', size: null, modified };
  return { kind: 'file', size: wholeNumber(response.headers['content-length']), modified };
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function isAbsent(response: { readonly status: number }): boolean {
  return response.status === 404 || response.status === 410;
}

function refusal(what: string, response: { readonly status: number }): StoreError {
  const { status } = response;
  if (isAbsent(response)) return new StoreError('not-found', `${what}: not found (${status})`);
  if (status === 401 || status === 403) return new StoreError('denied', `${what}: refused (${status})`);
  if (status === 429 || status >= 500) return new StoreError('unreachable', `${what}: not now (${status})`);
  return new StoreError('failed', `${what}: unexpected answer (${status})`);
}

function unsupported(name: string, why: string): Promise<never> {
  return Promise.reject(new StoreError('not-supported', `${name} ${why}: give an sftp:// or file:// URL instead`));
}
