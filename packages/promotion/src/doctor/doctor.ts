import {
  emptySet,
  type Foresight,
  type FullHash,
  type Outcome,
  type Plan,
  type PromotionRecord,
  worseOutcome,
} from '@tagflow/model';
import { reasonOf as adviceOf } from '../followers/debt.ts';
import { foresee } from '../plan/foresee.ts';
import { irreversibleOf } from '../plan/plan.ts';
import type { Evidence } from '../promote.ts';
import { readSet } from '../plan/read-set.ts';
import { criteriaDigest, reasonOf } from '../verdict/decide.ts';
import { diagnose } from './diagnose.ts';
import type { Finding } from './finding.ts';
import { type DoctorRequest, type DoctorWorld, readLabelView } from './read-view.ts';
import { type Repair, repairOf } from './repair.ts';
import type { LabelView } from './view.ts';

/** How one label was found. */
export interface DoctorReport {
  readonly label: string;
  readonly component: string | null;
  /** What the repository's label names; null where there is no such label, or it was not read. */
  readonly hash: FullHash | null;
  /**
   * `nothing-to-do`: everything agrees; `waiting`: what does not agrees by itself later, or nobody could look;
   * `half-done`: there is something to mend.
   */
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
  /** What makes all kinds agree with the repository's label; null where nothing does, or nothing has to. */
  readonly plan: Plan | null;
}

/**
 * Compares where a label points in every place with each other, with what is published of its hash and with what the
 * ledger remembers. Writes nothing.
 */
export async function examine(request: DoctorRequest, world: DoctorWorld, evidence: Evidence): Promise<DoctorReport> {
  const seen = await readLabelView(request, world, evidence);
  const view = isBeyondRepair(repairOf(seen)) ? { ...seen, lastWhole: await lastWhole(seen, world) } : seen;
  const findings = diagnose(view);
  const { plan, problems } = view.isUnderWay
    ? { plan: null, problems: [] }
    : await planRepair(view, repairOf(view), request, { ...world, evidence });
  return {
    ...{ label: view.label, component: view.component, hash: view.names.at(-1)?.hash ?? null, plan },
    outcome: outcomeOf(findings),
    findings: findings.map((finding) =>
      finding.remedy !== 'repair' || problems.length === 0
        ? finding
        : { ...finding, remedy: 'person', todo: `It cannot be repaired as it is: ${problems.join('; ')}.` },
    ),
  };
}

/** Returns how a look that found these ends. */
function outcomeOf(findings: readonly Pick<Finding, 'severity'>[]): Outcome {
  const outcomes = { error: 'half-done', warning: 'half-done', wait: 'waiting', note: 'nothing-to-do' } as const;
  return findings
    .map(({ severity }) => outcomes[severity])
    .reduce<Outcome>((worst, one) => worseOutcome(worst, one) ?? worst, 'nothing-to-do');
}

function isBeyondRepair(repair: Repair): boolean {
  return 'obstacles' in repair && !repair.obstacles.some(({ remedy }) => remedy === 'resume' || remedy === 'nobody');
}

/** How many earlier sets are looked at: each costs a look at every container in every registry. */
const earlierSetsTried = 5;

/** Returns the newest set before this one that is whole in every place; null where none of the last ones is. */
async function lastWhole(view: LabelView, world: DoctorWorld): Promise<FullHash | null> {
  const { destinations, shield, progress } = world;
  const now = view.names.at(-1)?.hash ?? null;
  const named = [...view.history, ...(view.last === null ? [] : promoted(view.last))];
  const earlier = [...new Set(named)].filter((hash) => hash !== now);
  for (const hash of earlier.slice(0, earlierSetsTried)) {
    try {
      const set = await readSet(destinations, hash);
      if (set === null) continue;
      const problems = destinations.map((place) => place.verify(set, { signal: shield.signal, progress }));
      if ((await Promise.all(problems)).flat().length === 0) return hash;
    } catch {
      shield.signal.throwIfAborted();
    }
  }
  return null;
}

function promoted({ plan }: PromotionRecord): readonly FullHash[] {
  return plan.fromHash === null ? [plan.toHash] : [plan.toHash, plan.fromHash];
}

interface Planned {
  readonly plan: Plan | null;
  /** Why what a repair would do cannot be done. */
  readonly problems: readonly string[];
}

async function planRepair(
  view: LabelView,
  repair: Repair,
  request: DoctorRequest,
  { destinations, ledger, clock, shield, evidence }: DoctorWorld & { readonly evidence: Evidence },
): Promise<Planned> {
  const name = view.names.at(-1);
  if ('obstacles' in repair || repair.moves.length === 0 || name === undefined || name.hash === null) {
    return { plan: null, problems: [] };
  }
  const { moves } = repair;
  const { hash } = name;
  const refused = (error: unknown): Foresight => {
    shield.signal.throwIfAborted();
    return { problems: [adviceOf(error)], notes: [] };
  };
  const { problems, notes } = await foresee(moves, destinations).catch(refused);
  if (problems.length > 0) return { plan: null, problems };
  // Of a pin nothing is published: its set is the repository alone.
  const set = name.set ?? {
    ...emptySet(hash, view.release),
    repository: await evidence.describe(hash, [view.label]),
  };
  const { release, component, label, configDigest, policyDigest, actor } = request;
  const text = `a repair: the repository's ${label} names ${hash} already`;
  const plan: Plan = {
    ...{ mode: 'repair', release, component, label, candidateLabel: null, fromHash: hash, toHash: hash },
    ...{ set, fromSet: set, moves, notes: [...repair.notes, ...notes] },
    irreversible: irreversibleOf(moves, destinations),
    verdict: {
      ...{ answer: 'yes', fullHash: hash, reasons: [reasonOf('repair', 'repair', true, text)] },
      ...{ criteriaDigest: criteriaDigest('none'), waivers: [], votes: [] },
    },
    ...{ criteria: 'none', waivers: [], policyDigest, configDigest },
    version: await ledger.lastVersion(release, label),
    ...{ reason: null, actor, createdAt: new Date(clock.now()).toISOString() },
  };
  return { plan, problems };
}
