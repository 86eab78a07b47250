import { type CommitBuild, parseCommitBuild, ParseError, presentText } from '@tagflow/model';
import { parse } from 'yaml';
import { refuseHtml } from './answer.ts';
import { DlrnError } from './error.ts';

/** What a `commit.yaml` says of one build. */
export interface CommitYaml {
  readonly build: CommitBuild;
  /** The package, such as `openstack-heat`; null when the file does not say. */
  readonly project: string | null;
  /** `SUCCESS`, `FAILED` or `RETRY`; null when the file does not say. */
  readonly status: string | null;
  /** When it was built, in whole seconds since 1970 by the builder's clock; null when the file does not say. */
  readonly builtAt: number | null;
}

/**
 * Returns the first build of a `commit.yaml`, which in practice has one.
 * @param where the URL or file, for messages
 * @throws DlrnError `unexpected-answer` for HTML, broken YAML, an empty list, shortened hashes.
 */
export function parseCommitYaml(text: string, where: string): CommitYaml {
  const first = firstCommit(refuseHtml(text, where, 'a commit.yaml'), where);
  try {
    const built = Number(presentText(first['dt_build']) ?? Number.NaN);
    return {
      build: parseCommitBuild(first),
      project: presentText(first['project_name']),
      status: presentText(first['status']),
      builtAt: Number.isFinite(built) && built > 0 ? Math.trunc(built) : null,
    };
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    throw new DlrnError('unexpected-answer', `${where}: ${cause.message}`, { cause });
  }
}

function firstCommit(text: string, where: string): Record<string, unknown> {
  let data: unknown;
  try {
    // Whether a key comes twice is not looked at: that takes the square of their number.
    // DLRN writes YAML 1.1 without quotes around a hash such as 12e45…, which YAML 1.2 takes for a number. The
    // failsafe schema leaves every value a text.
    data = parse(text, { schema: 'failsafe', logLevel: 'error', uniqueKeys: false });
  } catch (cause) {
    throw new DlrnError('unexpected-answer', `${where} is not YAML: ${String(cause)}`, { cause });
  }
  const commits = isMapping(data) ? data['commits'] : undefined;
  if (!Array.isArray(commits)) throw new DlrnError('unexpected-answer', `${where} has no list "commits"`);
  const first: unknown = commits[0];
  if (!isMapping(first))
    throw new DlrnError('unexpected-answer', `${where}: the list "commits" is empty or holds no mappings`);
  return first;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
