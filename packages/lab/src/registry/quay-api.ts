import { type Answer, answer, answerJson } from './answer.ts';
import { type Contents, repositoryOf } from './contents.ts';

/** How the API that quay has beside that of distribution is to behave. */
export interface LabQuay {
  /** The OAuth token that it takes. */
  readonly token: string;
  /** What the token is good for. Default both. */
  readonly scopes?: readonly ('repo:create' | 'repo:read')[];
}

export type LabVisibility = 'public' | 'private';

/** A request to a path below `/api/`. */
export interface QuayCall {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
}

interface Quay {
  answer(call: QuayCall): Answer;
  /** Null for a repository that is not there. */
  visibility(repository: string): LabVisibility | null;
}

const pageSize = 100;
const repositoryName = /^[a-z0-9][.a-z0-9_-]{0,254}$/;

/**
 * Returns quay's API over the contents of a registry, as quay/quay has it in endpoints/api/repository.py: what the API
 * makes is what was asked for, what a push makes is private.
 */
export function createQuay(options: LabQuay | undefined, contents: Contents): Quay {
  const made = new Map<string, LabVisibility>();
  const visibility = (repository: string): LabVisibility | null =>
    contents.repositories.has(repository) ? (made.get(repository) ?? 'private') : null;
  const mayDo = (scope: 'repo:create' | 'repo:read') =>
    (options?.scopes ?? ['repo:create', 'repo:read']).includes(scope);

  const list = (url: URL): Answer => {
    const namespace = url.searchParams.get('namespace') ?? '';
    if (namespace === '') return refuse(400, 'invalid_request', 'namespace is required for this API call');
    const all = [...contents.repositories.keys()].filter((name) => name.startsWith(`${namespace}/`)).sort();
    const start = Number(Buffer.from(url.searchParams.get('next_page') ?? '', 'base64url').toString() || 0);
    const repositories = all.slice(start, start + pageSize).map((full) => ({
      ...{ namespace, name: full.slice(namespace.length + 1), description: '' },
      ...{ is_public: visibility(full) === 'public', kind: 'image', state: 'NORMAL' },
    }));
    const next = start + pageSize;
    const mark = next < all.length ? { next_page: Buffer.from(String(next)).toString('base64url') } : {};
    return answerJson(200, { repositories, ...mark });
  };

  const create = (body: string): Answer => {
    let wish: Record<string, unknown>;
    try {
      wish = Object(JSON.parse(body)) as Record<string, unknown>;
    } catch {
      return refuse(400, 'invalid_request', 'Request must include JSON');
    }
    const { namespace, repository, visibility: wanted, description } = wish;
    if (typeof namespace !== 'string' || typeof repository !== 'string' || typeof description !== 'string') {
      return refuse(400, 'invalid_request', 'namespace, repository and description are required properties');
    }
    if (wanted !== 'public' && wanted !== 'private') {
      return refuse(400, 'invalid_request', `'${String(wanted)}' is not one of ['public', 'private']`);
    }
    const full = `${namespace}/${repository}`;
    if (contents.repositories.has(full)) return refuse(400, 'invalid_request', 'Repository already exists');
    if (!repositoryName.test(repository)) return refuse(400, 'invalid_request', 'Invalid repository name');
    repositoryOf(contents, full);
    made.set(full, wanted);
    return answerJson(201, { namespace, name: repository, kind: 'image' });
  };

  return {
    visibility,
    answer({ method, url, authorization, body }) {
      if (options === undefined || url.pathname !== '/api/v1/repository') return answer(404);
      if (method !== 'GET' && method !== 'POST') return answer(405);
      if (authorization !== `Bearer ${options.token}`) return refuse(401, 'invalid_token', 'Requires authentication');
      if (!mayDo(method === 'GET' ? 'repo:read' : 'repo:create')) {
        return refuse(403, 'insufficient_scope', 'Unauthorized');
      }
      return method === 'GET' ? list(url) : create(body);
    },
  };
}

// The form of quay's endpoints/exception.py: RFC 7807, and two names of old.
function refuse(status: number, type: string, detail: string): Answer {
  return answerJson(status, { detail, error_message: detail, error_type: type, title: type, status });
}
