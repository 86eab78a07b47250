import { type Config, isClearText } from '@tagflow/config';
import { findLogin, rdoUrls, type RepoUrlParts } from '@tagflow/dlrn';
import type { Login } from '@tagflow/http';
import { ParseError } from '@tagflow/model';
import type { Given } from './inputs.ts';

/** Where a hash is looked up. */
export interface Server {
  readonly reposUrl: string;
  /** Null where nobody said: then only files are read. */
  readonly apiUrl: string | null;
  /** Null where nobody said: the tree shows it. */
  readonly mode: 'classic' | 'component' | null;
  /** For an API that answers nobody else; null where nobody said that it is one. */
  readonly login: Login | null;
}

/** Returns a variable of the environment. */
export type Env = (name: string) => string | undefined;

/** Everything that is wrong with the inputs, which is told at once. */
export interface Problems {
  readonly found: string[];
  /** Returns what a parser made of a text, or null when it is a problem more. */
  attempt<Value>(parse: () => Value): Value | null;
}

export function createProblems(): Problems {
  const found: string[] = [];
  return {
    found,
    attempt(parse) {
      try {
        return parse();
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
        found.push(error.message);
        return null;
      }
    },
  };
}

/**
 * Returns where to look: what is given wins over what tagflow.yaml says. A release and a distribution have their addresses
 * on every host. Null when nothing says where.
 * @param parts those of the input repo-url
 */
export async function serverOf(
  given: Given,
  config: Config | null,
  parts: RepoUrlParts | null,
  problems: Problems,
  env: Env,
): Promise<Server | null> {
  const { release = config?.release, distro = config?.distro, 'dlrn-host': host } = given;
  const known = parts?.reposUrl ?? given['repos-url']?.href;
  // Where the tree is known, release and distro may be words of another DLRN.
  const judge = known === undefined ? problems : createProblems();
  const isNamed = (config === null || host !== undefined) && release !== undefined && distro !== undefined;
  const named = isNamed ? judge.attempt(() => rdoUrls(release, distro, host?.href)) : null;
  const reposUrl = known ?? named?.reposUrl ?? config?.dlrn.reposUrl;
  if (reposUrl === undefined && problems.found.length === 0) {
    problems.found.push('nothing says where the repository is: give repos-url, or release and distro, or config');
  }
  const apiUrl = given['dlrn-url']?.href ?? named?.apiUrl ?? config?.dlrn.apiUrl ?? null;
  const login = apiUrl === null ? null : await loginFor(apiUrl, given, config, problems, env);
  return reposUrl === undefined ? null : { reposUrl, apiUrl, mode: config?.dlrn.mode ?? null, login };
}

async function loginFor(
  apiUrl: string,
  given: Given,
  config: Config | null,
  problems: Problems,
  env: Env,
): Promise<Login | null> {
  const {
    username = config?.dlrn.username,
    'auth-method': method = config?.dlrn.authMethod ?? 'basic',
    keytab,
  } = given;
  // A run of a phase gives its password to every step. Where reads are open, a login only makes them slow.
  const wanted =
    given.username ?? given['auth-method'] ?? keytab ?? (config === null ? given.password : undefined) ?? null;
  if (wanted === null && config?.dlrn.protectedReads !== true) return null;
  const found = await findLogin({ method, username, password: given.password?.reveal(), keytab, env });
  if ('missing' in found) {
    // Most look-ups read files alone, and those need no login.
    if (wanted !== null) problems.found.push(`input "${found.missing}" is missing: a login needs it`);
    return null;
  }
  if (isClearText(apiUrl) && config?.dlrn.plainHttp !== true) {
    const allowed = 'allowed: https://, or http:// to this machine';
    problems.found.push(`input "dlrn-url": ${apiUrl} would get the login in clear text; ${allowed}`);
  }
  return found.login;
}
