import { type Answer, answerJson, refuse } from './answer.ts';
import type { Call } from './call.ts';

/** The default of distribution, and the most that it gives when asked for more repositories at a time. */
const catalogPage = 100;
const largestCatalogPage = 1000;

interface Page {
  readonly items: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers `tags/list`: all tags sorted; 3.1 pages with `n` and `last`, 2.8 does not. */
export function answerTags(call: Call): Answer {
  const name = call.route.repository;
  const repository = call.contents.repositories.get(name);
  if (repository === undefined || repository.tags.size === 0) {
    return refuse(404, { code: 'NAME_UNKNOWN', message: 'repository name not known to registry', detail: { name } });
  }
  const { maxPage } = call.rules;
  const all = [...repository.tags.keys()].sort();
  const asked = call.url.searchParams.get('n') || null;
  if (maxPage === undefined && call.engine === 'v2') return answerJson(200, { name, tags: all });
  const count = asked === null ? (maxPage ?? all.length + 1) : Number(asked);
  if (!Number.isInteger(count) || count < 0) return badCount(asked);
  if (maxPage !== undefined && count > maxPage) {
    return refuse(413, { code: 'TOO_MANY_TAGS_REQUESTED', message: `max of ${maxPage} tags exceeded` });
  }
  // 3.1 gives a link after each full page, so that the last page may be empty.
  const { items, headers } = pageOf(call, all, count, maxPage === undefined);
  return answerJson(200, { name, tags: items }, headers);
}

/** Answers `_catalog`: a hundred repositories unless asked otherwise, never more than a thousand, in both releases. */
export function answerCatalog(call: Call): Answer {
  if (call.rules.catalog === false) {
    const detail = [{ Type: 'registry', Class: '', Name: 'catalog', Action: '*' }];
    const refusal = refuse(401, { code: 'UNAUTHORIZED', message: 'authentication required', detail });
    const challenge = `Bearer realm="${call.base}/token",service="lab",scope="registry:catalog:*"`;
    return { ...refusal, headers: { ...refusal.headers, 'www-authenticate': challenge } };
  }
  const { maxPage } = call.rules;
  const asked = call.url.searchParams.get('n');
  const count = asked === null || !/^\d+$/.test(asked) ? (maxPage ?? catalogPage) : Number(asked);
  if (count > largestCatalogPage) return badCount(count);
  const all = [...call.contents.repositories.keys()].sort();
  const { items, headers } = pageOf(call, all, Math.min(count, maxPage ?? count), false);
  return answerJson(200, { repositories: items }, headers);
}

/** Returns the page that a call asks for with `last`, and the link to the next. */
export function pageOf(call: Call, all: readonly string[], count: number, linksFullPage: boolean): Page {
  const last = call.url.searchParams.get('last') ?? '';
  const rest = all.filter((item) => item > last);
  const items = rest.slice(0, count);
  const end = items.at(-1);
  if (end === undefined || rest.length < count || (rest.length === count && !linksFullPage)) {
    return { items, headers: {} };
  }
  const query = new URLSearchParams({ last: end, n: `${count}` });
  // quay.io names its host in the link, distribution does not.
  const base = call.rules.maxPage === undefined ? '' : call.base;
  return { items, headers: { link: `<${base}${call.url.pathname}?${query}>; rel="next"` } };
}

function badCount(asked: string | number | null): Answer {
  const message = 'invalid number of results requested';
  return refuse(400, { code: 'PAGINATION_NUMBER_INVALID', message, detail: { n: asked } });
}
