export { newerThan } from './candidates.ts';
export { applyPlan, type PromotionResult, type PromotionWorld, resumePlan } from './engine.ts';
export { PromotionError, type PromotionErrorCode } from './error.ts';
export { labelledHash, planPromotion, type PlanRequest, theRepository } from './plan.ts';
export { readSet } from './read-set.ts';
export { type Drift, findDrift, reconcile } from './reconcile.ts';
export { createShield, type Shield } from './shield.ts';
export { formatStatement, promotionPredicateType } from './statement.ts';
export { criteriaDigest, decide } from './verdict.ts';
