import type { Entry } from './store.ts';

/**
 * Returns what a web server's listing of a folder shows, sorted by name: HTML with links (nginx, Apache) or nginx's
 * JSON. Both follow links silently, so a `directory` may be a link to one; sizes and times of HTML listings are made
 * for people (rounded, in the server's time zone) and are left out.
 */
export function parseListing(text: string, contentType: string): readonly Entry[] {
  const entries = contentType.startsWith('application/json') ? parseJson(text) : parseHtml(text);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parseHtml(text: string): Entry[] {
  const entries = new Map<string, Entry>();
  for (const [, href = ''] of text.matchAll(/<a\s[^>]*?href="([^"]*)"/gi)) {
    // Apache's column headers are `?C=N;O=D`; whatever is absolute or leads upwards is navigation.
    if (!/^(?:\.\/)?[^/?#:]+\/?$/.test(href)) continue;
    const name = decode(href.replace(/^\.\//, '').replace(/\/$/, ''));
    if (name === null || name === '.' || name === '..') continue;
    entries.set(name, { name, kind: href.endsWith('/') ? 'directory' : 'file', size: null, modified: null });
  }
  return [...entries.values()];
}

function decode(href: string): string | null {
  try {
    const name = decodeURIComponent(href.replaceAll('&amp;', '&'));
    return name.includes('/') ? null : name;
  } catch {
    return null;
  }
}

function parseJson(text: string): Entry[] {
  const data: unknown = JSON.parse(text);
  if (!Array.isArray(data)) return [];
  return data.flatMap((item: unknown): Entry[] => {
    if (typeof item !== 'object' || item === null || !('name' in item) || typeof item.name !== 'string') return [];
    const size = 'size' in item && typeof item.size === 'number' ? item.size : null;
    const time = 'mtime' in item && typeof item.mtime === 'string' ? Date.parse(item.mtime) : Number.NaN;
    const kind = 'type' in item && item.type === 'directory' ? 'directory' : 'file';
    return [{ name: item.name, kind, size, modified: Number.isNaN(time) ? null : time }];
  });
}
