import { createProblems, type Problems } from '@tagflow/action-kit';
import { type Config, isClearText } from '@tagflow/config';
import { findLogin, methodOf, rdoUrls, type RepoUrlParts } from '@tagflow/dlrn';
import type { Login } from '@tagflow/http';
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
  const { release = config?.release, distro = config?.distro, 'dlrn-host': host, 'dlrn-url': api } = given;
  const known = parts?.reposUrl ?? given['repos-url']?.href;
  // Where the tree is known, release and distro may be words of another DLRN.
  const judge = known === undefined ? problems : createProblems('get-repo-hash');
  const isNamed = (config === null || host !== undefined) && release !== undefined && distro !== undefined;
  const named = isNamed ? judge.attempt(() => rdoUrls(release, distro, host?.href)) : null;
  if (named !== null && known === undefined && host === undefined && api !== undefined) {
    refuseOtherServer(api, named.reposUrl, problems);
  }
  const reposUrl = known ?? named?.reposUrl ?? config?.dlrn.reposUrl;
  if (reposUrl === undefined && problems.found.length === 0) {
    problems.add('nothing says where the repository is: give repos-url, or release and distro, or config');
  }
  const apiUrl = api?.href ?? named?.apiUrl ?? config?.dlrn.apiUrl ?? null;
  const login = apiUrl === null ? null : await loginFor(apiUrl, given, config, problems, env);
  return reposUrl === undefined ? null : { reposUrl, apiUrl, mode: config?.dlrn.mode ?? null, login };
}

/** Release and distro name a repository on RDO's host: the API of another DLRN knows nothing of its builds. */
function refuseOtherServer(api: URL, reposUrl: string, problems: Problems): void {
  const { origin } = new URL(reposUrl);
  if (api.origin === origin && api.pathname !== '/') return;
  problems.add(
    `input "dlrn-url": ${api.href} is no API on ${origin}, where release and distro alone say that the repository is: two ` +
      'servers would be mixed; give repos-url with it, or, for a server that has both by their names, dlrn-host instead ' +
      '(what tripleo-get-hash calls dlrn_url)',
  );
}

async function loginFor(
  apiUrl: string,
  given: Given,
  config: Config | null,
  problems: Problems,
  env: Env,
): Promise<Login | null> {
  const { username, 'auth-method': authMethod, keytab, 'server-principal': serverPrincipal } = given;
  const password = given.password?.reveal();
  // A run of a phase gives its password to every step. Where reads are open, a login only makes them slow.
  const wanted = username ?? authMethod ?? keytab ?? (config === null ? password : undefined) ?? null;
  if (wanted === null && config?.dlrn.protectedReads !== true) return null;
  const configured = config?.dlrn ?? null;
  const way = { given: { authMethod, username, password, keytab }, configured };
  // It is for those who read hash_info.sh, too, whatever this look-up needs.
  const principal = methodOf(way) === 'kerberos' ? { serverPrincipal } : {};
  const found = await problems.attemptLater(() => findLogin({ ...way, given: { ...way.given, ...principal }, env }));
  if (found === null) return null;
  if ('missing' in found) {
    // Most look-ups read files alone, and those need no login.
    if (wanted === null) return null;
    for (const name of found.missing) problems.add(`input "${name}" is missing: a login needs it`);
    return null;
  }
  if (isClearText(apiUrl) && config?.dlrn.plainHttp !== true) {
    const allowed = 'allowed: https://, or http:// to this machine';
    problems.add(`input "dlrn-url": ${apiUrl} would get the login in clear text; ${allowed}`);
  }
  return found.login;
}
