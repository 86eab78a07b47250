import type { Answer } from '../http-server.ts';

export function json(value: unknown, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

export function said(status: number, message: string): Answer {
  return json({ message, documentation_url: 'https://docs.github.com/rest', status: String(status) }, status);
}

export function redirect(location: string): Answer {
  return { status: 302, headers: { location } };
}

/** What GitHub says of a body that it does not take, field by field. */
export function unprocessable(
  ...errors: readonly (readonly [resource: string, field: string, what: string])[]
): Answer {
  const list = errors.map(([resource, field, message]) => ({ resource, field, code: 'custom', message }));
  return json({ message: 'Validation Failed', errors: list, status: '422' }, 422);
}

/** One page of a list, and the link to the next one. Pages count from 1; one has 30 elements, and at most 100. */
export function pageOf(list: readonly unknown[], url: URL, wrap: (page: readonly unknown[]) => unknown = asIs): Answer {
  const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 30));
  const page = Number(url.searchParams.get('page') ?? 1);
  const answer = json(wrap(list.slice((page - 1) * size, page * size)));
  if (list.length <= page * size) return answer;
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  return { ...answer, headers: { ...answer.headers, link: `<${next.href}>; rel="next"` } };
}

function asIs(page: readonly unknown[]): unknown {
  return page;
}
