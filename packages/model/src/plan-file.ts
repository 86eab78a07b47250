import { canonicalJson } from './canonical.ts';
import { ParseError } from './error.ts';
import { parseFullHash } from './hash.ts';
import { parseLabel, parseTargetLabel } from './label.ts';
import type { Kind, Move, Plan, PromotionMode } from './plan.ts';
import { setOf } from './set.ts';
import type { Verdict } from './verdict.ts';

const planSchema = 'tagflow/plan/v1';
const modes: readonly PromotionMode[] = ['promote', 'pin', 'rollback', 'repair'];
const kinds: readonly Kind[] = ['repository', 'containers', 'images'];

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
    throw new ParseError(`${where} is not JSON`, makeAnother);
  }
  if (typeof data !== 'object' || data === null || (data as { schema?: unknown }).schema !== planSchema) {
    throw new ParseError(`${where} is not a plan of this tagflow (schema "${planSchema}")`, makeAnother);
  }
  const { schema: _schema, ...plan } = data as Plan & { schema: string };
  if (!modes.includes(plan.mode)) {
    throw new ParseError(`${where}: mode is ${JSON.stringify(plan.mode)}, expected one of ${modes.join(', ')}`);
  }
  if (!Array.isArray(plan.moves) || plan.moves.length === 0) throw new ParseError(`${where}: the plan moves nothing`);
  const set = setOf(plan.set, `${where}: set`);
  if (set.fullHash !== plan.toHash)
    throw new ParseError(`${where}: its set is of ${set.fullHash}, and toHash is ${plan.toHash}`);
  return {
    ...missingOfOld,
    ...plan,
    label: parseTargetLabel(plan.label),
    toHash: parseFullHash(plan.toHash),
    fromHash: plan.fromHash === null ? null : parseFullHash(plan.fromHash),
    set,
    fromSet: plan.fromSet === null ? null : setOf(plan.fromSet, `${where}: fromSet`),
    moves: plan.moves.map((move: unknown, index) => moveOf(move, `${where}: moves[${index}]`)),
    verdict: verdictOf(plan.verdict, `${where}: verdict`),
  };
}

const makeAnother = 'Make a new plan: tagflow plan, or promote-symlink with dry-run.';

/** What plans of an earlier tagflow lack. */
const missingOfOld = {
  component: null,
  irreversible: [],
  criteria: 'none',
  waivers: [],
  version: 0,
  policyDigest: '',
} as const satisfies Partial<Plan>;

// A person may have edited the file, and what it says is written to servers.
function moveOf(data: unknown, where: string): Move {
  if (typeof data !== 'object' || data === null) throw new ParseError(`${where} is not an object`);
  const move = data as Record<keyof Move, unknown>;
  const text = (key: 'destination' | 'pointer' | 'to' | 'label'): string => {
    const value = move[key];
    if (typeof value === 'string' && value !== '') return value;
    throw new ParseError(`${where}.${key} is ${JSON.stringify(value)}, expected a text`);
  };
  const kind = kinds.find((known) => known === move.kind);
  if (kind === undefined)
    throw new ParseError(`${where}.kind is ${JSON.stringify(move.kind)}, not one of ${kinds.join(', ')}`);
  if (move.from !== null && typeof move.from !== 'string') {
    throw new ParseError(`${where}.from is ${JSON.stringify(move.from)}, expected a text or null`);
  }
  const label = parseLabel(text('label'));
  return { destination: text('destination'), kind, label, pointer: text('pointer'), from: move.from, to: text('to') };
}

function verdictOf(data: unknown, where: string): Verdict {
  if (typeof data !== 'object' || data === null) throw new ParseError(`${where} is not an object`);
  const verdict: Partial<Verdict> = data;
  return { ...(data as Verdict), waivers: verdict.waivers ?? [], votes: verdict.votes ?? [] };
}
