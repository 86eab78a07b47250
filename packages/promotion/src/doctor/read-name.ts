import {
  type ArtifactSet,
  type Destination,
  emptySet,
  type FullHash,
  isFullHash,
  type Label,
  type Move,
  type PromotionRecord,
} from '@tagflow/model';
import { reasonOf } from '../followers/debt.ts';
import { readPositions } from '../plan/positions.ts';
import { readSet } from '../plan/read-set.ts';
import { unfinishedLabel } from '../transaction/unfinished.ts';
import { publishedIn } from './compare-sets.ts';
import type { DoctorRequest, DoctorWorld } from './read-view.ts';
import type { NameView, PlaceView, Unread } from './view.ts';

/** What is the same for a label and its previous one. */
export interface NameReader {
  readonly request: DoctorRequest;
  readonly world: DoctorWorld;
  readonly repository: Destination;
  /** The required destinations but the repository. */
  readonly others: readonly Destination[];
  /** Promotions of the label, those that are open first, then newest first. */
  readonly records: readonly PromotionRecord[];
  /** What the label has named, newest first. */
  readonly history: readonly FullHash[];
  /** What it could name next, newest first. */
  readonly candidates: () => Promise<readonly FullHash[]>;
}

/** How many hashes of each memory of DLRN are looked up to find out whose tags were found. */
const setsLookedUp = 3;

/**
 * Reads how every required destination stands to what the repository says of one label.
 * @param hash what the repository's label names
 * @param near other hashes whose pointers may be met here
 */
export async function readName(
  label: Label,
  hash: FullHash | null,
  near: readonly FullHash[],
  reader: NameReader,
): Promise<NameView> {
  const nothing = { label, hash, set: null, setFrom: null, places: [], unread: [], unfinished: [] };
  if (hash === null) return nothing;
  const { repository, others, world } = reader;
  const unread: Unread[] = [];
  const orElse = async <Value>(name: string, read: () => Promise<Value>, otherwise: Value): Promise<Value> => {
    try {
      return await read();
    } catch (error) {
      world.shield.signal.throwIfAborted();
      unread.push({ name, why: reasonOf(error) });
      return otherwise;
    }
  };
  const unfinished = await orElse(repository.name, () => unfinishedLabel(repository, label, hash), []);
  const owns = await Promise.all(
    others.map(async (place) => ({
      place,
      own: await orElse<ArtifactSet | null | undefined>(place.name, () => place.readSet(hash), undefined),
    })),
  );
  const remembered = rememberedSet(hash, reader.records);
  const published = await joined(
    owns.flatMap(({ own }) => own ?? []),
    hash,
    remembered?.set ?? null,
  );
  const set = published ?? remembered?.set ?? null;
  const known = knownSets(hash, near, reader);
  const places = await Promise.all(
    owns.map(async ({ place, own }) => {
      if (own === undefined) return null;
      return orElse(place.name, () => readPlace(place, { label, hash, set, own, known }, reader), null);
    }),
  );
  return {
    ...{ label, hash, set, unread, unfinished },
    setFrom: published !== null ? 'set.json' : remembered === null ? null : { promotion: remembered.id },
    places: places.filter((place) => place !== null),
  };
}

/** What destinations say of a hash, joined; where they contradict each other, those that agree with the ledger. */
function joined(
  views: readonly ArtifactSet[],
  hash: FullHash,
  remembered: ArtifactSet | null,
): Promise<ArtifactSet | null> {
  const believed = views.filter((own) => publishedIn({ own }, remembered).different.length === 0);
  const places = (believed.length > 0 ? believed : views).map((set) => ({ readSet: () => Promise.resolve(set) }));
  return readSet(places, hash);
}

/** What the ledger has kept of a set, by a promotion that was done if there is one. */
function rememberedSet(
  hash: FullHash,
  records: readonly PromotionRecord[],
): { readonly set: ArtifactSet; readonly id: string } | null {
  const done = records.filter(({ outcome }) => outcome === 'done');
  for (const { id, plan } of [...done, ...records]) {
    const set = [plan.set, plan.fromSet].find((one) => one?.fullHash === hash);
    if (set !== undefined && set !== null) return { set, id };
  }
  return null;
}

interface Place {
  readonly label: Label;
  readonly hash: FullHash;
  readonly set: ArtifactSet | null;
  readonly own: ArtifactSet | null;
  readonly known: (isEnough: (sets: readonly ArtifactSet[]) => boolean) => Promise<readonly ArtifactSet[]>;
}

async function readPlace(place: Destination, found: Place, reader: NameReader): Promise<PlaceView> {
  const { label, hash, set, own, known } = found;
  const { request, world, others } = reader;
  const positions = await readPositions(place, label, set ?? emptySet(hash, request.release));
  const strays = positions.filter(({ from, to }) => from !== null && from !== to);
  const pointersOf = (one: ArtifactSet) => ({ hash: one.fullHash, pointers: place.desired(label, one) });
  // A link says itself which hash it names.
  const isEnough = (sets: readonly ArtifactSet[]): boolean =>
    place.kind === 'images' || strays.every((move) => sets.some((one) => isOf(move, pointersOf(one).pointers)));
  const sets = strays.length === 0 ? [] : await known(isEnough);
  const options = { signal: world.shield.signal, progress: world.progress };
  const problems = set === null ? [] : await place.verify(set, options);
  return {
    ...{ name: place.name, kind: place.kind as PlaceView['kind'], positions, own, problems },
    gone: place.kind === 'images' ? await goneOf(place, found, positions, problems) : [],
    others: sets.map(pointersOf),
    sources:
      request.sourcesOf?.(place.name) ??
      others.filter((other) => other !== place && other.kind === place.kind).map(({ name }) => name),
  };
}

function isOf(move: Move, pointers: PlaceView['others'][number]['pointers']): boolean {
  return pointers.some(({ name, value }) => name === move.pointer && value === move.from);
}

/** Values of links that lead to where nothing is. */
async function goneOf(
  place: Destination,
  { hash, set, own }: Place,
  positions: readonly Move[],
  problems: readonly string[],
): Promise<readonly string[]> {
  const gone: string[] = [];
  for (const value of new Set(positions.flatMap(({ from }) => from ?? []))) {
    const isGone =
      value === hash
        ? own === null && set !== null && problems.length > publicImages(set)
        : !isFullHash(value) || (await place.readSet(value)) === null;
    if (isGone) gone.push(value);
  }
  return gone;
}

/** Where the set and every image are missing, nothing is there. */
function publicImages({ images }: ArtifactSet): number {
  return images.filter(({ visibility }) => visibility === 'public').length;
}

/** Returns the sets that are known besides the hash's own: of the ledger, and if need be of destinations. */
function knownSets(
  hash: FullHash,
  near: readonly FullHash[],
  { records, history, candidates, others }: NameReader,
): Place['known'] {
  const remembered = new Map<FullHash, ArtifactSet>();
  for (const { plan } of records) {
    for (const set of [plan.set, plan.fromSet]) {
      if (set !== null && set.fullHash !== hash && !remembered.has(set.fullHash)) remembered.set(set.fullHash, set);
    }
  }
  let published: Promise<readonly ArtifactSet[]> | null = null;
  const lookUp = async (): Promise<readonly ArtifactSet[]> => {
    const unknown = (hashes: readonly FullHash[]): readonly FullHash[] =>
      [...new Set(hashes)].filter((one) => one !== hash && !remembered.has(one)).slice(0, setsLookedUp);
    const hashes = new Set([...unknown(near), ...unknown(await candidates()), ...unknown(history)]);
    const found = await Promise.all([...hashes].map((one) => readSet(others, one).catch(() => null)));
    return found.filter((set) => set !== null);
  };
  return async (isEnough) => {
    const sets = [...remembered.values()];
    if (isEnough(sets)) return sets;
    published ??= lookUp();
    return [...sets, ...(await published)];
  };
}
