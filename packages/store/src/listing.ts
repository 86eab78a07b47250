import { StoreError } from './error.ts';
import { isName } from './path.ts';
import type { Entry } from './store.ts';

/**
 * Returns what a web server's listing of a folder shows, sorted by name: HTML with links (nginx, Apache) or nginx's
 * JSON. Both follow links silently, so a `directory` may be a link to one; sizes and times of HTML listings are made
 * for people (rounded, in the server's time zone) and are left out. What is no name of a file in that folder is left
 * out, too: a page may say anything.
 * @param what the request, for errors
 * @throws StoreError `failed` for what is no such listing
 */
export function parseListing(text: string, contentType: string, what: string): readonly Entry[] {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  const found = type === 'application/json' ? parseJson(text, what) : type === 'text/html' ? parseHtml(text) : null;
  if (found === null) throw noListing(what, `has the type ${JSON.stringify(contentType)}`);
  const entries = new Map(found.filter(({ name }) => isName(name)).map((entry) => [entry.name, entry]));
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function noListing(what: string, why: string, cause?: unknown): StoreError {
  return new StoreError('failed', `${what}: is no listing of a folder: it ${why}`, {
    cause,
    next: 'Switch on the listings of the web server: as text/html (nginx, Apache) or application/json (nginx).',
  });
}

function parseHtml(text: string): Entry[] {
  // Neither goes back over what it has seen: a page of nothing but "<a " is no work.
  const links = text.matchAll(/<a\s(?:[^<>]*?\s)?href="([^"]*)"/gi);
  return [...links].flatMap(([, href = '']): Entry[] => {
    // Apache's column headers are `?C=N;O=D`; whatever is absolute or leads upwards is navigation.
    if (!/^(?:\.\/)?[^/?#:]+\/?$/.test(href)) return [];
    const name = decode(href.replace(/^\.\//, '').replace(/\/$/, ''));
    if (name === null) return [];
    return [{ name, kind: href.endsWith('/') ? 'directory' : 'file', size: null, modified: null }];
  });
}

function decode(href: string): string | null {
  try {
    return decodeURIComponent(href.replaceAll('&amp;', '&'));
  } catch {
    return null;
  }
}

function parseJson(text: string, what: string): Entry[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw noListing(what, 'is not JSON', cause);
  }
  if (!Array.isArray(data)) throw noListing(what, 'is JSON, but no array');
  return data.flatMap((item: unknown): Entry[] => {
    if (typeof item !== 'object' || item === null || !('name' in item) || typeof item.name !== 'string') return [];
    const size = 'size' in item && isSize(item.size) ? item.size : null;
    const time = 'mtime' in item && typeof item.mtime === 'string' ? Date.parse(item.mtime) : Number.NaN;
    const kind = 'type' in item && item.type === 'directory' ? 'directory' : 'file';
    return [{ name: item.name, kind, size, modified: Number.isNaN(time) ? null : time }];
  });
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
