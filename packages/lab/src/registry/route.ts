import type { LabRequestKind } from './fault.ts';

/** Where a request goes. */
export interface Route {
  readonly kind: LabRequestKind;
  readonly repository: string;
  readonly reference: string;
}

const repositoryName = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const tagName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestForm = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** Returns whether a text has an algorithm and a sum, known and of the right length or not. */
export function hasDigestForm(text: string): boolean {
  return digestForm.test(text);
}

/**
 * Returns what a path of the distribution API is about; `other` for a path that the API does not know, which has a
 * repository where that much is understood.
 */
export function routeOf(method: string, url: URL): Route {
  const path = decodeURIComponent(url.pathname);
  if (path === '/v2/' || path === '/v2') return { kind: 'ping', repository: '', reference: '' };
  if (path === '/v2/_catalog') return { kind: 'catalog', repository: '', reference: '' };
  if (path === '/token') return { kind: 'token', repository: '', reference: '' };
  const match =
    /^\/v2\/(.+)\/(?:(tags)\/list|(manifests|referrers)\/([^/]+)|(blobs)\/uploads\/?([^/]*)|blobs\/([^/]+))$/.exec(
      path,
    );
  const repository = match?.[1] ?? '';
  const other: Route = { kind: 'other', repository, reference: '' };
  if (match === null || !repositoryName.test(repository)) return other;
  if (match[2] !== undefined) return { kind: 'tags', repository, reference: '' };
  if (match[3] !== undefined) {
    const reference = match[4] ?? '';
    if (match[3] === 'referrers') return { kind: 'referrers', repository, reference };
    return tagName.test(reference) || hasDigestForm(reference) ? { kind: 'manifest', repository, reference } : other;
  }
  if (match[5] !== undefined) {
    const isMount = method === 'POST' && url.searchParams.has('mount');
    return { kind: isMount ? 'mount' : 'upload', repository, reference: match[6] ?? '' };
  }
  const reference = match[7] ?? '';
  return hasDigestForm(reference) ? { kind: 'blob', repository, reference } : other;
}
