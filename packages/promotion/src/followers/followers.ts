import {
  type ArtifactSet,
  type Destination,
  type FullHash,
  type Label,
  type Lease,
  type Move,
  parseFullHash,
  type Plan,
  previousOf,
} from '@tagflow/model';
import type { Ahead } from './ahead.ts';
import { compare, counted, type Debt, formatDebt, type Named, reasonOf, unknownDebt } from './debt.ts';
import type { PromotionWorld } from '../transaction/engine.ts';
import { PromotionError } from '../error.ts';
import { withLease } from '../transaction/lease.ts';
import { theRepository } from '../plan/plan.ts';
import { readPositions } from '../plan/positions.ts';
import { readSet } from '../plan/read-set.ts';

/** How the followers of a label stand. */
export interface Settlement {
  /** What the labels named then; null where the repository could not be read. */
  readonly named: LabelsNow | null;
  /** What was written, one text for each follower, such as `registry docker, 24 tags`. */
  readonly paid: readonly string[];
  readonly debts: readonly Debt[];
}

/** What `previous-<label>` and the label name in the repository, in that order; null where there is no such label. */
export type LabelsNow = readonly { readonly label: Label; readonly hash: FullHash | null }[];

interface Owed {
  readonly follower: Destination;
  readonly debt: Debt;
  /** Null where nobody knows what is to be written. */
  readonly set: ArtifactSet | null;
}

/**
 * Brings the followers to what the repository's label and `previous-<label>` name now, previous first; a dry run only
 * says what they owe. What they owe is found by looking, so no ledger has to remember it. Never rejects: what could not
 * be paid is a debt.
 */
export async function settleFollowers(
  label: Label,
  world: PromotionWorld,
  { dryRun, ahead }: { readonly dryRun: boolean; readonly ahead?: Ahead },
): Promise<Settlement> {
  const settled = await settle(label, world, dryRun ? null : { ahead });
  for (const debt of settled.debts) world.log.warning(formatDebt(debt));
  return settled;
}

/** Reads what a label and its previous one name. */
export async function readLabels(label: Label, { destinations }: PromotionWorld): Promise<LabelsNow> {
  const names = [previousOf(label), label];
  const now = await theRepository(destinations).observe(names);
  return names.map((name) => {
    const value = now.get(name) ?? null;
    return { label: name, hash: value === null ? null : parseFullHash(value) };
  });
}

async function settle(
  label: Label,
  world: PromotionWorld,
  writing: { readonly ahead: Ahead | undefined } | null,
): Promise<Settlement> {
  const { followers, shield } = world;
  let named: LabelsNow | null = null;
  let owed: readonly Owed[];
  try {
    shield.signal.throwIfAborted();
    named = await readLabels(label, world);
    owed = await survey(named, world, followers);
  } catch (error) {
    const hash = named?.at(-1)?.hash ?? null;
    const debts = followers.map((follower) => unknownDebt(follower, label, hash, reasonOf(error)));
    return { named, paid: [], debts };
  }
  const payable = followers.filter((one) => owed.some(({ follower, set }) => follower === one && set !== null));
  const debts = owed.map(({ debt }) => debt);
  if (writing === null || payable.length === 0) return { named, paid: [], debts };
  const unread = owed.filter(({ follower }) => !payable.includes(follower)).map(({ debt }) => debt);
  try {
    return await withLease(label, world, async (lease) => {
      // A flip that was under way when they were looked at is over now.
      const held = await readLabels(label, world);
      const again = await survey(held, world, payable);
      const all = await Promise.all(payable.map((one) => payAll(one, again, world, { lease, ...writing })));
      return {
        named: held,
        paid: all.flatMap(({ paid }) => paid),
        debts: [...unread, ...all.flatMap((one) => one.debts)],
      };
    });
  } catch (error) {
    return { named, paid: [], debts: debts.map((debt) => ({ ...debt, why: debt.why ?? reasonOf(error) })) };
  }
}

/** Returns what followers would write when a plan is carried out, a sentence for each. Reads only. */
export function foreseeFollowers(
  { label, set }: Plan,
  previous: ArtifactSet | null,
  followers: readonly Destination[],
): Promise<readonly string[]> {
  return Promise.all(
    followers.map(async (follower) => {
      const name = `${follower.name} (optional)`;
      const count = async (of: Label, wanted: ArtifactSet): Promise<string> => {
        const moves = (await readPositions(follower, of, wanted)).filter(({ from, to }) => from !== to);
        return `${counted(moves.length, moves[0])} of ${of}`;
      };
      try {
        const own = await count(label, set);
        const kept = previous === null ? '' : `, ${await count(previousOf(label), previous)}`;
        return `${name} follows: ${own}${kept}`;
      } catch (error) {
        return `${name} could not be read, so nobody can say what it will follow with: ${reasonOf(error)}`;
      }
    }),
  );
}

/** What every follower owes; previous before the label. */
async function survey(
  labels: LabelsNow,
  { destinations }: PromotionWorld,
  followers: readonly Destination[],
): Promise<readonly Owed[]> {
  const own = labels.at(-1)?.label;
  const named: Named[] = [];
  for (const { label, hash } of labels) {
    if (hash === null) continue;
    const set = await readSet(destinations, hash);
    // Of a set that was never published nobody can say what belongs to previous, in required places neither.
    if (set !== null || label === own) named.push({ label, hash, set });
  }
  return (await Promise.all(followers.map((follower) => owedBy(follower, named)))).flat();
}

async function owedBy(follower: Destination, named: readonly Named[]): Promise<readonly Owed[]> {
  try {
    const found = await Promise.all(
      named.map(async (one): Promise<readonly Owed[]> => {
        const debt = await compare(follower, one);
        return debt === null ? [] : [{ follower, debt, set: one.set }];
      }),
    );
    return found.flat();
  } catch (error) {
    const last = named.at(-1);
    return last === undefined
      ? []
      : [{ follower, debt: unknownDebt(follower, last.label, last.hash, reasonOf(error)), set: null }];
  }
}

interface Payment {
  readonly lease: Lease;
  readonly ahead: Ahead | undefined;
}

async function payAll(
  follower: Destination,
  owed: readonly Owed[],
  world: PromotionWorld,
  payment: Payment,
): Promise<Omit<Settlement, 'named'>> {
  const own = owed.filter((one) => one.follower === follower);
  const debts: Debt[] = [];
  for (const one of own) {
    const left = await pay(one, world, payment);
    if (left !== null) debts.push(left);
  }
  const sum = (all: readonly Debt[]): number => all.reduce((total, { moves }) => total + (moves?.length ?? 0), 0);
  const written = sum(own.map(({ debt }) => debt)) - sum(debts);
  const [first] = own.flatMap(({ debt }) => debt.moves ?? []);
  return { paid: written === 0 ? [] : [`${follower.name}, ${counted(written, first)}`], debts };
}

/** Returns what is left of a debt; null when it is paid. */
async function pay({ follower, debt, set }: Owed, world: PromotionWorld, payment: Payment): Promise<Debt | null> {
  const { shield, progress, log } = world;
  const { hash, moves } = debt;
  if (set === null || hash === null || moves === null) return debt;
  const options = { signal: shield.signal, progress };
  const open = new Set(moves);
  try {
    shield.signal.throwIfAborted();
    if (payment.ahead?.has(follower, hash) !== true) await follower.stage(set, options);
    const problems = await follower.verify(set, options);
    if (problems.length > 0) throw new PromotionError('not-whole', `not whole there: ${problems.join('; ')}`);
    shield.signal.throwIfAborted();
    const flip = {
      signal: shield.signal,
      before: async () => void (await payment.lease.check()),
      after: (move: Move) => {
        open.delete(move);
        const done = moves.length - open.size;
        progress({ what: `${debt.label} in ${follower.name}`, done, total: moves.length, unit: 'writes' });
      },
    };
    await shield.during(() => follower.flip(moves, flip));
    log.info(`${follower.name} (optional) follows ${debt.label} → ${hash}`);
    return null;
  } catch (error) {
    return { ...debt, moves: moves.filter((move) => open.has(move)), why: reasonOf(error) };
  }
}
