import { civoteAggNode, civoteNode, commitNode, type GraphNode, nodeOf } from './graphql-nodes.ts';
import { page, pageSize } from './paging.ts';
import { type AggregateVoteRow, type CommitRow, type DlrnState, packageBuilds, type VoteRow } from './state.ts';

interface Page {
  readonly offset?: number | null;
  readonly limit?: number | null;
}

interface CommitArguments extends Page {
  readonly projectName?: string | null;
  readonly component?: string | null;
  readonly status?: string | null;
  readonly commitHash?: string | null;
  readonly distroHash?: string | null;
  readonly extendedHash?: string | null;
}

interface VoteArguments extends Page {
  readonly ciName?: string | null;
  readonly ciVote?: boolean | null;
  readonly ciInProgress?: boolean | null;
  readonly timestamp?: number | null;
  readonly user?: string | null;
  /** H only. */
  readonly where?: { readonly timestamp?: Readonly<Record<string, number | null>> | null } | null;
}

interface CivoteArguments extends VoteArguments {
  readonly commitId?: number | null;
  readonly component?: string | null;
}

interface CivoteAggArguments extends VoteArguments {
  readonly refHash?: string | null;
  /** H only. */
  readonly lastRefHash?: boolean | null;
}

interface PackageArguments {
  readonly projectName?: string | null;
  readonly status?: string | null;
}

/** Returns what answers each query of the schema. Newest first, and never more than 100. */
export function graphqlQueries(state: DlrnState) {
  return {
    node: ({ id }: { readonly id: string }): GraphNode | null => nodeOf(state, id),
    commits: (args: CommitArguments) => {
      const wanted = (row: CommitRow): boolean =>
        same(args.projectName, row.project) &&
        same(args.component, row.component) &&
        same(args.status, row.status) &&
        same(args.commitHash, row.commitHash) &&
        same(args.distroHash, row.distroHash) &&
        isLike(args.extendedHash, row.extendedHash);
      return pageOf(state.commits.filter(wanted), args).map((row) => commitNode(state, row));
    },
    civote: (args: CivoteArguments) => {
      const wanted = (vote: VoteRow): boolean =>
        isWanted(vote, args) && same(args.commitId, vote.commit.id) && same(args.component, vote.commit.component);
      return pageOf(state.votes.filter(wanted), args).map((vote) => civoteNode(state, vote));
    },
    civoteAgg: (args: CivoteAggArguments) =>
      pageOf(aggregateVotes(state, args), args).map((vote) => civoteAggNode(state, vote)),
    packageStatus: (args: PackageArguments) => packageStatus(state, args),
  };
}

function aggregateVotes(state: DlrnState, args: CivoteAggArguments): readonly AggregateVoteRow[] {
  const { refHash, lastRefHash, timestamp, where } = args;
  if (!lastRefHash) {
    return state.aggregateVotes.filter((vote) => isWanted(vote, args) && same(refHash, vote.aggregateHash));
  }
  if (refHash || timestamp || where?.timestamp) {
    throw new Error('refHash/timestamp/where.timestamp and last_ref_hash cannot be provided in the same query');
  }
  // Nothing else is looked at then.
  const newest = state.aggregateVotes.toSorted((a, b) => b.timestamp - a.timestamp)[0];
  return state.aggregateVotes.filter((vote) => vote.aggregateHash === newest?.aggregateHash);
}

function isWanted(vote: VoteRow | AggregateVoteRow, args: VoteArguments): boolean {
  const { gt, gte, lt, lte, eq } = args.where?.timestamp ?? {};
  const time = vote.timestamp;
  return (
    same(args.ciName, vote.job) &&
    same(args.user, vote.user) &&
    same(args.timestamp, time) &&
    (args.ciVote == null || args.ciVote === vote.success) &&
    (args.ciInProgress == null || args.ciInProgress === vote.inProgress) &&
    (gt == null || time > gt) &&
    (gte == null || time >= gte) &&
    (lt == null || time < lt) &&
    (lte == null || time <= lte) &&
    (eq == null || time === eq)
  );
}

// An empty text and 0 ask for nothing, as in Python.
function same<Value extends string | number>(asked: Value | null | undefined, value: Value | null): boolean {
  return !asked || asked === value;
}

// SQL's LIKE, where `_` is any character: two extended hashes are joined by one.
function isLike(pattern: string | null | undefined, value: string | null): boolean {
  if (!pattern) return true;
  const wild: Readonly<Record<string, string>> = { '%': '.*', _: '.' };
  const source = pattern.replace(/[^0-9a-z]/gi, (character) => wild[character] ?? `\\u{${hexOf(character)}}`);
  return value !== null && new RegExp(`^${source}$`, 'isu').test(value);
}

function hexOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}

function pageOf<Row>(rows: readonly Row[], { offset, limit }: Page): readonly Row[] {
  return page(rows.toReversed(), offset ?? 0, limit ?? pageSize);
}

function packageStatus(state: DlrnState, { projectName, status }: PackageArguments): readonly GraphNode[] {
  const names = projectName ? [projectName] : state.projects.map(({ name }) => name);
  return names.flatMap((name, id): readonly GraphNode[] => {
    const { newest, success } = packageBuilds(state.commits, name) ?? {};
    const lastStatus = newest?.status ?? 'NO_BUILD';
    if (status && status !== lastStatus) return [];
    if (newest === undefined || newest.status === 'SUCCESS') return [{ id, projectName: name, status: lastStatus }];
    return [
      {
        ...{ id, projectName: name },
        // Also where it is to be retried; and it is the last failure that is called the first.
        status: 'FAILED',
        lastSuccess: new Date((success?.builtAt ?? 0) * 1000).toISOString().slice(0, 19),
        firstFailureCommit: newest.commitHash,
      },
    ];
  });
}
