import { type ActionContext, KitError } from '@tagflow/action-kit';
import { type Config, loadConfig, resolvePhase, startLabel } from '@tagflow/config';
import { type HashInfoPlace, isUnrecorded, rdoUrls, splitRepoUrl } from '@tagflow/dlrn';
import { parseProvidedHashes, type ReleaseLabel, upgradeHashes, type UpgradeVariable } from '@tagflow/featureset';
import { type FullHash, type Label, parseFullHash, parseLabel } from '@tagflow/model';
import type { Given } from './inputs.ts';
import { createProblems, type Problems, type Server, serverOf } from './places.ts';

/** One hash to look up, and what to tell of it. */
export interface LookUp {
  readonly kind: 'look-up';
  readonly server: Server;
  readonly place: { readonly component?: string };
  /** A hash that is known already, or the label to look up, now or at a time (milliseconds since 1970). */
  readonly wanted:
    | { readonly hash: FullHash; readonly below: string | null }
    | { readonly label: Label; readonly asOf: number | null };
  readonly against: Label | null;
  readonly info: HashInfoPlace;
  /** Whether each component gets a hash_info.sh of its own. */
  readonly writesComponents: boolean;
}

/** The hashes of an upgrade job, which are those of several releases. */
export interface Upgrade {
  readonly kind: 'upgrade';
  readonly variables: readonly UpgradeVariable[];
  /** Returns where the repository of a release is. */
  readonly reposUrlOf: (wanted: ReleaseLabel) => string;
}

type Surroundings = Pick<ActionContext, 'clock' | 'env'>;

/**
 * Returns what the inputs ask for; those that are given win over what tagflow.yaml says.
 * @throws KitError `invalid-inputs` with everything that is wrong at once
 */
export async function questionOf(given: Given, context: Surroundings): Promise<LookUp | Upgrade> {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const problems = createProblems();
  if (config === null && given.phase !== undefined) problems.found.push('input "phase" is of no use without "config"');
  for (const name of ['release', 'distro'] as const) {
    if (config === null || given[name] === undefined || given[name] === config[name]) continue;
    const about = `"${given[name]}" is not what ${config.file} is about, which is "${config[name]}"`;
    problems.found.push(`input "${name}": ${about}`);
  }
  const question =
    given.upgrade === undefined ? await lookUpOf(given, config, context, problems) : upgradeOf(given, config, problems);
  if (question !== null && problems.found.length === 0) return question;
  const next = 'See the inputs of get-repo-hash.';
  throw new KitError('invalid-inputs', problems.found, { outcome: 'invalid', next });
}

async function lookUpOf(
  given: Given,
  config: Config | null,
  { clock, env }: Surroundings,
  problems: Problems,
): Promise<LookUp | null> {
  const phase = config === null || given.phase === undefined ? null : resolvePhase(config, given.phase);
  const { 'full-hash': fullHash, 'repo-url': repoUrl } = given;
  if (repoUrl !== undefined && fullHash === undefined) {
    problems.found.push('input "repo-url" is of no use without "full-hash"');
  }
  refuseUseless(given, ['periodic', 'content-provider-hashes'], 'without "upgrade"', problems);
  const hash = fullHash === undefined ? null : problems.attempt(() => parseFullHash(fullHash));
  const parts =
    hash === null || repoUrl === undefined ? null : problems.attempt(() => splitRepoUrl(repoUrl.href, hash));
  const labelText = given.label ?? (phase === null ? undefined : startLabel(phase));
  const label =
    labelText === undefined || fullHash !== undefined ? null : problems.attempt(() => parseLabel(labelText));
  if (labelText === undefined && fullHash === undefined) {
    problems.found.push('input "label" is missing: give it, or full-hash, or config and a phase that reads a label');
  }
  const againstText = given.against ?? phase?.promote?.to;
  const against = againstText === undefined ? null : problems.attempt(() => parseLabel(againstText));
  const component = given.component ?? parts?.component ?? phase?.component ?? null;
  if (component !== null && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(component)) {
    problems.found.push(`component "${component}" is not the name of a component, such as tripleo`);
  }
  const server = await serverOf(given, config, parts, problems, env);
  const asOf = timeOf(given, label, clock.now(), problems);
  if (asOf !== null && server?.apiUrl === null) {
    problems.found.push('input "as-of" needs the DLRN API: give dlrn-url, or release and distro, or config');
  }
  const wanted = hash !== null ? { hash, below: parts?.label ?? null } : label === null ? null : { label, asOf };
  if (server === null || wanted === null) return null;
  const { 'server-principal': serverPrincipal = null, release = config?.release ?? null } = given;
  const info = { apiUrl: server.apiUrl, release, serverPrincipal };
  const place = component === null ? {} : { component };
  const writesComponents = given['component-files'];
  return { kind: 'look-up', server, place, wanted, against, info, writesComponents };
}

/** Milliseconds since 1970; null when the present is asked for. */
function timeOf(given: Given, label: Label | null, now: number, problems: Problems): number | null {
  const { 'as-of': text, 'full-hash': fullHash } = given;
  if (text === undefined) return null;
  const refuse = (why: string): null => {
    problems.found.push(`input "as-of": ${why}`);
    return null;
  };
  // Without an offset, a time would be that of whatever machine this is.
  const isTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) return refuse(`"${text}" is not a time such as 2026-01-31T12:00:00Z`);
  if (fullHash !== undefined) return refuse('it is of no use with "full-hash", which is the same at all times');
  if (time > now) return refuse(`"${text}" is in the future: it is ${new Date(now).toISOString()} now`);
  if (label === null || !isUnrecorded(label)) return time;
  return refuse(
    `DLRN moves ${label} with its builds, and remembers only promotions: ask for a label that is promoted to, such as ` +
      'tripleo-ci-testing or current-tripleo',
  );
}

const ofOneLabel = [
  ...(['label', 'component', 'full-hash', 'repo-url', 'repos-url', 'dlrn-url', 'against', 'as-of'] as const),
  ...(['component-files', 'server-principal', 'username', 'auth-method', 'keytab'] as const),
];

function upgradeOf(given: Given, config: Config | null, problems: Problems): Upgrade | null {
  const { upgrade: kind, periodic, 'content-provider-hashes': hashes } = given;
  const release = given.release ?? config?.release;
  const distro = given.distro ?? config?.distro;
  const host = given['dlrn-host']?.href;
  refuseUseless(given, ofOneLabel, 'with "upgrade", which is about several labels of several releases', problems);
  if (release === undefined) problems.found.push('input "release" is missing: "upgrade" is to it');
  if (distro === undefined) problems.found.push('input "distro" is missing: "upgrade" is on it');
  if (kind === undefined || release === undefined || distro === undefined) return null;
  const reposUrlOf = (of: Pick<ReleaseLabel, 'release'>): string => rdoUrls(of.release, distro, host).reposUrl;
  const reposUrl = problems.attempt(() => reposUrlOf({ release }));
  if (
    reposUrl !== null &&
    config !== null &&
    host === undefined &&
    config.dlrn.reposUrl.replace(/\/+$/, '') !== reposUrl
  ) {
    const where = `${config.file} has its repository at ${config.dlrn.reposUrl}`;
    problems.found.push(`input "dlrn-host" is missing: ${where}, which does not tell where other releases are`);
  }
  const provided =
    hashes === undefined ? new Map<string, FullHash>() : problems.attempt(() => parseProvidedHashes(hashes));
  if (provided === null) return null;
  const variables = problems.attempt(() => upgradeHashes({ kind, release, periodic, provided }));
  return variables === null ? null : { kind: 'upgrade', variables, reposUrlOf };
}

function refuseUseless(given: Given, names: readonly (keyof Given)[], why: string, problems: Problems): void {
  for (const name of names) {
    if (given[name] === undefined || given[name] === false) continue;
    problems.found.push(`input "${name}" is of no use ${why}`);
  }
}
