import type { ApiResponse, Requester } from '@tagflow/http';
import { redactUrls } from '../complaints.ts';
import { OciError } from '../error.ts';

/** A repository as quay's list has it. */
export interface QuayRepository {
  /** Below its namespace. */
  readonly name: string;
  readonly isPublic: boolean;
}

/** The part of quay's own API that has to do with repositories (quay/quay, endpoints/api/repository.py). */
export interface QuayApi {
  /**
   * Returns the repositories of a namespace that the token's owner sees, 100 a request; null when the token may not look.
   * @throws OciError `not-created`
   */
  list(namespace: string): Promise<readonly QuayRepository[] | null>;
  /**
   * Makes a repository. `existed`: somebody else has made it before.
   * @throws OciError `not-created`, in quay's words
   */
  create(namespace: string, name: string, visibility: 'public' | 'private'): Promise<'created' | 'existed'>;
}

export interface QuayAccess {
  /** Such as `https://quay.io`. */
  readonly origin: string;
  /** An OAuth token of the organization, with the scopes `repo:create` and `repo:read`. */
  readonly token: string;
  readonly api: Requester;
}

/** Returns the API of one quay. Nothing is sent yet. */
export function createQuayApi({ origin, token, api }: QuayAccess): QuayApi {
  const { host } = new URL(origin);
  const headers = { authorization: `Bearer ${token}` };

  return {
    async list(namespace) {
      const found: QuayRepository[] = [];
      const url = new URL('/api/v1/repository', origin);
      url.search = new URLSearchParams({ namespace, public: 'true' }).toString();
      for (;;) {
        const response = await api.request({ method: 'GET', url: url.href, headers });
        // A token may be made to create and not to look.
        if (response.status === 403) return null;
        if (response.status !== 200) throw notCreated(`the repositories of ${host}/${namespace}`, response);
        const page = readPage(response, `${host}/${namespace}`);
        found.push(...page.repositories);
        if (page.next === null) return found;
        // A mark that does not move on would never end.
        if (url.searchParams.get('next_page') === page.next) return found;
        url.searchParams.set('next_page', page.next);
      }
    },
    async create(namespace, name, visibility) {
      const response = await api.request({
        ...{ method: 'POST', url: new URL('/api/v1/repository', origin).href },
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ namespace, repository: name, visibility, description: '', repo_kind: 'image' }),
        // The second time it is there already.
        ...{ retrySafe: true, followRedirects: false },
      });
      if (response.status === 201) return 'created';
      if (response.status === 400 && /already exists/i.test(wordsOf(response))) return 'existed';
      throw notCreated(`${host}/${namespace}/${name}`, response);
    },
  };
}

function readPage(
  response: ApiResponse,
  what: string,
): { readonly repositories: readonly QuayRepository[]; readonly next: string | null } {
  const { repositories, next_page: next } = fieldsOf(response);
  if (!Array.isArray(repositories)) {
    throw new OciError('not-created', `${what}: quay's list of repositories has another form than expected`, {
      next: 'Check that this registry is a quay.',
    });
  }
  return {
    repositories: repositories.map((item: unknown) => {
      const { name, is_public: isPublic } = Object(item) as Record<string, unknown>;
      return { name: String(name), isPublic: isPublic === true };
    }),
    next: typeof next === 'string' && next !== '' ? next : null,
  };
}

function notCreated(what: string, response: ApiResponse): OciError {
  const said = wordsOf(response);
  const message = `${what}: quay answered ${response.status}${said === '' ? '' : ` ${said}`}`;
  if (response.status === 429 || response.status >= 500)
    return new OciError('not-created', message, { outcome: 'waiting' });
  return new OciError('not-created', message, {
    next: 'Give an OAuth token of the organization with the scopes repo:create and repo:read, or make the repository by hand.',
  });
}

// The same sentence stands under three names, some of them to go away.
function wordsOf(response: ApiResponse): string {
  const { detail, error_message: old, message } = fieldsOf(response);
  const words = detail ?? old ?? message;
  return typeof words === 'string' ? redactUrls(words).slice(0, 300) : '';
}

function fieldsOf(response: ApiResponse): Record<string, unknown> {
  try {
    return Object(JSON.parse(response.text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
