import type { ExecutionContext } from 'ava';
import { fetchPlain, type PlainAnswer } from '../src/fetch.ts';

/** A seeded build, in the form in which the real DLRN's seeding prints it. */
export interface SeededCommit {
  readonly project_name: string;
  readonly commit_hash: string;
  readonly distro_hash: string;
  readonly extended_hash: string | null;
  readonly component: string | null;
  readonly status: string;
  /** 2: purged. */
  readonly flags: number;
  /** The hash directory below the repositories' top. */
  readonly dir: string;
}

/** A DLRN, real or not, with builds, and one failed, one retry and one purged row. */
export interface DlrnUnderTest {
  readonly mode: 'classic' | 'component';
  readonly apiUrl: string;
  readonly reposUrl: string;
  readonly username: string;
  readonly password: string;
  /** Oldest first; the last successful one is what `current` names. */
  readonly commits: readonly SeededCommit[];
}

export interface Expectation {
  readonly title: string;
  readonly modes: readonly DlrnUnderTest['mode'][];
  readonly check: (t: ExecutionContext, dlrn: DlrnUnderTest) => Promise<void>;
}

export const both = ['classic', 'component'] as const;
export const json = 'application/json';

/** Returns the successful builds that can be promoted, oldest first. */
export function builds(dlrn: DlrnUnderTest): readonly SeededCommit[] {
  return dlrn.commits.filter((commit) => commit.status === 'SUCCESS' && commit.flags === 0);
}

export function first(dlrn: DlrnUnderTest, matches: (commit: SeededCommit) => boolean = () => true): SeededCommit {
  const found = dlrn.commits.find(matches);
  if (found === undefined) throw new Error('the seed lacks the commit that this test needs');
  return found;
}

/** Returns the oldest build that can be promoted. */
export const good = (dlrn: DlrnUnderTest): SeededCommit =>
  first(dlrn, (commit) => commit.status === 'SUCCESS' && commit.flags === 0);

/** Returns the hashes of a build as requests name them. */
export const hashes = (commit: SeededCommit): Record<string, string> => ({
  commit_hash: commit.commit_hash,
  distro_hash: commit.distro_hash,
  ...(commit.extended_hash === null ? {} : { extended_hash: commit.extended_hash }),
});

export function get(dlrn: DlrnUnderTest, path: string, query: Record<string, string> = {}): Promise<PlainAnswer> {
  const search = new URLSearchParams(query).toString();
  return fetchPlain(`${dlrn.apiUrl}${path}${search === '' ? '' : `?${search}`}`);
}

export function post(
  dlrn: DlrnUnderTest,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<PlainAnswer> {
  const authorization = `Basic ${Buffer.from(`${dlrn.username}:${dlrn.password}`).toString('base64')}`;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetchPlain(`${dlrn.apiUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': json, authorization, ...headers },
    body: text,
  });
}

export function tree(dlrn: DlrnUnderTest, path: string): Promise<PlainAnswer> {
  return fetchPlain(`${dlrn.reposUrl}/${path}`);
}

export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}

export function list(answer: PlainAnswer): readonly unknown[] {
  const value: unknown = JSON.parse(answer.text);
  if (!Array.isArray(value)) throw new Error(`not an array: ${answer.text}`);
  return value;
}

export function vote(commit: SeededCommit, job: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const said = { success: 'true', url: 'http://ci.example/1', timestamp: 1_600_000_000 };
  return { job_id: job, ...said, ...hashes(commit), ...more };
}

/** Returns two builds of one component, the older first. */
export function sameComponent(dlrn: DlrnUnderTest): readonly [SeededCommit, SeededCommit] {
  for (const [index, older] of builds(dlrn).entries()) {
    const newer = builds(dlrn)
      .slice(index + 1)
      .find((commit) => commit.component === older.component);
    if (newer !== undefined) return [older, newer];
  }
  throw new Error('the seed needs two builds of one component');
}
