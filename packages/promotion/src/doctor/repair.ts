import type { Move } from '@tagflow/model';
import { moveRank } from '../plan/plan.ts';
import { lackedKinds, missingBytes, publishedIn } from './compare-sets.ts';
import type { Remedy } from './finding.ts';
import type { LabelView, NameView, PlaceView } from './view.ts';

/** What keeps the kinds from being brought to what the repository's label names, and who can do something about it. */
export interface Obstacle {
  readonly remedy: Exclude<Remedy, 'repair'>;
  readonly text: string;
}

/** What would make all kinds agree with the repository's label: moves, none where nothing is to be done. */
export type Repair =
  { readonly moves: readonly Move[]; readonly notes: readonly string[] } | { readonly obstacles: readonly Obstacle[] };

/**
 * Returns how containers and images are brought to what the repository's labels name. A destination in which only bytes
 * or the published set are missing has a move from a value to itself: what a plan moves is staged and verified.
 */
export function repairOf(view: LabelView): Repair {
  const name = view.names.at(-1);
  const obstacles = obstaclesTo(view, name);
  if (obstacles.length > 0) return { obstacles };
  if (name === undefined || name.hash === null) return { moves: [], notes: [] };
  const notes: string[] = [];
  const moves = name.places.flatMap((place) => movesOf(place, name));
  for (const previous of view.names.slice(0, -1)) {
    const own = previous.places.flatMap(({ positions }) => positions.filter(({ from, to }) => from !== to));
    const why = own.length === 0 ? null : whyNotBack(previous);
    if (why === null) moves.push(...own);
    else notes.push(`${previous.label} stays as it is: ${why}`);
  }
  moves.push(...view.names.flatMap(({ unfinished }) => unfinished));
  // Nothing differs, but the ledger: what is there is looked at whole, and from then on it is what was done last.
  if (moves.length === 0 && isStranger(view))
    moves.push(...name.places.flatMap(({ positions }) => positions.slice(0, 1)));
  return { moves: moves.sort((a, b) => moveRank(a, view.label) - moveRank(b, view.label)), notes };
}

/** Tells whether the label names what no promotion of the ledger gave it. */
export function isStranger({ last, open, names }: LabelView): boolean {
  const hash = names.at(-1)?.hash ?? null;
  return last !== null && last.plan.toHash !== hash && !open.some(({ plan }) => plan.toHash === hash);
}

function obstaclesTo(view: LabelView, name: NameView | undefined): readonly Obstacle[] {
  const unread = [...view.unread, ...(name?.unread ?? [])];
  if (unread.length > 0) {
    return unread.map((one) => ({ remedy: 'nobody', text: `Ask again when ${one.name} can be read.` }));
  }
  if (view.open.length > 0) return [{ remedy: 'resume', text: `Run tagflow resume ${view.label}.` }];
  if (name === undefined || name.hash === null || view.kinds.length === 0) return [];
  if (name.set === null) return [rollBack(view)];
  const lacked = lackedKinds(name.set, view.kinds);
  if (lacked.length > 0) {
    const text = `Stage its ${lacked.join(' and ')} (tag-and-push-containers, sync-images), or: ${rollBack(view).text}`;
    return [{ remedy: 'person', text }];
  }
  return name.places.flatMap((place) => obstacleAt(place, name, view) ?? []);
}

function obstacleAt(place: PlaceView, name: NameView, view: LabelView): Obstacle | null {
  const isMoved = place.positions.some(({ from, to }) => from !== to);
  if (publishedIn(place, name.set).different.length > 0) {
    if (!isMoved) return null;
    return { remedy: 'person', text: `Find out which set of ${name.hash} is right, and remove the other one.` };
  }
  if (missingBytes(place, name).length === 0) return null;
  const isWhole = (one: PlaceView | undefined): boolean => one === undefined || missingBytes(one, name).length === 0;
  const found = place.sources.map((source) => name.places.find((one) => one.name === source));
  if (found.some(isWhole)) return null;
  const other = name.places.find((one) => one.kind === place.kind && isWhole(one));
  if (other === undefined) return rollBack(view);
  const action = place.kind === 'images' ? 'sync-images' : 'tag-and-push-containers';
  return { remedy: 'person', text: `Copy it back from ${other.name} with ${action}, and ask again.` };
}

/** What helps where the bytes of a set are nowhere. */
function rollBack({ label, lastWhole }: LabelView): Obstacle {
  if (lastWhole === null) {
    return { remedy: 'promotion', text: `No earlier set of ${label} is whole: promote a new one.` };
  }
  const text = `Go back to the last whole set: tagflow rollback ${label} --full-hash ${lastWhole} --reason WHY.`;
  return { remedy: 'rollback', text };
}

function movesOf(place: PlaceView, { set }: NameView): readonly Move[] {
  const wrong = place.positions.filter(({ from, to }) => from !== to);
  const { isAbsent, lacking, different } = publishedIn(place, set);
  const isWhole = place.problems.length === 0 && !isAbsent && lacking.length === 0;
  return wrong.length > 0 || isWhole || different.length > 0 ? wrong : place.positions.slice(0, 1);
}

/** Why `previous-<label>` is not written: where its bytes are not, a link or tag cannot be. */
function whyNotBack({ hash, set, unread, places }: NameView): string | null {
  if (set === null) return `nobody knows the set of ${hash}`;
  const [unreadPlace] = unread;
  if (unreadPlace !== undefined) return `${unreadPlace.name} could not be read`;
  const [problem] = places.flatMap(({ problems }) => problems);
  return problem === undefined ? null : `${hash} is not whole: ${problem}`;
}
