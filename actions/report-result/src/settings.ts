import { createProblems, type Problems } from '@tagflow/action-kit';
import { type Config, isClearText, loadConfig, type Phase, resolvePhase } from '@tagflow/config';
import {
  baseUrlProblems,
  findLogin,
  noSecretsInUrls,
  reportProblems,
  type RepoUrlParts,
  splitRepoUrl,
} from '@tagflow/dlrn';
import type { Login } from '@tagflow/http';
import { type FullHash, isAggregate, parseFullHash } from '@tagflow/model';
import type { Given } from './inputs.ts';

/** One vote, and where it goes. */
export interface Ballot {
  readonly hash: FullHash;
  readonly status: 'success' | 'failure';
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
}

/**
 * Returns what the inputs ask for; those that are given win over what tagflow.yaml says. Nothing is asked yet.
 * @throws KitError `invalid-inputs` with everything that is wrong at once; ConfigError
 */
export async function ballotOf(given: Given, host: Host): Promise<Ballot> {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const phase = config === null || given.phase === undefined ? null : resolvePhase(config, given.phase);
  const { job, status, notes, 'log-url': logUrl, 'repo-url': repoUrl } = given;
  const report = { job, url: logUrl?.href ?? '', ...(notes === undefined ? {} : { notes }) };
  const problems = createProblems('report-result');
  for (const problem of reportProblems(report)) problems.add(problem);
  refuseStatus(status, problems);
  for (const problem of baseUrlProblems(given, ['dlrn-url', 'repo-url'])) problems.add(problem, noSecretsInUrls);

  const hash = problems.attempt(() => parseFullHash(given['full-hash']));
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
  if (problems.found.length > 0 || hash === null || apiUrl === null || (status !== 'success' && status !== 'failure')) {
    throw problems.error();
  }
  const component = parts === null ? (phase?.component ?? null) : parts.component;
  return { hash, status, apiUrl, reposUrl, component, login, protectedReads: config?.dlrn.protectedReads ?? false };
}

function refuseStatus(status: string, problems: Problems): void {
  if (status === 'success' || status === 'failure') return;
  const runs = /^(?:running|in[-_ ]?progress|pending|queued|started)$/i.test(status);
  const next = runs
    ? 'Report when the job has ended: that it runs DLRN cannot record for a chosen hash.'
    : 'Give success or failure.';
  problems.add(`input "status": ${JSON.stringify(status)} is not one of success, failure`, next);
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
