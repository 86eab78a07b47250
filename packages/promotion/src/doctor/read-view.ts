import {
  type Destination,
  type FullHash,
  type Label,
  parseFullHash,
  previousOf,
  type PromotionRecord,
} from '@tagflow/model';
import { findDebt, reasonOf } from '../followers/debt.ts';
import type { PromotionWorld } from '../transaction/engine.ts';
import { leaseMs } from '../transaction/lease.ts';
import { theRepository } from '../plan/plan.ts';
import type { Evidence } from '../promote.ts';
import { type NameReader, readName } from './read-name.ts';
import type { LabelView, Unread } from './view.ts';

/** What a look at one label needs to know. */
export interface DoctorRequest {
  readonly release: string;
  readonly component: string | null;
  readonly label: Label;
  /** What the label is promoted from: in its history hashes have their order. */
  readonly candidateLabel: Label | null;
  /** Where a destination takes missing bytes from, by name. Absent: every other destination of its kind. */
  readonly sourcesOf?: (destination: string) => readonly string[];
  readonly configDigest: string;
  readonly policyDigest: string;
  readonly actor: string;
}

/** What a doctor uses of a promotion's world: it writes nothing. */
export type DoctorWorld = Pick<
  PromotionWorld,
  'destinations' | 'followers' | 'ledger' | 'clock' | 'progress' | 'shield'
>;

const recordsLookedAt = 50;

/** Reads everything that a diagnosis of one label depends on. What cannot be read is a part of the view. */
export async function readLabelView(
  request: DoctorRequest,
  world: DoctorWorld,
  evidence: Evidence,
): Promise<LabelView> {
  const { label, release, component } = request;
  const { destinations, ledger, shield, clock } = world;
  const repository = theRepository(destinations);
  const others = destinations.filter((destination) => destination !== repository);
  const unread: Unread[] = [];
  const orElse = async <Value>(name: string, read: () => Promise<Value>, otherwise: Value): Promise<Value> => {
    try {
      return await read();
    } catch (error) {
      shield.signal.throwIfAborted();
      unread.push({ name, why: reasonOf(error) });
      return otherwise;
    }
  };
  const ofLine = (all: readonly PromotionRecord[]): readonly PromotionRecord[] =>
    all.filter(({ plan }) => plan.component === component);
  const { records, open } = await orElse(
    'ledger',
    async () => ({
      records: ofLine(await ledger.history(release, label, recordsLookedAt)),
      open: ofLine(await ledger.unfinished(release, label)),
    }),
    { records: [], open: [] },
  );
  const last = records.find(({ outcome }) => outcome === 'done') ?? null;
  const named = others.length === 0 ? [label] : [previousOf(label), label];
  const values = await orElse(repository.name, () => repository.observe(named), null);
  // DLRN's memory only tells older from newer: without it less can be said, and nothing wrong.
  const history = values === null ? [] : await evidence.recent(label).catch(() => []);
  const { candidateLabel } = request;
  const candidates = (): Promise<readonly FullHash[]> =>
    candidateLabel === null || evidence.isUnrecorded(candidateLabel)
      ? Promise.resolve([])
      : evidence.recent(candidateLabel).catch(() => []);
  const known = { records: [...open, ...records], history, candidates };
  const reader: NameReader = { request, world, repository, others, ...known };
  const hashes = named.map((name) => ({ name, hash: hashOf(values?.get(name)) }));
  const names = [];
  for (const { name, hash } of values === null ? [] : hashes) {
    const other = hashes.flatMap((one) => (one.name === name ? [] : (one.hash ?? [])));
    names.push(await readName(name, hash, other, reader));
  }
  const now = names.at(-1)?.hash ?? null;
  return {
    ...{ release, component, label, repository: repository.name, names, unread, last, open, history },
    kinds: [...new Set(others.map(({ kind }) => kind as 'containers' | 'images'))],
    isUnderWay: open.some((record) => record.outcome === null && isFresh(record, clock.now())),
    wentBack: now === null || last === null ? null : await wentBack(request, now, last.plan.toHash, evidence),
    lastWhole: null,
    debts: values === null ? [] : await debtsOf(world, repository, others, names),
  };
}

function hashOf(value: string | null | undefined): FullHash | null {
  return value === null || value === undefined ? null : parseFullHash(value);
}

// Each step of a flip is written down; what takes long is staging, which moves nothing.
function isFresh({ plan, journal }: PromotionRecord, now: number): boolean {
  return now - (journal.at(-1)?.at ?? Date.parse(plan.createdAt)) < leaseMs;
}

/** Whether `now` is older than what the label was given last; by the candidates' order, else by its own. */
async function wentBack(
  { label, candidateLabel }: DoctorRequest,
  now: FullHash,
  given: FullHash,
  evidence: Evidence,
): Promise<boolean | null> {
  if (now === given) return false;
  for (const order of [candidateLabel, label]) {
    if (order === null || evidence.isUnrecorded(order)) continue;
    const earlier = await evidence.namedEarlier(order, now, given).catch(() => null);
    if (earlier !== null) return earlier;
  }
  return null;
}

async function debtsOf(
  { followers }: DoctorWorld,
  repository: Destination,
  knowing: readonly Destination[],
  names: LabelView['names'],
): Promise<LabelView['debts']> {
  // Of a set that nobody knows nobody can say what is owed.
  const told = names.filter(({ setFrom }) => setFrom === 'set.json');
  const found = await Promise.all(
    followers.flatMap((follower) => told.map(({ label }) => findDebt(label, repository, follower, knowing))),
  );
  return found.filter((debt) => debt !== null);
}
