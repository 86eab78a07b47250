import { type ActionContext, createProblems, type Problems } from '@tagflow/action-kit';
import { type Config, loadConfig, type Phase, resolvePhase, startLabel } from '@tagflow/config';
import {
  baseUrlProblems,
  type HashInfoPlace,
  isUnrecorded,
  type LabelPlace,
  methodOf,
  noSecretsInUrls,
  parseMoment,
  placeOf,
  rdoUrls,
  type RepoUrlParts,
  splitRepoUrl,
} from '@tagflow/dlrn';
import { parseProvidedHashes, type ReleaseLabel, upgradeHashes, type UpgradeVariable } from '@tagflow/featureset';
import { parseServerPrincipal, withoutEndSlash } from '@tagflow/http';
import { type FullHash, isAggregate, isComponentName, type Label, parseFullHash, parseLabel } from '@tagflow/model';
import type { Given } from './inputs.ts';
import { type Server, serverOf } from './places.ts';

/** One hash to look up, and what to tell of it. */
export interface LookUp {
  readonly kind: 'look-up';
  readonly server: Server;
  readonly place: LabelPlace;
  /** A hash that is known already, or the label to look up, now or at a time (milliseconds since 1970). */
  readonly wanted:
    | { readonly hash: FullHash; readonly below: string | null }
    | { readonly label: Label; readonly asOf: number | null };
  readonly against: Label | null;
  readonly info: HashInfoPlace;
  /** As the inputs or tagflow.yaml have it. */
  readonly distro: string | null;
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
  const problems = createProblems('get-repo-hash');
  if (config === null && given.phase !== undefined) problems.add('input "phase" is of no use without "config"');
  for (const name of ['release', 'distro'] as const) {
    if (config === null || given[name] === undefined || given[name] === config[name]) continue;
    const about = `"${given[name]}" is not what ${config.file} is about, which is "${config[name]}"`;
    problems.add(`input "${name}": ${about}`);
  }
  const addresses = ['dlrn-host', 'dlrn-url', 'repos-url', 'repo-url'];
  for (const problem of baseUrlProblems(given, addresses)) problems.add(problem, noSecretsInUrls);
  const question =
    given.upgrade === undefined ? await lookUpOf(given, config, context, problems) : upgradeOf(given, config, problems);
  if (question !== null && problems.found.length === 0) return question;
  throw problems.error();
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
    problems.add('input "repo-url" is of no use without "full-hash"');
  }
  refuseUseless(given, ['periodic', 'content-provider-hashes'], 'without "upgrade"', problems);
  const hash = fullHash === undefined ? null : problems.attempt(() => parseFullHash(fullHash));
  const parts =
    hash === null || repoUrl === undefined ? null : problems.attempt(() => splitRepoUrl(repoUrl.href, hash));
  const labelText = given.label ?? (phase === null ? undefined : startLabel(phase));
  const label =
    labelText === undefined || fullHash !== undefined ? null : problems.attempt(() => parseLabel(labelText));
  if (labelText === undefined && fullHash === undefined) {
    problems.add('input "label" is missing: give it, or full-hash, or config and a phase that reads a label');
  }
  const againstText = given.against ?? phase?.promote?.to;
  const against = againstText === undefined ? null : problems.attempt(() => parseLabel(againstText), 'against');
  const component = given.component ?? (parts === null ? (phase?.component ?? null) : parts.component);
  if (component !== null && !isComponentName(component)) {
    problems.add(`component "${component}" is not the name of a component, such as tripleo`);
  }
  refuseOtherComponent(given, hash, parts, phase, problems);
  const server = await serverOf(given, config, parts, problems, env);
  const asOf = timeOf(given, label, clock.now(), problems);
  if (asOf !== null && server?.apiUrl === null) {
    problems.add('input "as-of" needs the DLRN API: give dlrn-url, or release and distro, or config');
  }
  if (hash !== null && isAggregate(hash) && parts === null && server?.apiUrl === null) {
    const where = 'which stands below a label that only its repo-url or the DLRN API tells';
    problems.add(`input "full-hash": ${hash} is an aggregate, ${where}: give repo-url or dlrn-url`);
  }
  const wanted = hash !== null ? { hash, below: parts?.label ?? null } : label === null ? null : { label, asOf };
  if (server === null || wanted === null) return null;
  const { release = config?.release ?? null, distro = config?.distro ?? null } = given;
  const info = { apiUrl: server.apiUrl, release, serverPrincipal: principalOf(given, config, server, problems) };
  const place = placeOf(component);
  const writesComponents = given['component-files'];
  return { kind: 'look-up', server, place, wanted, against, info, distro, writesComponents };
}

/** The server as Kerberos knows it, for those who will vote; null where its users have passwords. */
function principalOf(given: Given, config: Config | null, { apiUrl }: Server, problems: Problems): string | null {
  const principal = given['server-principal'] ?? config?.dlrn.serverPrincipal ?? null;
  if (principal !== null) problems.attempt(() => parseServerPrincipal(principal));
  const way = { given: { authMethod: given['auth-method'] }, configured: config?.dlrn ?? null };
  if (principal !== null || apiUrl === null || methodOf(way) === 'basic') return principal;
  return `HTTP/${new URL(apiUrl).hostname}`;
}

/** A build is where its repo-url says; a component that says something else is about another hash. */
function refuseOtherComponent(
  given: Given,
  hash: FullHash | null,
  parts: RepoUrlParts | null,
  phase: Phase | null,
  problems: Problems,
): void {
  const component = given.component ?? phase?.component ?? null;
  if (component === null || hash === null || component === parts?.component) return;
  const who = given.component === undefined ? `phase ${phase?.name ?? ''}: its component` : 'input "component":';
  const about = `${who} "${component}"`;
  if (isAggregate(hash)) problems.add(`${about} contradicts full-hash, which is an aggregate of all components`);
  else if (parts !== null) {
    const place = parts.component === null ? 'which is in no component' : `which is in component ${parts.component}`;
    problems.add(`${about} contradicts repo-url, ${place}`);
  }
}

/** Milliseconds since 1970; null when the present is asked for. */
function timeOf(given: Given, label: Label | null, now: number, problems: Problems): number | null {
  const { 'as-of': text, 'full-hash': fullHash } = given;
  if (text === undefined) return null;
  const refuse = (why: string): null => {
    problems.add(`input "as-of": ${why}`);
    return null;
  };
  const time = parseMoment(text);
  if (time === null) return refuse(`"${text}" is not a time such as 2026-01-31T12:00:00Z`);
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
  if (release === undefined) problems.add('input "release" is missing: "upgrade" is to it');
  if (distro === undefined) problems.add('input "distro" is missing: "upgrade" is on it');
  if (kind === undefined || release === undefined || distro === undefined) return null;
  const reposUrlOf = (of: Pick<ReleaseLabel, 'release'>): string => rdoUrls(of.release, distro, host).reposUrl;
  const reposUrl = problems.attempt(() => reposUrlOf({ release }));
  if (
    reposUrl !== null &&
    config !== null &&
    host === undefined &&
    withoutEndSlash(config.dlrn.reposUrl) !== reposUrl
  ) {
    const where = `${config.file} has its repository at ${config.dlrn.reposUrl}`;
    problems.add(`input "dlrn-host" is missing: ${where}, which does not tell where other releases are`);
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
    problems.add(`input "${name}" is of no use ${why}`);
  }
}
