import { type CommonInputs, type InputValues, KitError } from '@tagflow/action-kit';
import { loadConfig, resolvePhase, startLabel } from '@tagflow/config';
import { rdoUrls, splitRepoUrl } from '@tagflow/dlrn';
import { type FullHash, type Label, ParseError, parseFullHash, parseLabel } from '@tagflow/model';
import type { inputs } from './inputs.ts';

/** What to look up, and where. */
export interface Question {
  readonly reposUrl: string;
  readonly apiUrl: string | null;
  /** Null where nobody said: the tree shows it. */
  readonly mode: 'classic' | 'component' | null;
  readonly component: string | null;
  /** A hash that is known already, or the label to look up, now or at a time (milliseconds since 1970). */
  readonly wanted:
    | { readonly hash: FullHash; readonly below: string | null }
    | { readonly label: Label; readonly asOf: number | null };
  readonly against: Label | null;
}

/**
 * Returns what the inputs ask for; those that are given win over what tagflow.yaml says.
 * @throws KitError `invalid-inputs` with everything that is wrong at once
 */
export async function questionOf(given: InputValues<typeof inputs & CommonInputs>): Promise<Question> {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const phase = config === null || given.phase === undefined ? null : resolvePhase(config, given.phase);
  const problems: string[] = [];
  const attempt = <Value>(parse: () => Value): Value | null => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      problems.push(error.message);
      return null;
    }
  };

  const { label, release, distro, against, 'full-hash': fullHash, 'repo-url': repoUrl, 'as-of': asOf } = given;
  if (config === null && given.phase !== undefined) problems.push('input "phase" is of no use without "config"');
  for (const name of ['release', 'distro'] as const) {
    if (config === null || given[name] === undefined || given[name] === config[name]) continue;
    problems.push(`input "${name}": "${given[name]}" is not what ${config.file} is about, which is "${config[name]}"`);
  }
  if (repoUrl !== undefined && fullHash === undefined)
    problems.push('input "repo-url" is of no use without "full-hash"');
  const hash = fullHash === undefined ? null : attempt(() => parseFullHash(fullHash));
  const parts = hash === null || repoUrl === undefined ? null : attempt(() => splitRepoUrl(repoUrl.href, hash));
  const labelText = label ?? (phase === null ? undefined : startLabel(phase));
  const wantedLabel = labelText === undefined || fullHash !== undefined ? null : attempt(() => parseLabel(labelText));
  if (labelText === undefined && fullHash === undefined) {
    problems.push('input "label" is missing: give it, or full-hash, or config and a phase that reads a label');
  }
  const time = asOf === undefined ? null : Date.parse(asOf);
  if (Number.isNaN(time)) problems.push(`input "as-of": "${asOf}" is not a time such as 2026-01-31T12:00:00Z`);
  const againstText = against ?? phase?.promote?.to;
  const againstLabel = againstText === undefined ? null : attempt(() => parseLabel(againstText));

  const rdo =
    config !== null || release === undefined || distro === undefined ? null : attempt(() => rdoUrls(release, distro));
  const reposUrl = parts?.reposUrl ?? given['repos-url']?.href ?? config?.dlrn.reposUrl ?? rdo?.reposUrl;
  if (reposUrl === undefined && problems.length === 0) {
    problems.push('nothing says where the repository is: give repos-url, or release and distro, or config');
  }
  const wanted =
    hash !== null
      ? { hash, below: parts?.label ?? null }
      : wantedLabel === null
        ? null
        : { label: wantedLabel, asOf: time };
  if (problems.length > 0 || reposUrl === undefined || wanted === null) {
    throw new KitError('invalid-inputs', problems, { outcome: 'invalid', next: 'See the inputs of get-repo-hash.' });
  }
  return {
    reposUrl,
    apiUrl: given['dlrn-url']?.href ?? config?.dlrn.apiUrl ?? rdo?.apiUrl ?? null,
    mode: config?.dlrn.mode ?? null,
    component: given.component ?? parts?.component ?? phase?.component ?? null,
    wanted,
    against: againstLabel,
  };
}
