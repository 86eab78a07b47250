import type { Plan } from '@tagflow/model';
import type { PromotionWorld } from './engine.ts';

/**
 * Returns the version that the next move of a label gets: always more than the last one. It follows the clock, in whole
 * seconds, so that it goes on growing when the ledger that remembered the last one is lost.
 */
export async function nextVersion(
  { release, label }: Pick<Plan, 'release' | 'label'>,
  { ledger, clock }: Pick<PromotionWorld, 'ledger' | 'clock'>,
): Promise<number> {
  return Math.max((await ledger.lastVersion(release, label)) + 1, Math.floor(clock.now() / 1000));
}

/** How far back the own promotions of a component are looked for, among those of all components of the label. */
const recentPromotions = 200;

/**
 * Returns the version that a plan's label got last, 0 for none. In the component line it is that of the plan's own
 * component: the others move the same label beside it, and make no plan of this one old.
 */
export async function lastVersionOf(
  { release, component, label }: Pick<Plan, 'release' | 'component' | 'label'>,
  { ledger }: Pick<PromotionWorld, 'ledger'>,
): Promise<number> {
  if (component === null) return ledger.lastVersion(release, label);
  const history = await ledger.history(release, label, recentPromotions);
  return history.find(({ plan, outcome }) => outcome === 'done' && plan.component === component)?.plan.version ?? 0;
}
