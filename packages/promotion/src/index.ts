export { applyPlan, type PromotionResult, type PromotionWorld, resumePlan } from './transaction/engine.ts';
export { PromotionError, type PromotionErrorCode } from './error.ts';
export { labelledHash, planPromotion, type PlanRequest, theRepository } from './plan/plan.ts';
export { readSet } from './plan/read-set.ts';
export { readPositions } from './plan/positions.ts';
export { reconcile } from './transaction/reconcile.ts';
export { createShield, type Shield } from './transaction/shield.ts';
export { choose } from './choose.ts';
export { followLabel } from './follow.ts';
export { criteriaDigest, decide, jobsOf, type Question } from './verdict/decide.ts';
export { type Result as LackingResult, smallestResults, withResults } from './verdict/needs.ts';
export { type Judge, openJudge } from './verdict/judge.ts';
export { leaseMs } from './transaction/lease.ts';
export { type Candidate, type Evidence, promote, type PromoteReport, type PromoteRequest } from './promote.ts';
export { type Debt, findDebt, formatDebt } from './followers/debt.ts';
export { owing, type OptionalSourcePlace, refuseOwing } from './followers/owing-source.ts';
export { resume } from './transaction/resume.ts';
export { describePolicyReview, formatPolicyReview } from './policy/describe-review.ts';
export { withLeft } from './policy/entries.ts';
export { type PolicyPlace, type PolicyReview, reviewPolicy } from './policy/review.ts';
export { describeReport } from './plan/describe.ts';
export { formatPlanText } from './plan/plan-text.ts';
export { applyReviewedPlan } from './transaction/reviewed.ts';
export { diffSets, formatDiffJson, isSameSet, type SetDiff } from './diff/diff-sets.ts';
export { formatDiffMarkdown, formatDiffText } from './diff/format-diff.ts';
export { formatDetailsJson, formatSetText } from './diff/format-set.ts';
export { mergePackages } from './diff/packages.ts';
export type { ContainerDetails, PackageEntry, PlatformLayers, PromotionFacts, SetDetails } from './diff/set-details.ts';
export { summaryOf } from './diff/words.ts';
export { type DoctorReport, examine } from './doctor/doctor.ts';
export { formatReportMarkdown, formatReportText } from './doctor/format-report.ts';
export type { DoctorRequest } from './doctor/read-view.ts';
export type { JobFacts } from './explain/candidate.ts';
export {
  formatExplanationBrief,
  formatExplanationJson,
  formatExplanationMarkdown,
  formatExplanationText,
} from './explain/format.ts';
export { explainHash, type HashFacts, type HashRouteFacts } from './explain/hash.ts';
export { explainLabel, type LabelFacts } from './explain/label.ts';
export { type ExplainPlace, readHash } from './explain/read-hash.ts';
export { type ExplainRequest, readLabel } from './explain/read-label.ts';
export type { Explanation, HashExplanation, LabelAnswer, LabelExplanation, Standing } from './explain/types.ts';
export { promotionErrorWords } from './error-words.ts';
