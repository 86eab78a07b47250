import type { DlrnRelease } from './state.ts';

/** Returns the schema that /api/graphql tells when it is asked for it, in GraphQL's own language. */
export function graphqlSchema(release: DlrnRelease): string {
  const head = release === 'H';
  return `${queries(head)}${types}${head ? filters : ''}`;
}

const queries = (head: boolean): string => `
type Query {
  node(id: ID!): Node
  commits(
    projectName: String, component: String, status: String, offset: Int, limit: Int
    commitHash: String, distroHash: String, extendedHash: String
  ): [Commit]
  civote(
    commitId: Int, ciName: String, ciVote: Boolean, ciInProgress: Boolean, timestamp: Int, user: String
    component: String, offset: Int, limit: Int${head ? ', where: CIVoteWhere' : ''}
  ): [CIVote]
  civoteAgg(
    refHash: String, ciName: String, ciVote: Boolean, ciInProgress: Boolean, timestamp: Int, user: String
    offset: Int, limit: Int${head ? ', lastRefHash: Boolean, where: CIVoteAggWhere' : ''}
  ): [CIVoteAgg]
  packageStatus(projectName: String, status: String): [PackageStatus]
}
`;

const types = `
scalar DateTime

interface Node {
  id: ID!
}

type Commit implements Node {
  id: ID!
  type: String
  dtCommit: Int
  dtDistro: Int
  dtExtended: Int
  dtBuild: Int
  projectName: String
  repoDir: String
  distgitDir: String
  commitHash: String
  distroHash: String
  extendedHash: String
  commitBranch: String
  status: String
  component: String
  artifacts: String
  notes: String
  flags: Int
  versionsCsv: String
  civotes(before: String, after: String, first: Int, last: Int): CIVoteConnection
}

type CIVoteConnection {
  pageInfo: PageInfo!
  edges: [CIVoteEdge]!
}

type PageInfo {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}

type CIVoteEdge {
  node: CIVote
  cursor: String!
}

type CIVote implements Node {
  id: ID!
  commitId: Int!
  ciName: String
  ciUrl: String
  ciVote: Boolean
  ciInProgress: Boolean
  timestamp: Int
  notes: String
  user: String
  component: String
  commit: Commit
}

type CIVoteAgg implements Node {
  id: ID!
  refHash: String!
  ciName: String
  ciUrl: String
  ciVote: Boolean
  ciInProgress: Boolean
  timestamp: Int
  notes: String
  user: String
}

type PackageStatus {
  id: ID!
  projectName: String!
  status: String!
  lastSuccess: DateTime
  firstFailureCommit: String
}
`;

const filters = `
input IntFilter {
  gt: Int
  gte: Int
  lt: Int
  lte: Int
  eq: Int
}

input CIVoteWhere {
  timestamp: IntFilter
}

input CIVoteAggWhere {
  timestamp: IntFilter
}
`;
