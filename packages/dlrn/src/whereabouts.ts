import { type Effects, type FullHash, isAggregate } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import { componentsOf, type LabelEnd, type LabelMove, type LabelState, readLabelState } from './label-state.ts';
import type { RepositoryTree } from './tree.ts';

/**
 * Where a label is: `there` when the tree, each component's own link, the label's aggregate and the newest row of
 * promotions say the target; `back` when they say what was before; `elsewhere` when one of them says a third hash, which
 * somebody else gave it; else `between`.
 */
export type Whereabouts =
  | { readonly state: 'there' }
  | { readonly state: 'back' }
  | { readonly state: 'between' | 'elsewhere'; readonly facts: string };

/** Pure part of {@link waitForLabel}. */
export function whereaboutsOf(state: LabelState, move: LabelMove): Whereabouts {
  const { from, to } = move;
  const recorded = state.recorded === to.fullHash;
  if (isAt(state, move, to) && recorded) return { state: 'there' };
  if (isAt(state, move, from) && !recorded) return { state: 'back' };
  const links = [...state.links].filter(([component, now]) => now !== memberOf(to, component));
  // Where the old aggregate's files are gone, nobody knows what its components named.
  const isKnown = from === null || from.members.length > 0;
  const strange = links.filter(([component, now]) => isKnown && now !== null && now !== memberOf(from, component));
  const isThird = state.hash !== null && state.hash !== to.fullHash && state.hash !== from?.fullHash;
  const facts = [
    `${move.label} names ${state.hash ?? 'nothing'} in the repository`,
    ...(state.isServed ? [] : [`its delorean.repo is that of ${state.served ?? 'nothing'}`]),
    `the newest promotion is ${state.recorded ?? 'none'}`,
    ...links.map(([component, now]) => `component ${component} names ${now ?? 'nothing'}`),
  ].join(', ');
  return { state: isThird || strange.length > 0 ? 'elsewhere' : 'between', facts };
}

function isAt(state: LabelState, { component, to }: LabelMove, end: LabelEnd | null): boolean {
  const hash = end?.fullHash ?? null;
  if (state.hash !== hash || !state.isServed) return false;
  if (component !== null) {
    // The component's link is moved first, the label's aggregate after it.
    return hash === null || !state.components.includes(component) || state.aggregated.has(hash);
  }
  if (!isAggregate(to.fullHash)) return true;
  // A component that only the new set has must not keep the label, and another one is nobody's business here.
  const links = end !== null && end.members.length === 0 ? [] : componentsOf(end).concat(componentsOf(to));
  return state.served === hash && links.every((one) => (state.links.get(one) ?? null) === memberOf(end, one));
}

function memberOf(end: LabelEnd | null, component: string): FullHash | null {
  return end?.members.find((member) => member.component === component)?.fullHash ?? null;
}

/**
 * Reads where the label of a move is, again after each of the delays (milliseconds) until it is where it is wanted: a
 * cache may stand in between, or the server be at work still. Rejects when the last look fails; an earlier one may.
 */
export async function waitForLabel(
  client: Pick<DlrnClient, 'promotionsOf'>,
  tree: Pick<RepositoryTree, 'readLabel' | 'readFile'>,
  move: LabelMove,
  effects: Pick<Effects, 'clock' | 'signal'>,
  { wanted, delays }: { readonly wanted: 'there' | 'back'; readonly delays: readonly number[] },
): Promise<Whereabouts> {
  const look = async (): Promise<Whereabouts> => whereaboutsOf(await readLabelState(client, tree, move), move);
  for (const delay of delays) {
    const seen = await look().catch((error: unknown) => {
      if (error instanceof DlrnError) return null;
      throw error;
    });
    if (seen?.state === wanted) return seen;
    await effects.clock.sleep(delay, effects.signal);
  }
  return look();
}
