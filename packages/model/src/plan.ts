import { canonicalJson } from './canonical.ts';
import { ParseError } from './error.ts';
import { type FullHash, parseFullHash } from './hash.ts';
import { type Label, parseTargetLabel } from './label.ts';
import { type ArtifactSet, setOf } from './set.ts';
import type { Verdict } from './verdict.ts';

/** The three kinds of things that a label names. */
export type Kind = 'repository' | 'containers' | 'images';

export type PromotionMode = 'promote' | 'pin' | 'rollback';

/**
 * One tiny metadata write: a pointer of a destination (a tag, a link, a DLRN label) goes from one value to another.
 * Values are what the destination's {@link Destination.observe} gives: a container's digest, a full hash.
 */
export interface Move {
  readonly destination: string;
  readonly kind: Kind;
  readonly label: Label;
  readonly pointer: string;
  /** The precondition: what the pointer says now; null when it does not exist. */
  readonly from: string | null;
  readonly to: string;
}

/** A whole promotion, decided and not yet done. Its canonical JSON is what a person reviews and a machine applies. */
export interface Plan {
  readonly mode: PromotionMode;
  readonly release: string;
  /** Whose own labels move, in the component line; null for the whole repository. */
  readonly component: string | null;
  readonly label: Label;
  readonly candidateLabel: Label | null;
  readonly fromHash: FullHash | null;
  readonly toHash: FullHash;
  readonly set: ArtifactSet;
  /** The set that the label leaves; null for a label that does not exist yet, or whose set nobody recorded. */
  readonly fromSet: ArtifactSet | null;
  /** In the order of writing; the repository's label is the last: it is the commit point. */
  readonly moves: readonly Move[];
  /** Sentences about what cannot be undone, or is left behind. */
  readonly notes: readonly string[];
  readonly verdict: Verdict;
  /** `sha256:` of the configuration that was read. */
  readonly configDigest: string;
  readonly reason: string | null;
  readonly actor: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

const planSchema = 'tagflow/plan/v1';

/** Returns the canonical text of a plan file. */
export function formatPlan(plan: Plan): string {
  return `${canonicalJson({ schema: planSchema, ...plan })}\n`;
}

/**
 * Returns the plan that a file holds.
 * @throws ParseError when it is not a plan of this version.
 */
export function parsePlan(text: string, where: string): Plan {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new ParseError(`${where} is not JSON`);
  }
  if (typeof data !== 'object' || data === null || (data as { schema?: unknown }).schema !== planSchema) {
    throw new ParseError(
      `${where} is not a plan of this tagflow (schema "${planSchema}")`,
      'Make a new plan: promote-symlink with dry-run.',
    );
  }
  const { schema: _schema, ...plan } = data as Plan & { schema: string };
  if (!Array.isArray(plan.moves) || plan.moves.length === 0) throw new ParseError(`${where}: the plan moves nothing`);
  return {
    ...plan,
    // A plan of an earlier tagflow has none.
    component: (plan as { readonly component?: string | null }).component ?? null,
    label: parseTargetLabel(plan.label),
    toHash: parseFullHash(plan.toHash),
    fromHash: plan.fromHash === null ? null : parseFullHash(plan.fromHash),
    set: setOf(plan.set, `${where}: set`),
    fromSet: plan.fromSet === null ? null : setOf(plan.fromSet, `${where}: fromSet`),
  };
}
