import {
  type Destination,
  type FullHash,
  type Outcome,
  parseLabel,
  type Plan,
  previousOf,
  type PromotionRecord,
} from '@tagflow/model';
import {
  applyReviewedPlan,
  type Evidence,
  promote,
  type PromoteRequest,
  type PromotionWorld,
  resume,
} from '../../src/index.ts';
import {
  type Bench,
  byHand,
  candidate,
  createBench,
  hashOf,
  type Mishap,
  outcomeOf,
  periodic,
  pointersOf,
  rollbackTo,
} from '../memory-bench.ts';
import { createSet, label } from '../memory-world.ts';
import {
  type Begun,
  containersOf,
  type Hash,
  type Left,
  type Model,
  type Naming,
  pointersOf as namesOf,
  type Try,
  type Write,
} from './label.ts';
import type { Asked } from './requests.ts';

/** The engine on destinations in memory. */
export interface Real {
  readonly bench: Bench;
  /** Kept in a file by somebody. */
  plan: Plan | null;
  /** The highest version that the label had, whichever ledger remembers it. */
  version: number;
}

/** How many hashes a history may build. */
export const mostBuilds = 40;

export function createReal(): Real {
  return { bench: createBench(), plan: null, version: 0 };
}

/** How a request ended; of a process that was killed nobody knows. */
export type Answer = Outcome | 'killed';

/** Asks the engine, in a process to which something may happen. */
export async function ask(
  real: Real,
  asked: Asked,
  mishap: Mishap | null,
): Promise<{ readonly ended: Answer; readonly isWell: boolean }> {
  const { world, fate } = real.bench.start(mishap ?? undefined);
  const ended = await outcomeOf(carryOut(real, asked, world)).catch((error: unknown): Outcome => {
    // The journal could not be begun, which is no error of ours.
    if (fate() !== 'well') return 'failed';
    throw error;
  });
  return { ended: fate() === 'killed' ? 'killed' : ended, isWell: fate() === 'well' };
}

async function carryOut(real: Real, asked: Asked, world: PromotionWorld): Promise<{ readonly outcome: Outcome }> {
  const { evidence } = real.bench.dlrn;
  if (asked.what === 'rollback')
    return promote(rollbackTo(asked.hash === null ? null : hashOf(asked.hash)), world, evidence);
  if (asked.what === 'pin') return pin(hashOf(asked.hash), world, evidence);
  if (asked.what === 'resume') return resume(requestOf(null, asked.byHand), world, evidence);
  if (!('hash' in asked)) {
    if (real.plan === null) throw new Error('there is no plan');
    return applyReviewedPlan(real.plan, requestOf(null, asked.byHand), world, evidence);
  }
  const { what, hash, byHand: isByHand } = asked;
  const isPlan = what === 'plan';
  const report = await promote({ ...requestOf(hash, isByHand), dryRun: isPlan }, world, evidence);
  if (isPlan && report.outcome === 'planned') real.plan = report.plan ?? real.plan;
  return report;
}

/** The candidate label moves in the repository alone. */
function pin(fullHash: FullHash, world: PromotionWorld, evidence: Evidence): Promise<{ readonly outcome: Outcome }> {
  const request: PromoteRequest = {
    ...{ ...periodic, mode: 'pin', label: candidate, candidateLabel: parseLabel('consistent') },
    ...{ criteria: 'none', keepPrevious: false, fullHash },
  };
  return promote(request, { ...world, destinations: world.destinations.filter(isRepository) }, evidence);
}

const isRepository = ({ kind }: Destination): boolean => kind === 'repository';

function requestOf(hash: Hash | null, isByHand: boolean): PromoteRequest {
  const person: PromoteRequest = { ...byHand(hashOf(0)), fullHash: hash === null ? null : hashOf(hash) };
  return isByHand ? person : { ...periodic, fullHash: person.fullHash };
}

/** The n-th hash is built, with its set. */
export function build({ bench }: Real, n: Hash): void {
  bench.build(n, containersOf(n));
}

const hashes = new Map<string, Hash>(
  Array.from({ length: mostBuilds }, (_, n) => {
    const { fullHash, containers } = createSet(String.fromCharCode(97 + n));
    return [
      [fullHash, n],
      [containers[0]?.digest ?? '', n],
    ] as [string, Hash][];
  }).flat(),
);

function hashNumber(value: string): Hash {
  const hash = hashes.get(value);
  if (hash === undefined) throw new Error(`nobody wrote ${value}`);
  return hash;
}

const hashOrNull = (value: string | null): Hash | null => (value === null ? null : hashNumber(value));

/** `rdo heat-api:previous-current-tripleo` is `rdo heat-api:previous` in the model. */
function pointerName(key: string): string {
  return key.replace(previousOf(label), 'previous').replace(label, 'label');
}

/** Where a pointer of the model is in a place. */
export function placeOf({ bench }: Real, pointer: string): readonly [pointers: Map<string, string>, key: string] {
  const [place = '', name = ''] = pointer.split(' ');
  const key = name.replace('previous', previousOf(label)).replace('label', label);
  return [bench.disks[place as keyof Bench['disks']].pointers, key];
}

/** The value that a pointer of the model has when it names a hash. */
export function valueOf(pointer: string, hash: Hash): string {
  const set = createSet(String.fromCharCode(97 + hash));
  return pointer.includes(':') ? (set.containers[0]?.digest ?? '') : set.fullHash;
}

/** What can be seen of the engine's world, in the words of the model. */
export type Seen = Pick<
  Model,
  'pointers' | 'candidate' | 'label' | 'left' | 'version' | 'begun' | 'tries' | 'interrupted'
>;

export async function look({ bench }: Real): Promise<Seen> {
  const ledger = bench.ledger();
  const [open, ...others] = await ledger.unfinished('master', label);
  if (others.length > 0) throw new Error(`${others.length + 1} promotions are open`);
  const namings = (name: string): Naming[] =>
    bench.dlrn.rows.filter((row) => row.label === name).map((row) => ({ hash: hashNumber(row.fullHash), at: row.at }));
  const seen = [...pointersOf(bench)].filter(([key]) => !key.endsWith(candidate));
  return {
    pointers: new Map(seen.map(([key, value]) => [pointerName(key), hashNumber(value)])),
    candidate: namings(candidate),
    label: namings(label),
    left: (await ledger.policy('master')).map(leftOf),
    version: await ledger.lastVersion('master', label),
    begun: ledger.records.size,
    tries: triesOf(bench),
    interrupted: open === undefined ? null : begunOf(open),
  };
}

function triesOf(bench: Bench): readonly Try[] {
  return [...bench.ledger().records]
    .filter(([, { plan }]) => plan.label === label)
    .map(([id, { plan, outcome }]) => ({
      ...{ id, mode: modeOf(plan), from: hashOrNull(plan.fromHash), to: hashNumber(plan.toHash) },
      ...{ at: madeAt(plan), isDone: outcome === 'done' },
    }));
}

const madeAt = ({ createdAt }: Plan): number => Math.floor(Date.parse(createdAt) / 1000);

const modeOf = ({ mode }: Plan): Try['mode'] => (mode === 'rollback' ? 'rollback' : 'promote');

function leftOf(entry: Awaited<ReturnType<ReturnType<Bench['ledger']>['policy']>>[number]): Left {
  if (entry.kind === 'waiver') throw new Error('nobody leaves a waiver');
  const by = /^rollback-(.*)-(?:freeze|hold)$/.exec(entry.id)?.[1] ?? '';
  const hash = entry.kind === 'hold' ? hashNumber(entry.hashes.from) : null;
  return { by, kind: entry.kind, hash, until: Math.floor(entry.expires / 1000) };
}

function begunOf({ id, plan, journal }: PromotionRecord): Begun {
  const writes = plan.moves.map(({ destination, pointer, from, to }): Write => {
    const place = destination.replace('registry ', '').replace('images ', '');
    return {
      pointer: pointerName(`${place} ${pointer}`),
      from: hashOrNull(from),
      to: hashNumber(to),
    };
  });
  const [from, to] = [hashOrNull(plan.fromHash), hashNumber(plan.toHash)];
  // Also what was right already when it was planned.
  const settled = namesOf('label', to)
    .filter((pointer) => !writes.some((write) => write.pointer === pointer))
    .map((pointer): Write => ({ pointer, from: to, to }));
  const isUndoing = journal.some(({ step }) => step === 'undoing');
  const { version, reason } = plan;
  return {
    ...{ mode: modeOf(plan), from, to, writes: [...writes, ...settled], version, at: madeAt(plan) },
    ...{ byHand: reason !== null, id, isUndoing },
  };
}

/** The version of what was done last. */
export function lastVersion({ bench }: Real): number {
  const done = [...bench.ledger().records.values()].filter(
    ({ plan, outcome }) => plan.label === label && outcome === 'done',
  );
  return done.at(-1)?.plan.version ?? 0;
}
