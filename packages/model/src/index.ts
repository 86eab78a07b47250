export { canonicalJson } from './canonical.ts';
export type { Criteria, Criterion } from './criteria.ts';
export { type Digest, parseDigest } from './digest.ts';
export type { Clock, Effects, Log, Progress, ProgressEvent } from './effects.ts';
export { isLoopback } from './loopback.ts';
export { type ErrorFacts, messageOf, ParseError, TagflowError } from './error.ts';
export {
  type AggregateHash,
  type BuildHash,
  type CommitBuild,
  type CommitHash,
  type DistroHash,
  type ExtendedHash,
  type FullHash,
  fullHashOfCommit,
  hashDirectory,
  isAggregate,
  isComponentName,
  isFullHash,
  parseAggregateHash,
  parseBuildHash,
  parseCommitBuild,
  parseFullHash,
  presentText,
} from './hash.ts';
export { type Label, parseLabel, parseTargetLabel, previousOf } from './label.ts';
export {
  exitCode,
  type FailureOutcome,
  type GoodOutcome,
  type Outcome,
  outcomeOfExitCode,
  outcomes,
  worseOutcome,
} from './outcome.ts';
export { formatPlan, type Kind, type Move, parsePlan, type Plan, type PromotionMode } from './plan.ts';
export type {
  Destination,
  Foresight,
  FlipOptions,
  JournalEntry,
  Lease,
  Ledger,
  Pointer,
  PromotionRecord,
  StageOptions,
  StageReport,
} from './ports.ts';
export {
  type ArtifactSet,
  type ContainerEntry,
  emptySet,
  formatSet,
  type ImageEntry,
  isBuilder,
  isContainerName,
  isImageName,
  isSameImage,
  mergeSets,
  parseSet,
  setOf,
  type Visibility,
  visibleIn,
} from './set.ts';
export type { JobState, Reason, Verdict } from './verdict.ts';
export type { Vote, VoteResult } from './vote.ts';
