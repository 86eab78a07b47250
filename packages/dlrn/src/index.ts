export { listCandidates } from './candidates.ts';
export {
  createDlrnClient,
  type DlrnClient,
  type DlrnClientOptions,
  type PromotionQuery,
  type Report,
} from './client.ts';
export { type CommitYaml, parseCommitYaml } from './commit-yaml.ts';
export { parseDeloreanRepo, type RepoSection } from './delorean-repo.ts';
export { createRepositoryDestination, type RepositoryDestinationOptions } from './destination.ts';
export { DlrnError, type DlrnErrorCode, type DlrnErrorFacts } from './error.ts';
export { readLabelNow } from './label-now.ts';
export { resolveLabelAt } from './past.ts';
export type { PromotedSet, Promotion } from './promotions.ts';
export { readBuilds } from './read-builds.ts';
export { type RepoUrlParts, splitRepoUrl } from './repo-url.ts';
export type { Member, PinnedHash, ResolvedHash } from './pinned.ts';
export { createRepositoryTree, type RepositoryTree, type RepositoryTreeOptions } from './tree.ts';
export { type DlrnUrls, rdoUrls } from './url.ts';
export { type PackageVersion, parseVersionsCsv } from './versions-csv.ts';
export { describeTarget, type VoteTarget, voteTargetOf } from './votes.ts';
