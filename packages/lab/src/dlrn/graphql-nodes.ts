import { commitRecord } from './commit-record.ts';
import { pythonBase64 } from './python-base64.ts';
import { pythonInteger } from './python-values.ts';
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
  const [, type, key = ''] = /^([^:]*):(.*)$/s.exec(pythonBase64(id)?.toString() ?? '') ?? [];
  // The database compares the key with a number.
  const number = /^\s*[\d.e+-]+\s*$/i.test(key) ? Number(key) : Number.NaN;
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

const cursorType = 'arrayconnection';

// Paging as Relay's connections have it, in the Python of DLRN's library: a negative number counts from the end.
function connection(nodes: readonly GraphNode[], { before, after, first, last }: ConnectionArguments): GraphNode {
  const lower = (offsetOf(after) ?? -1) + 1;
  const upper = offsetOf(before) ?? nodes.length;
  const from = Math.max(lower, 0);
  const to = Math.min(upper, nodes.length);
  const end = typeof first === 'number' ? Math.min(to, from + first) : to;
  const start = typeof last === 'number' ? Math.max(from, end - last) : from;
  const edges = nodes.slice(start, end).map((node, index) => ({ node, cursor: globalId(cursorType, start + index) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: typeof first === 'number' && end < (before ? upper : nodes.length),
      hasPreviousPage: typeof last === 'number' && start > (after ? lower : 0),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

// Whatever the cursor calls itself, what comes after as many letters counts.
function offsetOf(cursor: string | null | undefined): number | null {
  const text = pythonBase64(cursor ?? '')?.toString() ?? '';
  const offset = pythonInteger(text.slice(`${cursorType}:`.length));
  return offset === undefined ? null : Number(offset);
}
