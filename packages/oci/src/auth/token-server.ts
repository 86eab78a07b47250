import type { ApiResponse, Requester } from '@tagflow/http';
import { type Clock, isLoopback } from '@tagflow/model';
import { explainAnswer } from '../answer-error.ts';
import type { Challenge } from './challenge.ts';
import { isIdentityToken, type RegistryCredentials } from './credentials.ts';
import { OciError } from '../error.ts';
import type { RegistryAddress } from '../reference.ts';

export interface Token {
  readonly value: string;
  /** Milliseconds since 1970: renewed from then on, which is before its end. */
  readonly until: number;
}

export interface TokenRequest {
  readonly bearer: Extract<Challenge, { scheme: 'bearer' }>;
  readonly scopes: readonly string[];
  readonly credentials: RegistryCredentials | null;
}

export interface TokenServerOptions {
  readonly registry: RegistryAddress;
  readonly api: Requester;
  readonly clock: Pick<Clock, 'now'>;
}

/** Documents of the token flow say that a token without `expires_in` lives a minute. */
const shortestLife = 60;

/**
 * Returns a token from the server that a registry names: with GET and basic auth for a user (distribution's token
 * authentication), with a POST of the OAuth2 form for an identity token, which so never is part of a URL.
 * @throws OciError `unauthorized`, `rate-limited`, `unexpected-answer`
 */
export async function askTokenServer(
  { bearer, scopes, credentials }: TokenRequest,
  { registry, api, clock }: TokenServerOptions,
): Promise<Token> {
  const url = realmUrl(bearer.realm, registry, credentials !== null);
  const service = bearer.service === null ? {} : { service: bearer.service };
  if (credentials !== null && isIdentityToken(credentials)) {
    const form = { grant_type: 'refresh_token', ...service, scope: scopes.join(' '), client_id: 'tagflow' };
    const response = await api.request({
      ...{ method: 'POST', url: url.href, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      body: new URLSearchParams({ ...form, refresh_token: credentials.identityToken }).toString(),
      // The body is a secret, and a token more does no harm.
      ...{ followRedirects: false, retrySafe: true },
    });
    return readAnswer(response, 'the identity token');
  }
  for (const [name, value] of Object.entries(service)) url.searchParams.set(name, value);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const auth = credentials === null ? {} : { auth: credentials };
  const response = await api.request({ method: 'GET', url: url.href, ...auth });
  return readAnswer(response, credentials === null ? null : `user "${credentials.username}"`);

  function readAnswer(answer: ApiResponse, who: string | null): Token {
    if (answer.status === 200) return readToken(answer.text, url.host, clock.now());
    if (answer.status === 429) throw explainAnswer(answer, `token server ${url.host}`, clock.now());
    throw refused(registry, url.host, answer.status, who);
  }
}

// The password goes to the address that the registry names: in clear text only to where it would go so anyway, the host
// of a plain http registry, or on this very machine.
function realmUrl(realm: string, registry: RegistryAddress, isSecret: boolean): URL {
  const url = URL.parse(realm);
  const { protocol, hostname } = new URL(registry.origin);
  const near = url?.hostname === hostname || isLoopback(url?.hostname ?? '');
  const plain = url?.protocol === 'http:' && protocol === 'http:' && (near || !isSecret);
  if (url !== null && (url.protocol === 'https:' || plain)) return url;
  throw new OciError(
    'unexpected-answer',
    `registry ${registry.name} names a token server that is not safe to ask: ${realm}`,
    { next: 'Have the registry name an https address.' },
  );
}

function readToken(text: string, host: string, now: number): Token {
  let data: Record<'token' | 'access_token' | 'expires_in' | 'issued_at', unknown> | null = null;
  try {
    data = Object(JSON.parse(text));
  } catch {
    // No cause: the text may hold a token.
  }
  const value = data?.token ?? data?.access_token;
  if (typeof value !== 'string' || value === '') {
    throw new OciError('unexpected-answer', `token server ${host} answered without a token`);
  }
  const life = (typeof data?.expires_in === 'number' ? Math.max(data.expires_in, 1) : shortestLife) * 1000;
  // A server may hand out again what it issued before. An age that the token cannot have is a clock that is wrong.
  const age = now - Date.parse(String(data?.issued_at));
  return { value, until: now + life * 0.9 - (age > 0 && age < life * 0.9 ? age : 0) };
}

function refused(registry: RegistryAddress, host: string, status: number, who: string | null): OciError {
  const server = `registry ${registry.name}: token server ${host}`;
  if (who === 'the identity token' && (status === 404 || status === 405)) {
    return new OciError('unauthorized', `${server} takes no identity tokens (${status})`, {
      next: `Give registry-auth with user and password for ${registry.name}.`,
    });
  }
  const why = who === null ? 'gives no token without credentials' : `refused ${who}`;
  return status === 401 || status === 403 || status === 400
    ? new OciError('unauthorized', `${server} ${why} (${status})`, {
        next: `Check the entry for ${registry.name} in registry-auth.`,
      })
    : new OciError('unexpected-answer', `${server} answered ${status}`, { outcome: 'waiting' });
}
