import { createHash } from 'node:crypto';
import { canonicalJson, formatPlan, type Plan } from '@tagflow/model';

/** The predicate of our promotion statements. */
const promotionPredicateType = 'urn:tagflow:promotion:v1';

/**
 * Returns the promotion as an in-toto Statement v1 (https://in-toto.io/Statement/v1), unsigned: its subjects are the
 * repository, every container digest and every image checksum; its predicate says who moved which label, and why.
 * @param finishedAt milliseconds since 1970
 */
export function formatStatement(plan: Plan, promotionId: string, finishedAt: number): string {
  const subject = [
    { name: plan.set.repository.url ?? plan.set.fullHash, digest: { dlrnHash: plan.set.fullHash } },
    ...plan.set.containers.map((container) => ({
      name: container.name,
      digest: { sha256: container.digest.slice('sha256:'.length) },
    })),
    ...plan.set.images.map((image) => ({ name: image.name, digest: { sha256: image.sha256 } })),
  ];
  const predicate = {
    promotionId,
    mode: plan.mode,
    release: plan.release,
    label: plan.label,
    version: plan.version,
    component: plan.component,
    candidateLabel: plan.candidateLabel,
    fromHash: plan.fromHash,
    toHash: plan.toHash,
    verdict: plan.verdict,
    planDigest: `sha256:${createHash('sha256').update(formatPlan(plan)).digest('hex')}`,
    criteria: plan.criteria,
    waivers: plan.waivers,
    configDigest: plan.configDigest,
    policyDigest: plan.policyDigest,
    reason: plan.reason,
    actor: plan.actor,
    plannedAt: plan.createdAt,
    finishedAt: new Date(finishedAt).toISOString(),
  };
  return `${canonicalJson({
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: promotionPredicateType,
    predicate,
  })}\n`;
}
