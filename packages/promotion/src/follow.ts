import type { FullHash, Lease, Outcome, Plan } from '@tagflow/model';
import { messageOf } from '@tagflow/model';
import { PromotionError } from './error.ts';
import { assembleSet } from './plan/assemble-set.ts';
import { labelledHash, planPromotion, theRepository } from './plan/plan.ts';
import { findGone } from './plan/probe.ts';
import type { Evidence, PromoteReport, PromoteRequest } from './promote.ts';
import type { PromotionWorld } from './transaction/engine.ts';
import { makeMoves, observeMoves } from './transaction/flip.ts';
import { withLease } from './transaction/lease.ts';
import { criteriaDigest, reasonOf } from './verdict/decide.ts';

/**
 * Takes the container tags and the image links of a pinned label to the set that was built for its hash, as long as the
 * repository's label still names that hash: a build that took hours may end when the label has moved on, and its set
 * then stays under the hash alone. The repository's label does not move.
 *
 * Nothing of it is written to the journal: these pointers decide nothing, and what a stopped run leaves behind is the
 * next one's to do.
 * @throws PromotionError `no-set` when a kind has nothing to move
 */
export async function followLabel(
  request: PromoteRequest,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<PromoteReport> {
  const { label } = request;
  const named = await namedNow(request, world);
  const report = (outcome: Outcome, message: string, more: Partial<PromoteReport> = {}): PromoteReport => ({
    ...{ outcome, message, fullHash: request.fullHash, previousHash: named, verdict: null },
    ...{ plan: null, result: null, debts: [], ...more },
  });
  const fullHash = request.fullHash ?? named;
  if (fullHash === null) return report('nothing-to-do', `the repository has no label ${label}`);
  const movedOn = (now: FullHash | null): string =>
    `${label} names ${now ?? 'nothing'} by now: its containers and images follow that, and not ${fullHash}`;
  if (named !== fullHash) return report('nothing-to-do', movedOn(named));

  const plan = await planToFollow(request, fullHash, world, evidence);
  if (plan === null) return report('nothing-to-do', `all kinds agree: ${label} → ${fullHash}`, { fullHash });
  const count = `${plan.moves.length} ${plan.moves.length === 1 ? 'pointer' : 'pointers'}`;
  if (request.dryRun) {
    return report('planned', `${count} of containers and images would follow ${label} to ${fullHash}`, {
      fullHash,
      plan,
    });
  }
  await stage(plan, world);
  return withLease(label, world, async (lease) => {
    // Our own promoters wait for the lease; somebody who moves the label by hand is seen here, or below.
    const before = await namedNow(request, world);
    if (before !== fullHash) return report('nothing-to-do', movedOn(before), { fullHash, plan });
    await move(plan, lease, request, world);
    const after = await namedNow(request, world);
    if (after === fullHash)
      return report('done', `${count} of containers and images follow ${label}`, { fullHash, plan });
    return report('half-done', `${movedOn(after)}; they were moved meanwhile`, {
      ...{ fullHash, plan, debts: [`${label}: containers and images are at ${fullHash}, the repository is not`] },
    });
  });
}

function namedNow({ label }: PromoteRequest, { destinations }: PromotionWorld): Promise<FullHash | null> {
  return labelledHash(theRepository(destinations), label);
}

async function planToFollow(
  request: PromoteRequest,
  fullHash: FullHash,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<Plan | null> {
  const { label, policy } = request;
  const set = await assembleSet(request, world, fullHash, await evidence.describe(fullHash, [label]));
  const text = `the repository's ${label} names ${fullHash} already`;
  return planPromotion({
    ...request,
    ...{ mode: 'repair', set, destinations: world.destinations, previous: 'unchanged', waivers: [], version: 0 },
    verdict: {
      ...{ answer: 'yes', fullHash, reasons: [reasonOf('repair', 'repair', true, text)] },
      ...{ criteriaDigest: criteriaDigest('none'), waivers: [], votes: [] },
    },
    ...{ criteria: 'none', policyDigest: policy.digest, now: world.clock.now() },
  });
}

async function stage({ set, moves, toHash }: Plan, world: PromotionWorld): Promise<void> {
  const { shield, progress } = world;
  const used = world.destinations.filter(({ name }) => moves.some(({ destination }) => destination === name));
  const staged = await Promise.allSettled(used.map((one) => one.stage(set, { signal: shield.signal, progress })));
  for (const result of staged) if (result.status === 'rejected') throw result.reason;
  const problems = await findGone(set, used, world);
  if (problems.length === 0) return;
  throw new PromotionError('not-whole', `the set of ${toHash} is not whole: ${problems.join('; ')}`);
}

/** How long a look at the repository's label counts while tags are written. */
const freshMs = 250;

/** Containers first and links last, each after a look whether the label still names the hash. */
async function move(plan: Plan, lease: Lease, request: PromoteRequest, world: PromotionWorld): Promise<void> {
  const { destinations, shield, progress, clock } = world;
  let done = 0;
  let seen = Number.NEGATIVE_INFINITY;
  const isNamed = async (): Promise<void> => {
    if (clock.now() - seen < freshMs) return;
    const now = await namedNow(request, world);
    if (now !== plan.toHash) throw new PromotionError('moved', `${plan.label} names ${now ?? 'nothing'} by now`);
    seen = clock.now();
  };
  const write = (moves: Plan['moves']): Promise<void> => {
    seen = Number.NEGATIVE_INFINITY;
    return makeMoves(moves, {
      ...{ label: plan.label, destinations, journal: () => Promise.resolve() },
      options: {
        signal: shield.signal,
        before: async () => {
          await lease.check();
          await isNamed();
        },
        after: () => {
          done += 1;
          progress({ what: `follow ${plan.label}`, done, total: plan.moves.length, unit: 'writes' });
        },
      },
    });
  };
  const failed = (what: string, cause?: unknown): PromotionError =>
    new PromotionError('half-done', what, {
      ...{ outcome: 'half-done', cause },
      next: 'The same command goes on where this one ended; if the label has moved, that of its new hash.',
    });
  await shield
    .during(async () => {
      await write(plan.moves.filter(({ kind }) => kind === 'containers'));
      await write(plan.moves.filter(({ kind }) => kind !== 'containers'));
    })
    .catch((cause: unknown) => {
      throw failed(`${done} of ${plan.moves.length} pointers follow ${plan.label}: ${messageOf(cause)}`, cause);
    });
  const wrong = [...(await observeMoves(plan.moves, destinations))].find(([one, value]) => value !== one.to);
  if (wrong === undefined) return;
  throw failed(`${wrong[0].destination}: ${wrong[0].pointer} reads ${wrong[1] ?? 'nothing'}, not ${wrong[0].to}`);
}
