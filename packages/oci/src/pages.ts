import type { ApiResponse } from '@tagflow/http';
import { OciError } from './error.ts';
import type { RegistryAddress } from './reference.ts';
import type { Wire, WireRequest } from './wire.ts';

type FirstPage = Pick<WireRequest, 'target' | 'access' | 'headers'>;

/** With a hundred entries a page, more than any repository has. */
const mostPages = 1000;

/**
 * Returns a reader of lists that come in pages: it yields the answer to the first request and to each that a
 * `Link: <…>; rel="next"` leads to, whatever its status. A link may be relative, and may lead nowhere but to the
 * registry itself.
 * @throws OciError `unexpected-answer` when a link leads elsewhere, or the pages repeat or do not end
 */
export function createPager(registry: RegistryAddress, wire: Wire) {
  return async function* readPages(what: string, first: FirstPage): AsyncGenerator<ApiResponse> {
    const odd = (why: string) => new OciError('unexpected-answer', `${what}: ${why}`);
    const seen = new Set<string>();
    for (let url = new URL(first.target, registry.origin); ;) {
      if (seen.has(url.href)) throw odd(`the pages repeat: ${url.pathname}${url.search} comes again`);
      if (seen.size === mostPages) throw odd(`the pages do not end: there are more than ${mostPages}`);
      seen.add(url.href);
      const answer = await wire.send({ ...first, method: 'GET', target: url.href });
      yield answer;
      const link = nextLink(answer.headers['link'] ?? '');
      if (link === null) return;
      const next = URL.parse(link, url.href);
      if (next?.origin !== registry.origin) {
        throw odd(`the next page is said to be on ${next?.host ?? 'no host'}, not on ${registry.origin}`);
      }
      url = next;
    }
  };
}

const linkPattern = /<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^",;\s]+))*)/g;
const relPattern = /;\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]+))/i;

/** Returns the target of the link to the next page, or null. Harbor links the page before, too. */
export function nextLink(header: string): string | null {
  for (const [, target = '', parameters = ''] of header.matchAll(linkPattern)) {
    const rel = relPattern.exec(parameters);
    const relations = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next')) return target;
  }
  return null;
}
