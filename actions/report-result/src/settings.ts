import { KitError } from '@tagflow/action-kit';
import { type Config, isClearText, loadConfig, type Phase, resolvePhase } from '@tagflow/config';
import { baseUrlProblem, findLogin, reportProblems, type RepoUrlParts, splitRepoUrl } from '@tagflow/dlrn';
import type { Login } from '@tagflow/http';
import { type FullHash, isAggregate, parseFullHash, TagflowError } from '@tagflow/model';
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

/** One thing that is wrong with the inputs, and what to do about it. */
interface Complaint {
  readonly problem: string;
  readonly next?: string | undefined;
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
  const complaints: Complaint[] = [
    ...reportProblems(report).map((problem) => ({ problem })),
    ...complaintsOfStatus(status),
    ...complaintsOfUrls(given),
  ];
  const attempt = async <Value>(parse: () => Value | Promise<Value>): Promise<Value | null> => {
    try {
      return await parse();
    } catch (error) {
      if (!(error instanceof TagflowError) || error.outcome !== 'invalid') throw error;
      complaints.push({ problem: error.message, next: error.next });
      return null;
    }
  };

  const hash = await attempt(() => parseFullHash(given['full-hash']));
  const parts = hash === null || repoUrl === undefined ? null : await attempt(() => splitRepoUrl(repoUrl.href, hash));
  if (hash !== null) complaints.push(...complaintsOfComponent(hash, parts, phase));
  const apiUrl = given['dlrn-url']?.href ?? config?.dlrn.apiUrl ?? null;
  if (apiUrl === null) complaints.push(missing('dlrn-url', 'nothing says where to vote'));
  const reposUrl = hash === null || isAggregate(hash) ? null : (parts?.reposUrl ?? config?.dlrn.reposUrl ?? null);
  if (hash !== null && !isAggregate(hash) && reposUrl === null && repoUrl === undefined) {
    complaints.push(missing('repo-url', 'DLRN wants whole hashes, which are read there'));
  }
  const found = await attempt(() => loginOf(given, config, host.env));
  if (found !== null && 'missing' in found && !host.dryRun) {
    complaints.push(...found.missing.map((name) => missing(name, 'DLRN takes votes from its users only')));
  }
  const login = found !== null && 'login' in found ? found.login : null;
  if (login !== null && apiUrl !== null && isClearText(apiUrl) && config?.dlrn.plainHttp !== true) {
    complaints.push(clearText(apiUrl, login));
  }
  if (complaints.length > 0 || hash === null || apiUrl === null || (status !== 'success' && status !== 'failure')) {
    throw invalid(complaints);
  }
  const component = parts === null ? (phase?.component ?? null) : parts.component;
  return { hash, status, apiUrl, reposUrl, component, login, protectedReads: config?.dlrn.protectedReads ?? false };
}

function complaintsOfStatus(status: string): readonly Complaint[] {
  if (status === 'success' || status === 'failure') return [];
  const runs = /^(?:running|in[-_ ]?progress|pending|queued|started)$/i.test(status);
  const next = runs
    ? 'Report when the job has ended: that it runs DLRN cannot record for a chosen hash.'
    : 'Give success or failure.';
  return [{ problem: `input "status": ${JSON.stringify(status)} is not one of success, failure`, next }];
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
function complaintsOfComponent(hash: FullHash, parts: RepoUrlParts | null, phase: Phase | null): readonly Complaint[] {
  const component = phase?.component ?? null;
  if (component === null || component === parts?.component) return [];
  const about = `phase ${phase?.name ?? ''} is about component "${component}", and`;
  const next = 'Give the phase that the hash is from, or full-hash and repo-url of one get-repo-hash.';
  if (isAggregate(hash)) return [{ problem: `${about} full-hash is an aggregate of all components`, next }];
  if (parts === null) return [];
  const place = parts.component === null ? 'in no component' : `in component ${parts.component}`;
  return [{ problem: `${about} repo-url is ${place}`, next }];
}

/** Addresses stand in outputs and messages: none may hold a secret. */
function complaintsOfUrls(given: Given): readonly Complaint[] {
  return (['dlrn-url', 'repo-url'] as const).flatMap((name) => {
    const problem = given[name] === undefined ? null : baseUrlProblem(given[name].href);
    return problem === null
      ? []
      : [{ problem: `input "${name}": ${problem}`, next: 'Credentials are inputs of their own.' }];
  });
}

function missing(name: 'dlrn-url' | 'repo-url' | 'username' | 'password', why: string): Complaint {
  // The one input that no configuration holds.
  const next = name === 'password' ? 'Give password.' : `Give ${name}, or config.`;
  return { problem: `input "${name}" is missing: ${why}`, next };
}

function clearText(apiUrl: string, { method }: Login): Complaint {
  const what = method === 'basic' ? 'the password' : 'the Kerberos token';
  return {
    problem: `input "dlrn-url": ${apiUrl} would get ${what} in clear text; allowed: https://, or http:// to this machine`,
    next: 'Give the https:// address, or a config that says plain-http: true under dlrn.',
  };
}

function invalid(complaints: readonly Complaint[]): KitError {
  // One thing to do is said; of several, none would be the one.
  const next = complaints.length === 1 ? complaints[0]?.next : undefined;
  const problems = complaints.map(({ problem }) => problem);
  return new KitError('invalid-inputs', problems, {
    outcome: 'invalid',
    next: next ?? 'See the inputs of report-result: its README, or --help on the command line.',
  });
}
