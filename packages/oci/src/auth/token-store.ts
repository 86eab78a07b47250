import type { Clock } from '@tagflow/model';
import { type Access, covers, scopesOf } from './scope.ts';
import type { Token } from './token-server.ts';

/** Tokens of one registry, by what they were asked for. */
export interface TokenStore {
  /**
   * Returns a token that was asked for at least this access and has not come to its end, else a new one. Who wants the
   * same at the same time waits for one request.
   * @param options.isExact only one that was asked for this and no more
   */
  get(
    access: Access,
    options: { readonly isExact: boolean },
    fetch: (scopes: readonly string[]) => Promise<Token>,
  ): Promise<string>;
  /** Forgets a token that was refused. */
  drop(value: string): void;
}

interface Kept {
  readonly scopes: readonly string[];
  readonly token: Promise<Token>;
  /** Undefined while it is on its way. */
  value?: string;
}

/** Returns a store without tokens. */
export function createTokenStore(clock: Pick<Clock, 'now'>): TokenStore {
  const tokens = new Map<string, Kept>();

  const stillGood = async (key: string, kept: Kept): Promise<Token | null> => {
    const token = await kept.token;
    if (token.until > clock.now()) return token;
    if (tokens.get(key) === kept) tokens.delete(key);
    return null;
  };

  const wider = async (wanted: readonly string[]): Promise<Token | null> => {
    for (const [key, kept] of [...tokens]) {
      if (!covers(kept.scopes, wanted)) continue;
      // What more was asked for may be the reason of its failure.
      const token = await stillGood(key, kept).catch(() => null);
      if (token !== null) return token;
    }
    return null;
  };

  const begin = (key: string, scopes: readonly string[], token: Promise<Token>): Promise<Token> => {
    const kept: Kept = { scopes, token };
    tokens.set(key, kept);
    token.then(
      ({ value }) => {
        kept.value = value;
      },
      () => {
        if (tokens.get(key) === kept) tokens.delete(key);
      },
    );
    return token;
  };

  return {
    async get(access, { isExact }, fetch) {
      const scopes = scopesOf(access);
      const key = scopes.join(' ');
      const own = tokens.get(key);
      const found = (own === undefined ? null : await stillGood(key, own)) ?? (isExact ? null : await wider(scopes));
      if (found !== null) return found.value;
      return (await (tokens.get(key)?.token ?? begin(key, scopes, fetch(scopes)))).value;
    },
    drop(value) {
      for (const [key, kept] of tokens) if (kept.value === value) tokens.delete(key);
    },
  };
}
