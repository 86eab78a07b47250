import { promoteBatch } from './promote.ts';
import { builtComponents, directoryOf, type DlrnState, labelFolder, type PromotionRow } from './state.ts';

/**
 * Plays the component line: promotes in one batch what `from` names in each component (`consistent` unless told) to
 * `to`. Returns the last row, which carries the aggregate hash.
 * @throws RangeError when no component has `from`.
 */
export function promoteComponents(state: DlrnState, to: string, user: string, from = 'consistent'): PromotionRow {
  const wishes = builtComponents(state).flatMap((component) => {
    const link = state.tree.readLink(`${labelFolder(component)}${from}`);
    const row = state.commits.findLast((each) => link !== null && directoryOf(each) === labelFolder(component) + link);
    return row === undefined ? [] : [{ ...row, label: to }];
  });
  if (wishes.length === 0) throw new RangeError(`no component has the label ${from}`);
  return promoteBatch(state, wishes, user);
}
