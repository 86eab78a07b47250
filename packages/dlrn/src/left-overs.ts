import { DlrnError } from './error.ts';
import type { LabelMove } from './whereabouts.ts';

/**
 * Refuses a move that could never be whole. An aggregate is made of every component that has the label, and no call takes a label away: with a component more
 * than wanted, the label's aggregate could never be the wanted one.
 * @throws DlrnError `component-left-over`
 */
export function refuseLeftOvers(move: LabelMove): void {
  if (move.to.kind !== 'aggregate' || move.from === null) return;
  const wanted = new Set(move.to.builds.map((build) => build.component));
  const extra = move.from.builds.map((build) => build.component).filter((component) => !wanted.has(component));
  if (extra.length === 0) return;
  throw new DlrnError(
    'component-left-over',
    `label ${move.label} has the components ${extra.join(', ')}, which ${move.to.fullHash} has not, and DLRN cannot remove them: ` +
      `nothing was written`,
    { next: `Remove component/<name>/${move.label} on the DLRN server, or choose a hash that has these components.` },
  );
}
