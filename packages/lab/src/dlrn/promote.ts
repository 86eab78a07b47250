import { posix } from 'node:path';
import { TreeError } from './file-tree.ts';
import { DlrnRefusal, htmlError } from './answers.ts';
import { writeAggregate } from './repository.ts';
import {
  type CommitRow,
  directoryOf,
  type DlrnState,
  findCommit,
  labelFolder,
  type PromotionRow,
  seconds,
} from './state.ts';

/** One wish of /api/promote, its parameters checked to be there. */
export interface PromoteWish {
  readonly commitHash: string;
  readonly distroHash: string;
  readonly extendedHash: string | null;
  readonly label: string;
}

/** Promotes one build and returns the new row: checks, link, aggregate, row. Nothing looks at votes. */
export function promoteOne(state: DlrnState, wish: PromoteWish, user: string): PromotionRow {
  checkName(wish.label, wish.label);
  const commit = knownCommit(state, wish, '');
  if (commit.purged) throw new DlrnRefusal(410, `${combination} has been purged, cannot promote it`);
  checkPlace(state, commit, wish.label);
  const move = { commit, label: wish.label };
  removeLink(state, move);
  makeLink(state, move, '');
  return record(state, [move], user);
}

/**
 * Promotes several builds and returns the last row. All checks come before the first link, all links before the one
 * aggregate, which is of the last label; only the last row carries its hash.
 */
export function promoteBatch(state: DlrnState, wishes: readonly PromoteWish[], user: string): PromotionRow {
  const moves = wishes.map((wish) => {
    const [pair, triple] = [`${wish.commitHash}_${wish.distroHash}`, wish.extendedHash ?? 'None'];
    checkName(wish.label, `${wish.label} for hash ${pair}`);
    const commit = knownCommit(state, wish, ` for ${pair}_${triple}`);
    if (commit.purged) {
      throw new DlrnRefusal(410, `${combination} ${pair}_${triple} has been purged, cannot promote it`);
    }
    checkPlace(state, commit, wish.label);
    return { commit, label: wish.label };
  });
  const done: { readonly move: PromotionMove; readonly before: string | null }[] = [];
  for (const move of moves) {
    const place = placeOf(move);
    const before = state.tree.readLink(place);
    // Outside of what DLRN guards: a file or folder in the way leaves the links before this one moved.
    if (before === null && state.tree.find(place) !== null) throw htmlError(500);
    removeLink(state, move);
    done.push({ move, before });
    try {
      makeLink(state, move, '. All previously created symlinks have been rolled back.');
    } catch (error) {
      for (const each of done.reverse()) putBack(state, each.move, each.before);
      throw error;
    }
  }
  return record(state, moves, user);
}

const combination = 'commit_hash+distro_hash+extended_hash';

interface PromotionMove {
  readonly commit: CommitRow;
  readonly label: string;
}

function checkName(label: string, described: string): void {
  if (label === 'current' || label === 'consistent') {
    throw new DlrnRefusal(403, `Invalid promote_name ${described}`);
  }
}

function knownCommit(state: DlrnState, wish: PromoteWish, suffix: string): CommitRow {
  const commit = findCommit(state, wish.commitHash, wish.distroHash, wish.extendedHash);
  if (commit === undefined) throw new DlrnRefusal(400, `${combination} combination not found${suffix}`);
  return commit;
}

// The folder of the link has to be the tree's or the component's own; one that is not there breaks the check itself.
function checkPlace(state: DlrnState, commit: CommitRow, label: string): void {
  const base = posix.join('/repos', labelFolder(commit.component), '.');
  const folder = posix.dirname(posix.join(base, label).replace(/\/$/, ''));
  if (folder === base.replace(/\/$/, '')) return;
  const inTree = folder === '/repos' || folder.startsWith('/repos/');
  if (inTree && state.tree.find(folder.slice('/repos/'.length)) === null) throw htmlError(500);
  throw new DlrnRefusal(403, `Invalid promote_name ${label}`);
}

function placeOf({ commit, label }: PromotionMove): string {
  return `${labelFolder(commit.component)}${label}`;
}

function targetOf({ commit }: PromotionMove): string {
  return directoryOf(commit).slice(labelFolder(commit.component).length);
}

function removeLink(state: DlrnState, move: PromotionMove): void {
  try {
    state.tree.remove(placeOf(move));
  } catch (error) {
    // For a name that cannot be, DLRN sees nothing to remove.
    if (!(error instanceof TreeError && error.code === 'ENAMETOOLONG')) throw error;
  }
}

function makeLink(state: DlrnState, move: PromotionMove, suffix: string): void {
  try {
    state.tree.link(placeOf(move), targetOf(move), state.clock.now());
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    const what = { ENAMETOOLONG: '[Errno 36] File name too long', EEXIST: '[Errno 17] File exists' };
    const words = error.code === 'ENAMETOOLONG' || error.code === 'EEXIST' ? what[error.code] : error.code;
    const between = `'${targetOf(move)}' -> 'repos/${placeOf(move)}'`;
    throw new DlrnRefusal(500, `Symlink creation failed with error: ${words}: ${between}${suffix}`);
  }
}

function putBack(state: DlrnState, move: PromotionMove, before: string | null): void {
  removeLink(state, move);
  if (before !== null) state.tree.link(placeOf(move), before, state.clock.now());
}

function record(state: DlrnState, moves: readonly PromotionMove[], user: string): PromotionRow {
  const last = moves.at(-1);
  if (last === undefined) throw htmlError(500);
  const aggregateHash = state.mode === 'component' ? writeAggregate(state, last.label) : null;
  const timestamp = seconds(state);
  const row: PromotionRow = { ...last, timestamp, user, aggregateHash };
  state.promotions.push(...moves.slice(0, -1).map((move) => ({ ...move, timestamp, user, aggregateHash: null })), row);
  return row;
}
