import type { LabRequestKind } from './fault.ts';

/** Where a request goes. */
export interface Route {
  readonly kind: LabRequestKind;
  readonly repository: string;
  readonly reference: string;
}

const repositoryName = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/** Returns what a path of the distribution API is about; `other` for a path that the API does not know. */
export function routeOf(method: string, url: URL): Route {
  const path = decodeURIComponent(url.pathname);
  if (path === '/v2/' || path === '/v2') return { kind: 'ping', repository: '', reference: '' };
  if (path === '/v2/_catalog') return { kind: 'catalog', repository: '', reference: '' };
  if (path === '/token') return { kind: 'token', repository: '', reference: '' };
  const match = /^\/v2\/(.+)\/(?:(tags)\/list|(manifests)\/([^/]+)|(blobs)\/uploads\/?([^/]*)|blobs\/([^/]+))$/.exec(
    path,
  );
  const repository = match?.[1] ?? '';
  if (match === null || !repositoryName.test(repository)) return { kind: 'other', repository, reference: '' };
  if (match[2] !== undefined) return { kind: 'tags', repository, reference: '' };
  if (match[3] !== undefined) return { kind: 'manifest', repository, reference: match[4] ?? '' };
  if (match[5] !== undefined) {
    const isMount = method === 'POST' && url.searchParams.has('mount');
    return { kind: isMount ? 'mount' : 'upload', repository, reference: match[6] ?? '' };
  }
  return { kind: 'blob', repository, reference: match[7] ?? '' };
}
