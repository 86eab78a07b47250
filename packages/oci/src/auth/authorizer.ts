import { basicHeader, type Requester } from '@tagflow/http';
import type { Clock } from '@tagflow/model';
import { type Challenge, parseChallenge } from './challenge.ts';
import { type CredentialsProvider, isIdentityToken } from './credentials.ts';
import { OciError } from '../error.ts';
import type { RegistryAddress } from '../reference.ts';
import { type Access, mountsFromElsewhere } from './scope.ts';
import { askTokenServer } from './token-server.ts';
import { createTokenStore } from './token-store.ts';

export type { Access } from './scope.ts';

/** Knows how to ask one registry. Nothing is shared with the authorizer of another. */
export interface Authorizer {
  /**
   * Returns the headers that a request needs, as far as the registry has said what it wants.
   * @throws OciError as the token server has it; `unauthorized` for a mount means that a plain upload may go well
   */
  headers(access: Access): Promise<Readonly<Record<string, string>>>;
  /**
   * Learns from a 401. Returns whether sending again makes sense.
   * @param sent the headers that were refused
   * @param url who answered, after redirects: what another host says it wants is not believed
   */
  learn(
    header: string | undefined,
    access: Access,
    sent: Readonly<Record<string, string>>,
    url?: string,
  ): Promise<boolean>;
}

interface AuthorizerOptions {
  readonly registry: RegistryAddress;
  readonly api: Requester;
  readonly clock: Pick<Clock, 'now'>;
  readonly credentials: CredentialsProvider;
}

type Bearer = Extract<Challenge, { scheme: 'bearer' }>;

/** Returns an authorizer that has not asked anything yet. Tokens are kept for what they allow, and renewed in time. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { registry, api, clock } = options;
  let asked: Promise<Challenge | null> | undefined;
  let challenge: Challenge | null = null;
  const tokens = createTokenStore(clock);
  /** Repositories that the token server gives no token to mount from, or not together with another. */
  const noMountFrom = new Map<string, OciError>();
  /** Pairs of repositories between which the registry refused a mount, token or not. */
  const mountRefused = new Set<string>();

  const credentialsFor = (access: Access) => options.credentials(registry.name, access.repository);

  // A streamed upload cannot be sent twice, so what the registry wants is learned before, by one ping.
  const ping = async (): Promise<Challenge | null> => {
    const response = await api.request({ method: 'GET', url: `${registry.origin}/v2/`, followRedirects: false });
    return response.status === 401 ? parseChallenge(response.headers['www-authenticate']) : null;
  };

  const tokenFor = async (bearer: Bearer, access: Access, isExact = false): Promise<string> => {
    const isMount = mountsFromElsewhere(access);
    const known = isMount ? noMountFrom.get(access.mountFrom) : undefined;
    if (known !== undefined) throw known;
    try {
      return await tokens.get(access, { isExact }, async (scopes) =>
        askTokenServer({ bearer, scopes, credentials: await credentialsFor(access) }, { registry, api, clock }),
      );
    } catch (error) {
      if (isMount && error instanceof OciError && error.code === 'unauthorized') {
        noMountFrom.set(access.mountFrom, error);
      }
      throw error;
    }
  };

  return {
    async headers(access) {
      const auth = await credentialsFor(access);
      if (auth !== null && challenge === null) {
        asked ??= ping();
        const first = await asked.catch((error: unknown) => {
          asked = undefined;
          throw error;
        });
        challenge ??= first;
      }
      if (challenge === null) return {};
      if (challenge.scheme === 'bearer') return { authorization: `Bearer ${await tokenFor(challenge, access)}` };
      if (auth === null) return {};
      if (isIdentityToken(auth)) throw needsPassword(registry);
      return { authorization: basicHeader(auth) };
    },
    async learn(header, access, sent, url) {
      if (url !== undefined && new URL(url).origin !== registry.origin) return false;
      const wanted = parseChallenge(header);
      if (wanted === null) return false;
      challenge = wanted;
      const refused = sent['authorization'];
      if (wanted.scheme === 'basic') return refused === undefined && (await credentialsFor(access)) !== null;
      if (refused !== undefined && mountsFromElsewhere(access)) {
        // One new token may help. After that it is the right that is missing, and the tokens are needed for the upload.
        const pair = `${access.mountFrom} ${access.repository}`;
        if (mountRefused.has(pair)) return false;
        mountRefused.add(pair);
      }
      // Only the token that was refused is thrown away: another request may have renewed it already.
      if (refused?.startsWith('Bearer ') === true) tokens.drop(refused.slice('Bearer '.length));
      // A wider token may lack what was asked for with it, so the next one is for this and nothing else.
      await tokenFor(wanted, access, true);
      return true;
    },
  };
}

function needsPassword(registry: RegistryAddress): OciError {
  return new OciError(
    'unauthorized',
    `registry ${registry.name} wants a user and a password, and there is an identity token for it`,
    { next: `Give registry-auth with user and password for ${registry.name}.` },
  );
}
