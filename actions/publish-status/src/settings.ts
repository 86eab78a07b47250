import { ciRunUrl, createProblems, type Problems } from '@tagflow/action-kit';
import { type Config, isClearText, loadConfig, type PromoteConfig, resolvePhase } from '@tagflow/config';
import { findLogin } from '@tagflow/dlrn';
import type { Login } from '@tagflow/http';
import { type FullHash, parseFullHash } from '@tagflow/model';
import type { Given } from './inputs.ts';
import { type Why, whyOf } from './results.ts';

/** Where GitHub is, and what may write there. */
export interface GithubPlace {
  readonly url: string;
  readonly repository: string;
  readonly token: string;
}

export interface Settings extends Why {
  readonly config: Config;
  readonly component: string | null;
  /** Null: the phase promotes nothing. */
  readonly promote: PromoteConfig | null;
  readonly fullHash: FullHash | null;
  readonly previousHash: FullHash | null;
  readonly redAfterMs: number;
  readonly logPage: string | null;
  readonly commit: string | null;
  readonly runId: string | null;
  /** A sentence where there is nobody to tell: outside of GitHub, or without a token. */
  readonly github: GithubPlace | string;
  /** Null where DLRN answers everybody. */
  readonly dlrnLogin: Login | null;
}

type Env = (name: string) => string | undefined;

/**
 * Returns what is told, and whom; what is given wins over the environment of GitHub. Nothing is asked yet.
 * @throws KitError `invalid-inputs` with everything that is wrong at once; ConfigError
 */
export async function readSettings(given: Given, env: Env): Promise<Settings> {
  const config = await loadConfig(given.config);
  const { promote, component } = resolvePhase(config, given.phase);
  const problems = createProblems('publish-status');
  const hashOf = (name: 'full-hash' | 'previous-hash'): FullHash | null => {
    const text = given[name];
    return text === undefined ? null : problems.attempt(() => parseFullHash(text), name);
  };
  const [fullHash, previousHash] = [hashOf('full-hash'), hashOf('previous-hash')];
  const why = problems.attempt(() => whyOf(given, config.owners));
  const commit = given.commit ?? env('GITHUB_SHA') ?? null;
  if (commit !== null && !/^[0-9a-f]{40}$/.test(commit)) {
    problems.add(`input "commit": ${JSON.stringify(commit)} is not the 40 hexadecimal digits of a commit`);
  }
  const github = githubOf(given, env, problems);
  const dlrnLogin = typeof github === 'string' ? null : await loginOf(given, config, env, problems);
  if (problems.found.length > 0 || why === null) throw problems.error();
  return {
    ...why,
    ...{ config, promote, component, fullHash, previousHash, commit, github, dlrnLogin },
    redAfterMs: given['red-after'] ?? promote?.redAfterMs ?? 0,
    logPage: given['log-page']?.href ?? ciRunUrl(env) ?? null,
    runId: given['run-id'] ?? env('GITHUB_RUN_ID') ?? null,
  };
}

function githubOf(given: Given, env: Env, problems: Problems): GithubPlace | string {
  const url = given['github-url']?.href ?? env('GITHUB_API_URL') ?? 'https://api.github.com';
  const repository = given.repository ?? env('GITHUB_REPOSITORY');
  const token = given['github-token']?.reveal();
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    problems.add(`input "github-url": ${JSON.stringify(url)} is not a URL that begins with http: or https:`);
  } else if (isClearText(url)) {
    problems.add(`input "github-url": ${url} would get the token in clear text; allowed: https://`);
  }
  // What act makes of a remote that is not at GitHub is nobody's input, as long as nobody is told.
  const matters = token !== undefined || given.repository !== undefined;
  if (matters && repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    problems.add(`input "repository": ${JSON.stringify(repository)} is not owner/name`);
  }
  if (token === undefined) return 'GitHub is not told: there is no github-token';
  if (repository === undefined) return 'GitHub is not told: there is no repository';
  return { url, repository, token };
}

async function loginOf(given: Given, { dlrn }: Config, env: Env, problems: Problems): Promise<Login | null> {
  if (!dlrn.protectedReads) return null;
  const password = given.password?.reveal();
  const { keytab } = given;
  const found = await problems.attemptLater(() =>
    findLogin({
      given: { authMethod: undefined, username: undefined, password, keytab, serverPrincipal: undefined },
      ...{ configured: dlrn, env },
    }),
  );
  if (found === null) return null;
  if ('login' in found) return found.login;
  for (const name of found.missing) problems.add(`input "${name}" is missing: DLRN answers its users only`);
  return null;
}
