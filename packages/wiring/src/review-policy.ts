import type { Config, Policy } from '@tagflow/config';
import type { FullHash, Label, Ledger, PolicyEntry } from '@tagflow/model';
import { type PolicyPlace, type PolicyReview, reviewPolicy, withLeft } from '@tagflow/promotion';
import type { OpenWorld } from './open-world.ts';

/** How many of a label's last promotions tell whether a waiver is needed. */
const recentPromotions = 20;

/**
 * Returns what is to be said of every waiver, hold and freeze: those in files, and those that rollbacks left in the
 * ledger. Reads DLRN's promotions and the ledger, and writes nothing.
 * @param worldOf opens a world for a component, null for the whole repository; it is closed here
 * @param now milliseconds since 1970
 */
export async function readPolicyReview(
  config: Config,
  policy: Policy,
  worldOf: (component: string | null) => Promise<OpenWorld>,
  now: number,
): Promise<readonly PolicyReview[]> {
  const places = placesOf(config);
  const known = new Set<FullHash>();
  const used = new Set<string>();
  let left: readonly PolicyEntry[] = [];
  let remembers = false;
  for (const component of new Set([null, ...places.map((place) => place.component)])) {
    const world = await worldOf(component);
    try {
      if (component === null) left = await world.ledger.policy(config.release);
      for (const place of places.filter((one) => one.component === component)) {
        for (const hash of await hashesOf(place, world)) known.add(hash);
        const waivers = await usedWaivers(config.release, place.label, world.ledger);
        remembers ||= waivers !== null;
        for (const id of waivers ?? []) used.add(id);
      }
    } finally {
      await world.close();
    }
  }
  return reviewPolicy({
    entries: withLeft(policy.entries, left),
    ...{ now, places, knownHash: (hash) => known.has(hash), used: remembers ? used : null },
  });
}

interface Place extends PolicyPlace {
  readonly from: Label;
}

function placesOf({ release, phases }: Config): readonly Place[] {
  return Object.values(phases).flatMap(({ component, pin, promote }) => [
    ...(pin === null ? [] : [{ release, component, from: pin.from, label: pin.to, criteria: pin.criteria }]),
    ...(promote === null
      ? []
      : [{ release, component, from: promote.from, label: promote.to, criteria: promote.criteria }]),
  ]);
}

async function hashesOf({ from, label }: Place, { evidence }: OpenWorld): Promise<readonly FullHash[]> {
  const recent = await evidence.recent(label);
  if (evidence.isUnrecorded(from)) return recent;
  const { known } = await evidence.candidates(from, label, null);
  return [...recent, ...known.map(({ fullHash }) => fullHash)];
}

/** The waivers without which the last promotions would not have been; null where there were none. */
async function usedWaivers(release: string, label: Label, ledger: Ledger): Promise<readonly string[] | null> {
  const history = await ledger.history(release, label, recentPromotions);
  return history.length === 0 ? null : history.flatMap(({ plan }) => plan.waivers.map(({ id }) => id));
}
