import type { ContainerEntry } from '@tagflow/model';
import { type Changes, diffKeyed, type FromTo } from './keyed.ts';
import type { ContainerDetails, Layer } from './set-details.ts';

export interface LayerCount {
  readonly count: number;
  /** Bytes. */
  readonly bytes: number;
}

/** What became of layers: those of both sides, and those of one alone. */
export interface LayerChange {
  readonly shared: LayerCount;
  readonly added: LayerCount;
  readonly removed: LayerCount;
}

export interface PlatformChange extends LayerChange {
  /** Null for a container that is of one platform. */
  readonly platform: string | null;
}

export interface ContainerChange extends FromTo<ContainerEntry> {
  readonly name: string;
  /** Null where the layers of one side are unknown. */
  readonly platforms: readonly PlatformChange[] | null;
}

export interface ContainerChanges extends Changes<ContainerEntry, ContainerChange> {
  /** Of all changed containers whose layers are known, each layer once; null where there are none. */
  readonly layers: LayerChange | null;
}

/** Returns what became of the containers, by name. */
export function diffContainers(from: readonly ContainerDetails[], to: readonly ContainerDetails[]): ContainerChanges {
  const found = diffKeyed(
    from,
    to,
    ({ name }) => name,
    (one, other) => one.digest === other.digest,
    (one, other) => ({ from: one, to: other }),
  );
  const known = found.changed.filter((one) => one.from.platforms !== null && one.to.platforms !== null);
  const allOf = (side: keyof FromTo<unknown>): readonly Layer[] =>
    known.flatMap((one) => (one[side].platforms ?? []).flatMap(({ layers }) => layers));
  return {
    added: found.added.map(entryOf),
    removed: found.removed.map(entryOf),
    changed: found.changed.map((change) => ({
      ...{ name: change.from.name, from: entryOf(change.from), to: entryOf(change.to) },
      platforms: diffPlatforms(change),
    })),
    same: found.same,
    layers: known.length === 0 ? null : diffLayers(allOf('from'), allOf('to')),
  };
}

function entryOf({ name, digest }: ContainerEntry): ContainerEntry {
  return { name, digest };
}

function diffPlatforms({ from, to }: FromTo<ContainerDetails>): readonly PlatformChange[] | null {
  if (from.platforms === null || to.platforms === null) return null;
  const [before, after] = [from.platforms, to.platforms];
  const names = new Set([...before, ...after].map(({ platform }) => platform));
  const of = (list: typeof before, wanted: string | null): readonly Layer[] =>
    list.filter(({ platform }) => platform === wanted).flatMap(({ layers }) => layers);
  return [...names]
    .sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1))
    .map((platform) => ({ platform, ...diffLayers(of(before, platform), of(after, platform)) }));
}

function diffLayers(from: readonly Layer[], to: readonly Layer[]): LayerChange {
  const [before, after] = [sizesOf(from), sizesOf(to)];
  const count = (layers: ReadonlyMap<string, number>, isCounted: (digest: string) => boolean): LayerCount => {
    const sizes = [...layers].filter(([digest]) => isCounted(digest)).map(([, size]) => size);
    return { count: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  };
  return {
    shared: count(before, (digest) => after.has(digest)),
    added: count(after, (digest) => !before.has(digest)),
    removed: count(before, (digest) => !after.has(digest)),
  };
}

function sizesOf(layers: readonly Layer[]): ReadonlyMap<string, number> {
  return new Map(layers.map(({ digest, size }) => [digest, size]));
}
