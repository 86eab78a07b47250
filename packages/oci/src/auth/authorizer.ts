import { type Api, basicHeader } from '@tagflow/http';
import type { Clock } from '@tagflow/model';
import { type Challenge, parseChallenge } from './challenge.ts';
import type { CredentialsProvider } from './docker-config.ts';
import { OciError } from '../error.ts';
import type { RegistryAddress } from '../reference.ts';

/** What a request wants to do. */
export interface Access {
  readonly repository: string;
  readonly write: boolean;
  /** The repository that a blob is mounted from. */
  readonly mountFrom?: string;
}

/** Knows how to ask one registry. */
export interface Authorizer {
  /** Returns the headers that a request needs, as far as the registry has said what it wants. */
  headers(access: Access): Promise<Readonly<Record<string, string>>>;
  /**
   * Learns from a 401. Returns whether sending again makes sense.
   * @param sent the headers that were refused
   */
  learn(header: string | undefined, access: Access, sent: Readonly<Record<string, string>>): Promise<boolean>;
}

interface AuthorizerOptions {
  readonly registry: RegistryAddress;
  readonly api: Api;
  readonly clock: Pick<Clock, 'now'>;
  readonly credentials: CredentialsProvider;
}

interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Documents of the token flow say that a token without `expires_in` lives a minute. */
const shortestLife = 60;

/** Returns an authorizer that has not asked anything yet. Tokens are kept for each scope and renewed before their end. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { registry, api, clock } = options;
  let asked: Promise<Challenge | null> | undefined;
  let challenge: Challenge | null = null;
  const tokens = new Map<string, Promise<Token>>();

  // A streamed upload cannot be sent twice, so what the registry wants is learned before, by one ping.
  const ping = async (): Promise<Challenge | null> => {
    const response = await api.request({ method: 'GET', url: `${registry.origin}/v2/`, followRedirects: false });
    return response.status === 401 ? parseChallenge(response.headers['www-authenticate']) : null;
  };

  const fetchToken = async (bearer: Extract<Challenge, { scheme: 'bearer' }>, access: Access): Promise<Token> => {
    const url = realmUrl(bearer.realm, registry);
    if (bearer.service !== null) url.searchParams.set('service', bearer.service);
    for (const scope of scopesOf(access)) url.searchParams.append('scope', scope);
    const auth = options.credentials(registry.name, access.repository);
    const response = await api.request({ method: 'GET', url: url.href, ...(auth === null ? {} : { auth }) });
    if (response.status !== 200) throw tokenRefused(registry, url, response.status, auth !== null);
    return readToken(response.text, url, clock.now());
  };

  const tokenFor = async (bearer: Extract<Challenge, { scheme: 'bearer' }>, access: Access): Promise<Token> => {
    const key = scopesOf(access).join(' ');
    const kept = tokens.get(key);
    if (kept !== undefined) {
      const token = await kept;
      if (token.until > clock.now()) return token;
      if (tokens.get(key) === kept) tokens.delete(key);
    }
    const fresh = tokens.get(key) ?? fetchToken(bearer, access);
    tokens.set(key, fresh);
    fresh.catch(() => {
      if (tokens.get(key) === fresh) tokens.delete(key);
    });
    return fresh;
  };

  return {
    async headers(access) {
      const auth = options.credentials(registry.name, access.repository);
      if (auth !== null && challenge === null) {
        asked ??= ping();
        const first = await asked.catch((error: unknown) => {
          asked = undefined;
          throw error;
        });
        challenge ??= first;
      }
      if (challenge === null) return {};
      if (challenge.scheme === 'bearer')
        return { authorization: `Bearer ${(await tokenFor(challenge, access)).value}` };
      if (auth === null) return {};
      return { authorization: basicHeader(auth) };
    },
    async learn(header, access, sent) {
      const wanted = parseChallenge(header);
      if (wanted === null) return false;
      challenge = wanted;
      if (wanted.scheme === 'basic') {
        return sent['authorization'] === undefined && options.credentials(registry.name, access.repository) !== null;
      }
      const key = scopesOf(access).join(' ');
      const kept = tokens.get(key);
      // Only the token that was refused is thrown away: another request may have renewed it already.
      if (kept !== undefined && `Bearer ${(await kept).value}` === sent['authorization']) tokens.delete(key);
      return true;
    },
  };
}

function scopesOf(access: Access): readonly string[] {
  const own = `repository:${access.repository}:${access.write ? 'pull,push' : 'pull'}`;
  return access.mountFrom === undefined || access.mountFrom === access.repository
    ? [own]
    : [own, `repository:${access.mountFrom}:pull`];
}

// The password goes to the address that the registry names: never in clear text unless the registry itself is so.
function realmUrl(realm: string, registry: RegistryAddress): URL {
  const url = URL.parse(realm);
  const sameScheme = url !== null && registry.origin.startsWith(url.protocol);
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && sameScheme))) {
    throw new OciError(
      'unexpected-answer',
      `registry ${registry.name} names a token server that is not safe to ask: ${realm}`,
    );
  }
  return url;
}

function readToken(text: string, url: URL, now: number): Token {
  let data: { readonly token?: unknown; readonly access_token?: unknown; readonly expires_in?: unknown } | null = null;
  try {
    data = Object(JSON.parse(text));
  } catch {
    // No cause: the text may hold a token.
  }
  const value = data?.token ?? data?.access_token;
  if (typeof value !== 'string' || value === '') {
    throw new OciError('unexpected-answer', `token server ${url.host} answered without a token`);
  }
  const seconds = typeof data?.expires_in === 'number' ? Math.max(data.expires_in, 1) : shortestLife;
  return { value, until: now + seconds * 900 };
}

function tokenRefused(registry: RegistryAddress, url: URL, status: number, hadCredentials: boolean): OciError {
  const why = hadCredentials ? 'refused the credentials' : 'gives no token without credentials';
  return status === 401 || status === 403 || status === 400
    ? new OciError('unauthorized', `registry ${registry.name}: token server ${url.host} ${why} (${status})`, {
        next: `Check the entry for ${registry.name} in registry-auth.`,
      })
    : new OciError('unexpected-answer', `registry ${registry.name}: token server ${url.host} answered ${status}`, {
        outcome: 'waiting',
      });
}
