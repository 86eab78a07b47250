import type { FileTree } from './file-tree.ts';
import type { DlrnState } from './state.ts';

/** How far a promotion comes before it dies. */
export type Reach = 'first-link' | 'links' | 'aggregate';

/** Returns a state on which a promotion can be tried: it changes nothing, and notes the links it would remove. */
export function trialState(state: DlrnState): { readonly state: DlrnState; readonly removed: readonly string[] } {
  const removed: string[] = [];
  const tree: FileTree = {
    ...state.tree,
    write: () => undefined,
    makeFolder: () => undefined,
    link: () => undefined,
    rename: () => undefined,
    prune: () => undefined,
    remove: (path) => {
      removed.push(path);
      return state.tree.has(path);
    },
  };
  return { state: { ...state, promotions: [...state.promotions], tree }, removed };
}

/** Returns the tree as a promotion finds it that ends in the middle: after that point every access fails. */
export function dyingTree(tree: FileTree, reach: Reach): FileTree {
  if (reach === 'aggregate') return tree;
  let isDead = false;
  const guard =
    <Arguments extends readonly unknown[], Result>(access: (...args: Arguments) => Result) =>
    (...args: Arguments): Result => {
      if (isDead) throw new Error('the promotion is over');
      return access(...args);
    };
  const die = (): never => {
    isDead = true;
    throw new Error('the promotion is over');
  };
  return {
    ...tree,
    // Only aggregates are written to.
    write: reach === 'links' ? die : guard(tree.write),
    makeFolder: reach === 'links' ? die : guard(tree.makeFolder),
    remove: guard(tree.remove),
    readLink: guard(tree.readLink),
    has: guard(tree.has),
    find: guard(tree.find),
    link: guard((path: string, target: string) => {
      tree.link(path, target);
      isDead = reach === 'first-link';
    }),
  };
}
