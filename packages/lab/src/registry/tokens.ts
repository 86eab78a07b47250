import { randomUUID } from 'node:crypto';
import { type Answer, answer, answerJson, refuse } from './answer.ts';

/** Whom a token server knows, and how it behaves where token servers differ. */
export interface LabTokens {
  readonly username: string;
  readonly password: string;
  /** Reads need no credentials. Default false. */
  readonly anonymousPull?: boolean;
  /** How long a token lives. Default 300. */
  readonly tokenSeconds?: number;
  /** The answer has no `expires_in`. */
  readonly omitsExpiry?: boolean;
  /** The answer has `issued_at`, so long before now; the token's life began then. */
  readonly issuedSecondsAgo?: number;
  /** Who asks for more than one scope is refused, as GitLab did (gitlab-org/gitlab-ce#48968). */
  readonly oneScopeOnly?: boolean;
  /** What the user may do to a repository. A token is given all the same; it only lacks the rest. Default everything. */
  readonly may?: (repository: string, action: string) => boolean;
  /** What a login gave instead of a password; without it no POST is answered. */
  readonly refreshToken?: string;
}

/** A request for a token. */
export interface TokenCall {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  /** A form, with POST. */
  readonly body: string;
}

interface Tokens {
  isUser(authorization: string | undefined): boolean;
  answer(call: TokenCall): Answer;
  /** Returns what is wrong with a token for these scopes, in the words of RFC 6750; null: nothing. */
  lacks(token: string | undefined, wanted: readonly string[]): 'invalid_token' | 'insufficient_scope' | null;
}

/** Returns the tokens of one registry. `now` is milliseconds. */
export function createTokens(
  options: LabTokens | undefined,
  now: () => number,
  facts: { isPublic(repository: string): boolean },
): Tokens {
  const tokens = new Map<string, { readonly granted: ReadonlySet<string>; readonly until: number }>();
  const basic = options && `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;

  const issue = (scopes: readonly string[], name: string, isAnonymous: boolean): Answer => {
    if (options?.oneScopeOnly === true && scopes.length > 1) {
      return refuse(400, { code: 'UNSUPPORTED', message: 'one scope at a time' });
    }
    const granted = rightsOf(scopes).filter(({ repository, action }) =>
      isAnonymous ? facts.isPublic(repository) : (options?.may?.(repository, action) ?? true),
    );
    const token = randomUUID();
    const seconds = options?.tokenSeconds ?? 300;
    const issued = now() - (options?.issuedSecondsAgo ?? 0) * 1000;
    tokens.set(token, { granted: new Set(granted.map(keyOf)), until: issued + seconds * 1000 });
    return answerJson(200, {
      [name]: token,
      ...(options?.omitsExpiry === true ? {} : { expires_in: seconds }),
      ...(options?.issuedSecondsAgo === undefined ? {} : { issued_at: new Date(issued).toISOString() }),
    });
  };

  return {
    isUser: (authorization) => authorization !== undefined && authorization === basic,
    answer({ method, url, authorization, body }) {
      if (method === 'POST') {
        if (options?.refreshToken === undefined) return answer(404);
        const form = new URLSearchParams(body);
        const isRight =
          form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === options.refreshToken;
        if (!isRight) return answerJson(401, { error: 'invalid_grant', error_description: 'the token is not known' });
        return issue((form.get('scope') ?? '').split(' ').filter(Boolean), 'access_token', false);
      }
      const scopes = url.searchParams.getAll('scope').flatMap((item) => item.split(' '));
      const pullsOnly = scopes.every((scope) => scope.endsWith(':pull'));
      const isAnonymous = authorization === undefined && options?.anonymousPull === true && pullsOnly;
      if (authorization === basic || isAnonymous) return issue(scopes, 'token', isAnonymous);
      const refusal = refuse(401, { code: 'UNAUTHORIZED', message: 'authentication required', detail: null });
      return { ...refusal, headers: { ...refusal.headers, 'www-authenticate': 'Basic realm="lab"' } };
    },
    lacks(value, wanted) {
      const token = tokens.get(value ?? '');
      if (token === undefined || token.until <= now()) return 'invalid_token';
      return rightsOf(wanted).every((right) => token.granted.has(keyOf(right))) ? null : 'insufficient_scope';
    },
  };
}

interface Right {
  readonly repository: string;
  readonly action: string;
}

function rightsOf(scopes: readonly string[]): readonly Right[] {
  return scopes.flatMap((scope) => {
    const [, repository = '', actions = ''] = /^repository:(.+):([a-z,*]+)$/.exec(scope) ?? [];
    return repository === '' ? [] : actions.split(',').map((action) => ({ repository, action }));
  });
}

function keyOf({ repository, action }: Right): string {
  return `${repository} ${action}`;
}
