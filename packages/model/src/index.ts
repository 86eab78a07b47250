export { canonicalJson } from './canonical.ts';
export type { Check } from './check.ts';
export { type Criteria, type Criterion, type Informing, matchesJob, type VoteRule } from './criteria.ts';
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
export type { Kind, Move, Plan, PromotionMode } from './plan.ts';
export { formatPlan, parsePlan } from './plan-file.ts';
export { formatExpiry, type Freeze, type HashRange, type Hold, type PolicyEntry, type Waiver } from './policy.ts';
export type {
  Debts,
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
  VerdictNote,
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
export type { JobState, Reason, ReasonKind, Verdict } from './verdict.ts';
export type { Vote, VoteResult } from './vote.ts';
export {
  type Acknowledgement,
  type HandedPromotion,
  type HandOff,
  type HandOffManifest,
  type HandOffQuery,
  handOffSchema,
  formatHandOff,
  type PinnedFile,
  type PinnedVersions,
} from './hand-off.ts';
export { type ErrorWords, type ModelErrorCode, modelErrorWords } from './error-words.ts';
