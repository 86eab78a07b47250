import { randomUUID } from 'node:crypto';
import { type Answer, answerJson, refuse } from './answer.ts';
import type { Route } from './route.ts';

/** Who may do what in a lab registry. */
export interface LabRegistryAuth {
  readonly username: string;
  readonly password: string;
  /** `basic` (default), or `bearer`: tokens from `/token`, as quay.io and docker.io want them. */
  readonly scheme?: 'basic' | 'bearer';
  /** Reads need no credentials. Default false. */
  readonly anonymousPull?: boolean;
  /** How long a token lives. Default 300. */
  readonly tokenSeconds?: number;
}

interface Access {
  /** Returns null when the request may pass, else the answer that refuses it. */
  check(method: string, route: Route, authorization: string | undefined, base: string): Answer | null;
  /** Answers a request for a token. */
  token(url: URL, authorization: string | undefined): Answer;
}

/** Returns the gate of a registry. `now` is milliseconds. */
export function createAccess(auth: LabRegistryAuth | undefined, now: () => number): Access {
  const tokens = new Map<string, { readonly scopes: readonly string[]; readonly until: number }>();
  const basic = auth && `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
  return {
    check(method, route, authorization, base) {
      if (auth === undefined) return null;
      const isRead = (method === 'GET' || method === 'HEAD') && route.kind !== 'upload';
      if (auth.scheme !== 'bearer') {
        if (authorization === basic || (isRead && auth.anonymousPull === true && route.kind !== 'ping')) return null;
        return challenge('Basic realm="lab"');
      }
      const scope = `repository:${route.repository}:${isRead ? 'pull' : 'pull,push'}`;
      const token = tokens.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
      if (token !== undefined && token.until > now() && (route.repository === '' || allows(token.scopes, scope)))
        return null;
      const asked = route.repository === '' ? '' : `,scope="${scope}"`;
      return challenge(`Bearer realm="${base}/token",service="lab"${asked}`);
    },
    token(url, authorization) {
      const scopes = url.searchParams.getAll('scope').flatMap((item) => item.split(' '));
      const pullsOnly = scopes.every((scope) => scope.endsWith(':pull'));
      const anonymous = authorization === undefined && auth?.anonymousPull === true && pullsOnly;
      if (authorization !== basic && !anonymous) return challenge('Basic realm="lab"');
      const token = randomUUID();
      const seconds = auth?.tokenSeconds ?? 300;
      tokens.set(token, { scopes, until: now() + seconds * 1000 });
      return answerJson(200, { token, expires_in: seconds });
    },
  };
}

function allows(scopes: readonly string[], wanted: string): boolean {
  return scopes.includes(wanted) || scopes.includes(wanted.replace(/:pull$/, ':pull,push'));
}

function challenge(header: string): Answer {
  const refusal = refuse(401, { code: 'UNAUTHORIZED', message: 'authentication required', detail: null });
  return { ...refusal, headers: { ...refusal.headers, 'www-authenticate': header } };
}
