import type { FullHash, Move } from '@tagflow/model';
import { counted } from '../followers/debt.ts';
import { missingBytes } from './compare-sets.ts';
import { few, type Found, foundOf } from './found.ts';
import type { LabelView, NameView, PlaceView } from './view.ts';

/** How the pointers of a label, and what they lead to, stand in one destination. */
export function diagnosePlace(place: PlaceView, name: NameView, view: LabelView): readonly Found[] {
  const isGone = ({ from }: Move): boolean => place.gone.some((hash) => hash === from);
  const strays = place.positions.filter((move) => move.from !== null && move.from !== move.to && !isGone(move));
  const back = strays.filter((move) => wentBack(move, place, name, view));
  const rest = strays.filter((move) => !back.includes(move));
  return [
    ...dangling(place.positions.filter(isGone), place, name),
    ...missing(place, name),
    ...(back.length === 0 ? [] : [strayed('backwards', back, place, name)]),
    ...(rest.length === 0 ? [] : [strayed(wholeSet(place) === null ? 'half-moved' : 'other-set', rest, place, name)]),
  ];
}

function dangling(moves: readonly Move[], place: PlaceView, { label, hash }: NameView): readonly Found[] {
  return moves.map(({ pointer, from }) => {
    const seen = `${from}, ${from === hash ? 'which is not there' : 'where nothing is published'}`;
    return foundOf('dangling-link', 'error', `${place.name}: ${pointer} leads to ${seen}`, {
      ...{ destination: place.name, pointers: [pointer], seen, expected: `${hash}`, source: sourceOf(label) },
    });
  });
}

function missing(place: PlaceView, name: NameView): readonly Found[] {
  const { hash, label } = name;
  const absent = place.positions.filter(({ from }) => from === null);
  // Where the directory is gone its link dangles, and more need not be said.
  const problems = hash !== null && place.gone.includes(hash) ? [] : missingBytes(place, name);
  if (absent.length === 0 && problems.length === 0) return [];
  const said = [
    ...(absent.length === 0 ? [] : [`${counted(absent.length, absent[0])} missing (${few(pointersOf(absent))})`]),
    ...problems.slice(0, 3),
    ...(problems.length > 3 ? [`${problems.length - 3} more`] : []),
  ].join('; ');
  const kind = place.kind === 'images' ? 'missing-image' : 'missing-container';
  return [
    foundOf(kind, 'error', `${place.name} has not all of ${label} → ${hash}: ${said}`, {
      ...{ destination: place.name, pointers: pointersOf(absent), seen: said },
      ...{ expected: `the whole set of ${hash}`, source: name.setFrom === 'set.json' ? 'set.json' : sourceOf(label) },
    }),
  ];
}

function strayed(
  kind: 'backwards' | 'half-moved' | 'other-set',
  moves: readonly Move[],
  place: PlaceView,
  { label, hash }: NameView,
): Found {
  const others = new Set(moves.flatMap((move) => hashesOf(move, place)));
  const seen = others.size === 0 ? 'a set that nobody knows' : [...others].slice(0, 2).join(' or ');
  const count = `${moves.length} of ${counted(place.positions.length, moves[0])}`;
  const how = kind === 'backwards' ? 'went back to' : moves.length === 1 ? 'is of' : 'are of';
  const sentence = `${place.name}: ${count} of ${label} ${how} ${seen} (${few(pointersOf(moves))}), the repository names ${hash}`;
  return foundOf(kind, 'error', sentence, {
    ...{ destination: place.name, pointers: pointersOf(moves), seen, expected: `${hash}`, source: sourceOf(label) },
  });
}

/** Which known sets a pointer's value belongs to; a link says it itself. */
function hashesOf({ pointer, from }: Move, { kind, others }: PlaceView): readonly string[] {
  if (kind === 'images') return from === null ? [] : [from];
  return others
    .filter(({ pointers }) => pointers.some(({ name, value }) => name === pointer && value === from))
    .map(({ hash }) => hash);
}

/** The one other set that every pointer is of, also those that it has in common with the right one; null for a mix. */
function wholeSet(place: PlaceView): string | null {
  const [first, ...rest] = place.positions;
  if (first === undefined) return null;
  // Of what nobody knows nobody can say more than that nothing is right.
  if (
    place.positions.every((move) => move.from !== null && move.from !== move.to && hashesOf(move, place).length === 0)
  ) {
    return 'unknown';
  }
  return hashesOf(first, place).find((hash) => rest.every((move) => hashesOf(move, place).includes(hash))) ?? null;
}

/** Whether a pointer had been at the right set, and is at an older one. */
function wentBack(move: Move, place: PlaceView, name: NameView, { label, last, history }: LabelView): boolean {
  if (name.label !== label || last?.outcome !== 'done' || last.plan.toHash !== name.hash) return false;
  const left = last.plan.mode === 'promote' ? last.plan.fromHash : null;
  return hashesOf(move, place).some((hash) => hash === left || isOlder(hash, name.hash, history));
}

/** By their first time in the label's history, which is newest first. */
function isOlder(hash: string, than: FullHash | null, history: readonly FullHash[]): boolean {
  const [one, other] = [hash, than].map((of) => history.findLastIndex((named) => named === of)) as [number, number];
  return one >= 0 && other >= 0 && one > other;
}

function pointersOf(moves: readonly Move[]): readonly string[] {
  return moves.map(({ pointer }) => pointer);
}

function sourceOf(label: string): string {
  return `the repository's ${label}`;
}
