import { posix } from 'node:path';
import { TreeError } from './file-tree.ts';
import { DlrnRefusal, htmlError } from './answers.ts';
import { pythonQuoted, pythonText, type PythonValue } from './python-values.ts';
import { knownCommit } from './reads.ts';
import { writeAggregate } from './repository.ts';
import { type CommitRow, directoryOf, type DlrnState, labelFolder, type PromotionRow, seconds } from './state.ts';

/** One wish of /api/promote, its parameters checked to be there. Anything but texts is what a request may hold. */
export interface PromoteWish {
  readonly commitHash: PythonValue;
  readonly distroHash: PythonValue;
  readonly extendedHash: PythonValue;
  readonly label: PythonValue;
}

/** Promotes one build and returns the new row: checks, link, aggregate, row. Nothing looks at votes. */
export function promoteOne(state: DlrnState, wish: PromoteWish, user: string): PromotionRow {
  checkName(wish.label, '');
  const commit = knownCommit(state, wish.commitHash, wish.distroHash, wish.extendedHash);
  if (commit.purged) throw new DlrnRefusal(410, `${combination} has been purged, cannot promote it`);
  const move = { commit, label: checkPlace(state, commit, wish.label) };
  if (isTaken(state, move)) state.tree.remove(placeOf(move));
  makeLink(state, move, '');
  return record(state, [move], user);
}

/**
 * Promotes several builds and returns the last row. All checks come before the first link, all links before the one
 * aggregate, which is of the last label; only the last row carries its hash.
 */
export function promoteBatch(state: DlrnState, wishes: readonly PromoteWish[], user: string): PromotionRow {
  const moves = wishes.map((wish) => {
    const [commitHash, distroHash, extendedHash] = [wish.commitHash, wish.distroHash, wish.extendedHash].map(
      pythonText,
    );
    checkName(wish.label, ` for hash ${commitHash}_${distroHash}`);
    const described = `${commitHash}_${distroHash}_${extendedHash}`;
    const commit = knownCommit(state, wish.commitHash, wish.distroHash, wish.extendedHash, ` for ${described}`);
    if (commit.purged) throw new DlrnRefusal(410, `${combination} ${described} has been purged, cannot promote it`);
    return { commit, label: checkPlace(state, commit, wish.label) };
  });
  const done: { readonly move: PromotionMove; readonly before: string | null }[] = [];
  for (const move of moves) {
    // Outside of what DLRN guards: what is in the way and is no link leaves the links before this one moved.
    const before = isTaken(state, move) ? removeLink(state, move) : null;
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

/** Refuses the labels that DLRN itself moves; `suffix` ends the refusal. */
export function checkName(label: PythonValue, suffix: string): void {
  if (label === 'current' || label === 'consistent') {
    throw new DlrnRefusal(403, `Invalid promote_name ${label}${suffix}`);
  }
}

// Where the tree lies on the machine that DLRN would run on. Nothing else is known of that machine.
const treeTop = '/data/repos';

function absolutePlace(commit: CommitRow, label: string): string {
  const base = `${treeTop}/${labelFolder(commit.component)}`;
  return posix.resolve(label.startsWith('/') ? label : `${base}/${label}`);
}

// The folder of the link has to be the tree's or the component's own; one that is not there breaks the check itself.
function checkPlace(state: DlrnState, commit: CommitRow, label: PythonValue): string {
  if (typeof label !== 'string') throw htmlError(500);
  const wanted = findFolder(state, absolutePlace(commit, '.'));
  const folder = posix.dirname(absolutePlace(commit, label));
  const found = folder.includes('\0') || !folder.isWellFormed() ? null : findFolder(state, folder);
  if (wanted === null || found === null) throw htmlError(500);
  if (wanted !== found) throw new DlrnRefusal(403, `Invalid promote_name ${label}`);
  return label;
}

function findFolder(state: DlrnState, path: string): string | null {
  if (path === treeTop || path.startsWith(`${treeTop}/`))
    return state.tree.find(path.slice(treeTop.length))?.path ?? null;
  return `${treeTop}/`.startsWith(path) ? `outside ${path}` : null;
}

function isTaken(state: DlrnState, { commit, label }: PromotionMove): boolean {
  return state.tree.has(absolutePlace(commit, label).slice(treeTop.length));
}

// As it was asked for: a slash at the end, or a folder on the way that is not there, makes a difference.
function placeOf({ commit, label }: PromotionMove): string {
  return `${labelFolder(commit.component)}${label}`;
}

function targetOf({ commit }: PromotionMove): string {
  return directoryOf(commit).slice(labelFolder(commit.component).length);
}

function removeLink(state: DlrnState, move: PromotionMove): string {
  const before = state.tree.readLink(absolutePlace(move.commit, move.label).slice(treeTop.length));
  if (before === null) throw htmlError(500);
  state.tree.remove(placeOf(move));
  return before;
}

const symlinkErrors: Readonly<Record<TreeError['code'], string>> = {
  ENOENT: '[Errno 2] No such file or directory',
  EEXIST: '[Errno 17] File exists',
  ENOTDIR: '[Errno 20] Not a directory',
  EISDIR: '[Errno 21] Is a directory',
  ENAMETOOLONG: '[Errno 36] File name too long',
  ELOOP: '[Errno 40] Too many levels of symbolic links',
};

function makeLink(state: DlrnState, move: PromotionMove, suffix: string): void {
  const place = `repos/${placeOf(move)}`;
  const refuse = (words: string): never => {
    throw new DlrnRefusal(500, `Symlink creation failed with error: ${words}${suffix}`);
  };
  if (move.label.includes('\0')) refuse('embedded null byte');
  const half = /[\ud800-\udfff]/u.exec(place);
  if (half !== null) {
    const code = half[0].charCodeAt(0).toString(16);
    refuse(`'utf-8' codec can't encode character '\\u${code}' in position ${half.index}: surrogates not allowed`);
  }
  try {
    state.tree.link(placeOf(move), targetOf(move));
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    refuse(`${symlinkErrors[error.code]}: ${pythonQuoted(targetOf(move))} -> ${pythonQuoted(place)}`);
  }
}

function putBack(state: DlrnState, move: PromotionMove, before: string | null): void {
  try {
    state.tree.remove(placeOf(move));
    if (before !== null) state.tree.link(placeOf(move), before);
  } catch (error) {
    // DLRN tries its best and goes on.
    if (!(error instanceof TreeError)) throw error;
  }
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
