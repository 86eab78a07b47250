import { commitRecord } from './commit-record.ts';
import type { AggregateVoteRow, CommitRow, DlrnState, VoteRow } from './state.ts';

/** A row as GraphQL shows it; a member that is a function is asked when a query wants it. */
export type GraphNode = Readonly<Record<string, unknown>>;

/** Returns the node of a build. */
export function commitNode(state: DlrnState, row: CommitRow): GraphNode {
  const columns = Object.entries(commitRecord(row)).map(([name, value]) => [camelCase(name), value]);
  return {
    ...Object.fromEntries(columns),
    __typename: 'Commit',
    id: globalId('Commit', row.id),
    civotes: (args: ConnectionArguments) =>
      connection(
        state.votes.filter((vote) => vote.commit === row).map((vote) => civoteNode(state, vote)),
        args,
      ),
  };
}

/** Returns the node of a vote on a build. */
export function civoteNode(state: DlrnState, vote: VoteRow): GraphNode {
  return {
    ...voteFields(vote),
    __typename: 'CIVote',
    id: globalId('CIVote', state.votes.indexOf(vote) + 1),
    commitId: vote.commit.id,
    component: vote.commit.component,
    commit: () => commitNode(state, vote.commit),
  };
}

/** Returns the node of a vote on an aggregate. */
export function civoteAggNode(state: DlrnState, vote: AggregateVoteRow): GraphNode {
  const id = globalId('CIVoteAgg', state.aggregateVotes.indexOf(vote) + 1);
  return { ...voteFields(vote), __typename: 'CIVoteAgg', id, refHash: vote.aggregateHash };
}

/** Returns the node that an id names, or null. */
export function nodeOf(state: DlrnState, id: string): GraphNode | null {
  const [type = '', key = ''] = Buffer.from(id, 'base64').toString().split(':');
  const number = Number(key);
  const commit = type === 'Commit' ? state.commits.find((row) => row.id === number) : undefined;
  if (commit !== undefined) return commitNode(state, commit);
  const vote = type === 'CIVote' ? state.votes[number - 1] : undefined;
  if (vote !== undefined) return civoteNode(state, vote);
  const aggregateVote = type === 'CIVoteAgg' ? state.aggregateVotes[number - 1] : undefined;
  return aggregateVote === undefined ? null : civoteAggNode(state, aggregateVote);
}

function voteFields(vote: VoteRow | AggregateVoteRow): GraphNode {
  const { job, url, success, inProgress, timestamp, notes, user } = vote;
  return { ciName: job, ciUrl: url, ciVote: success, ciInProgress: inProgress, timestamp, notes, user };
}

function globalId(type: string, key: number): string {
  return Buffer.from(`${type}:${key}`).toString('base64');
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

interface ConnectionArguments {
  readonly before?: string | null;
  readonly after?: string | null;
  readonly first?: number | null;
  readonly last?: number | null;
}

const cursorPrefix = 'arrayconnection:';

// Paging as Relay's connections have it.
function connection(nodes: readonly GraphNode[], { before, after, first, last }: ConnectionArguments): GraphNode {
  const lower = (offsetOf(after) ?? -1) + 1;
  const upper = Math.min(offsetOf(before) ?? nodes.length, nodes.length);
  const end = typeof first === 'number' ? Math.min(upper, lower + first) : upper;
  const start = typeof last === 'number' ? Math.max(lower, end - last) : lower;
  const edges = nodes
    .map((node, index) => ({ node, cursor: Buffer.from(`${cursorPrefix}${index}`).toString('base64') }))
    .slice(start, Math.max(start, end));
  return {
    edges,
    pageInfo: {
      hasNextPage: typeof first === 'number' && end < upper,
      hasPreviousPage: typeof last === 'number' && start > lower,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function offsetOf(cursor: string | null | undefined): number | null {
  const text = Buffer.from(cursor ?? '', 'base64').toString();
  const digits = text.startsWith(cursorPrefix) ? text.slice(cursorPrefix.length) : '';
  return /^\d+$/.test(digits) ? Number(digits) : null;
}
