import { KitError } from '@tagflow/action-kit';
import { type Config, isClearText, loadConfig, resolvePhase } from '@tagflow/config';
import { findLogin, type LoginFound, splitRepoUrl } from '@tagflow/dlrn';
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

/**
 * Returns what the inputs ask for; those that are given win over what tagflow.yaml says. Nothing is asked yet.
 * @throws KitError `invalid-inputs`, ParseError, DlrnError, LoginError: all of them `invalid`
 */
export async function ballotOf(
  given: Given,
  host: { readonly env: (name: string) => string | undefined; readonly dryRun: boolean },
): Promise<Ballot> {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const phase = config === null || given.phase === undefined ? null : resolvePhase(config, given.phase);
  const hash = parseFullHash(given['full-hash']);
  const parts = given['repo-url'] === undefined ? null : splitRepoUrl(given['repo-url'].href, hash);
  const apiUrl = given['dlrn-url']?.href ?? config?.dlrn.apiUrl;
  const reposUrl = isAggregate(hash) ? null : (parts?.reposUrl ?? config?.dlrn.reposUrl);
  const found = await loginOf(given, config, host.env);
  const status = statusOf(given.status);

  if (apiUrl === undefined) throw missing('dlrn-url', 'nothing says where to vote');
  if ('login' in found && isClearText(apiUrl) && config?.dlrn.plainHttp !== true) throw clearText(apiUrl, found.login);
  if ('missing' in found && !host.dryRun) throw missing(found.missing, 'DLRN takes votes from its users only');
  if (reposUrl === undefined) throw missing('repo-url', 'DLRN wants whole hashes, which are read there');
  return {
    ...{ hash, status, apiUrl, reposUrl },
    component: parts?.component ?? phase?.component ?? null,
    login: 'login' in found ? found.login : null,
    protectedReads: config?.dlrn.protectedReads ?? false,
  };
}

function loginOf(given: Given, config: Config | null, env: (name: string) => string | undefined): Promise<LoginFound> {
  return findLogin({
    method: given['auth-method'] ?? config?.dlrn.authMethod ?? 'basic',
    username: given.username ?? config?.dlrn.username,
    password: given.password?.reveal(),
    keytab: given.keytab,
    env,
  });
}

function statusOf(text: string): 'success' | 'failure' {
  if (text === 'success' || text === 'failure') return text;
  const problem = `input "status": ${JSON.stringify(text)} is not one of success, failure`;
  const runs = /^(?:running|in[-_ ]?progress|pending|queued|started)$/i.test(text);
  throw new KitError('invalid-inputs', [problem], {
    outcome: 'invalid',
    next: runs
      ? 'Report when the job has ended. DLRN marks a job as running only on a hash that it chooses itself: ' +
        'jobs that run are in the ledger and on the pages of publish-status.'
      : 'Give success or failure.',
  });
}

function missing(name: 'dlrn-url' | 'repo-url' | 'username' | 'password', why: string): KitError {
  const problem = `input "${name}" is missing: ${why}`;
  // The one input that no configuration holds.
  const next = name === 'password' ? 'Give password.' : `Give ${name}, or config.`;
  return new KitError('invalid-inputs', [problem], { outcome: 'invalid', next });
}

function clearText(apiUrl: string, { method }: Login): KitError {
  const what = method === 'basic' ? 'the password' : 'the Kerberos token';
  const problem = `input "dlrn-url": ${apiUrl} would get ${what} in clear text; allowed: https://, or http:// to this machine`;
  return new KitError('invalid-inputs', [problem], {
    outcome: 'invalid',
    next: 'Give the https:// address, or a config that says plain-http: true under dlrn.',
  });
}
