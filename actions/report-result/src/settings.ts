import { type ActionContext, createProblems, type Problems, rewriteText } from '@tagflow/action-kit';
import { type Config, isClearText, loadConfig, type Phase, resolvePhase } from '@tagflow/config';
import { baseUrlProblems, findLogin, noSecretsInUrls, type RepoUrlParts, splitRepoUrl } from '@tagflow/dlrn';
import type { Login } from '@tagflow/http';
import { type FullHash, isAggregate, parseFullHash } from '@tagflow/model';
import type { Given } from './inputs.ts';
import { type JobVotes, votesOf } from './results.ts';

/** What the jobs of one hash say, and where it goes. */
export interface Ballot extends JobVotes {
  readonly hash: FullHash;
  readonly apiUrl: string;
  /** Where to read the build; null for an aggregate, whose votes need no more than its hash. */
  readonly reposUrl: string | null;
  readonly component: string | null;
  /** Null only in a dry run. */
  readonly login: Login | null;
  readonly protectedReads: boolean;
}

interface Host {
  readonly env: (name: string) => string | undefined;
  readonly dryRun: boolean;
  readonly redact: ActionContext['redact'];
}

/**
 * Returns what the inputs ask for; those that are given win over what tagflow.yaml says. Nothing is asked yet.
 * @throws KitError `invalid-inputs` with everything that is wrong at once; ConfigError
 */
export async function ballotOf(given: Given, host: Host): Promise<Ballot> {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const phase = config === null || given.phase === undefined ? null : resolvePhase(config, given.phase);
  const { 'repo-url': repoUrl } = given;
  const problems = createProblems('report-result');
  const hash = problems.attempt(() => parseFullHash(given['full-hash']));
  const told = await votesOf(given, hash, (text) => rewriteText(host.redact(), text), problems);
  for (const problem of baseUrlProblems(given, ['dlrn-url', 'repo-url'])) problems.add(problem, noSecretsInUrls);

  const parts =
    hash === null || repoUrl === undefined ? null : problems.attempt(() => splitRepoUrl(repoUrl.href, hash));
  if (hash !== null) refuseOtherComponent(hash, parts, phase, problems);
  const apiUrl = given['dlrn-url']?.href ?? config?.dlrn.apiUrl ?? null;
  if (apiUrl === null) addMissing('dlrn-url', 'nothing says where to vote', problems);
  const reposUrl = hash === null || isAggregate(hash) ? null : (parts?.reposUrl ?? config?.dlrn.reposUrl ?? null);
  if (hash !== null && !isAggregate(hash) && reposUrl === null && repoUrl === undefined) {
    addMissing('repo-url', 'DLRN wants whole hashes, which are read there', problems);
  }
  const found = await problems.attemptLater(() => loginOf(given, config, host.env));
  if (found !== null && 'missing' in found && !host.dryRun) {
    for (const name of found.missing) addMissing(name, 'DLRN takes votes from its users only', problems);
  }
  const login = found !== null && 'login' in found ? found.login : null;
  if (login !== null && apiUrl !== null && isClearText(apiUrl) && config?.dlrn.plainHttp !== true) {
    refuseClearText(apiUrl, login, problems);
  }
  if (problems.found.length > 0 || hash === null || apiUrl === null) throw problems.error();
  const component = parts === null ? (phase?.component ?? null) : parts.component;
  const { protectedReads = false } = config?.dlrn ?? {};
  return { ...told, hash, apiUrl, reposUrl, component, login, protectedReads };
}

function loginOf(given: Given, config: Config | null, env: Host['env']): ReturnType<typeof findLogin> {
  const { 'auth-method': authMethod, 'server-principal': serverPrincipal, username, keytab } = given;
  const password = given.password?.reveal();
  return findLogin({
    given: { authMethod, username, password, keytab, serverPrincipal },
    configured: config?.dlrn ?? null,
    env,
  });
}

/** The vote would be about a build that the phase is not. */
function refuseOtherComponent(
  hash: FullHash,
  parts: RepoUrlParts | null,
  phase: Phase | null,
  problems: Problems,
): void {
  const component = phase?.component ?? null;
  if (component === null || component === parts?.component) return;
  const about = `phase ${phase?.name ?? ''} is about component "${component}", and`;
  const next = 'Give the phase that the hash is from, or full-hash and repo-url of one get-repo-hash.';
  if (isAggregate(hash)) problems.add(`${about} full-hash is an aggregate of all components`, next);
  else if (parts !== null) {
    const place = parts.component === null ? 'in no component' : `in component ${parts.component}`;
    problems.add(`${about} repo-url is ${place}`, next);
  }
}

function addMissing(name: 'dlrn-url' | 'repo-url' | 'username' | 'password', why: string, problems: Problems): void {
  // The one input that no configuration holds.
  const next = name === 'password' ? 'Give password.' : `Give ${name}, or config.`;
  problems.add(`input "${name}" is missing: ${why}`, next);
}

function refuseClearText(apiUrl: string, { method }: Login, problems: Problems): void {
  const what = method === 'basic' ? 'the password' : 'the Kerberos token';
  problems.add(
    `input "dlrn-url": ${apiUrl} would get ${what} in clear text; allowed: https://, or http:// to this machine`,
    'Give the https:// address, or a config that says plain-http: true under dlrn.',
  );
}
