import {
  type ArtifactSet,
  type Clock,
  type Destination,
  type Digest,
  type FlipOptions,
  type Label,
  type Ledger,
  type Move,
  parseFullHash,
  parseTargetLabel,
  type Plan,
  type Verdict,
} from '@tagflow/model';
import { createShield, planPromotion, type PlanRequest, type PromotionWorld } from '../src/index.ts';

/** What is promoted to here. */
export const label = parseTargetLabel('current-tripleo');

/** Thrown by a destination whose machine died: nothing after it runs. */
export class Crash extends Error {}

export interface Disk {
  readonly pointers: Map<string, string>;
  readonly sets: Map<string, ArtifactSet>;
}

/** What outlives a crash: every destination's content. */
export type Disks = Readonly<Record<'repository' | 'rdo' | 'docker' | 'public', Disk>>;

export function createDisks(): Disks {
  const disk = (): Disk => ({ pointers: new Map(), sets: new Map() });
  return { repository: disk(), rdo: disk(), docker: disk(), public: disk() };
}

/** Called before and after each write; may throw. */
export type Tap = (when: 'before' | 'after', write: string) => void;

export function createDestinations(disks: Disks, tap: Tap = () => undefined): readonly Destination[] {
  const containers = (label: Label, set: ArtifactSet): { name: string; value: string }[] =>
    set.containers.map((container) => ({ name: `${container.name}:${label}`, value: container.digest }));
  const one = (label: Label, set: ArtifactSet): { name: string; value: string }[] => [
    { name: label, value: set.fullHash },
  ];
  return [
    createDestination('registry rdo', 'containers', disks.rdo, containers, false, tap),
    createDestination('registry docker', 'containers', disks.docker, containers, false, tap),
    createDestination('images public', 'images', disks.public, one, true, tap),
    createDestination('repository', 'repository', disks.repository, one, false, tap),
  ];
}

function createDestination(
  name: string,
  kind: Destination['kind'],
  disk: Disk,
  desired: Destination['desired'],
  canUnset: boolean,
  tap: Tap,
): Destination {
  const write = async (move: Move, options: FlipOptions, change: () => void): Promise<void> => {
    await options.before(move);
    tap('before', `${name} ${move.pointer}`);
    change();
    tap('after', `${name} ${move.pointer}`);
    options.after(move);
  };
  return {
    name,
    kind,
    canUnset,
    leaseKey: (label) => `${name}:${label}`,
    desired,
    observe: (pointers) => Promise.resolve(new Map(pointers.map((key) => [key, disk.pointers.get(key) ?? null]))),
    stage(set) {
      if (kind !== 'repository') {
        tap('before', `${name} stage`);
        disk.sets.set(set.fullHash, set);
        tap('after', `${name} stage`);
      }
      return Promise.resolve({ bytesMoved: 1, bytesSaved: 0 });
    },
    verify: (set) =>
      Promise.resolve(kind === 'repository' || disk.sets.has(set.fullHash) ? [] : [`${set.fullHash} is not there`]),
    async flip(moves, options) {
      for (const move of moves) {
        const now = disk.pointers.get(move.pointer) ?? null;
        if (now === move.to) continue;
        if (now !== move.from) throw new Error(`${name}: ${move.pointer} is ${now ?? 'gone'}`);
        await write(move, options, () => disk.pointers.set(move.pointer, move.to));
      }
    },
    async unset(moves, options) {
      for (const move of moves) await write(move, options, () => disk.pointers.delete(move.pointer));
    },
    readSet: (hash) => Promise.resolve(disk.sets.get(hash) ?? null),
  };
}

const clock: Clock = { now: () => 1_700_000_000_000, sleep: () => Promise.resolve() };

export function createWorld(
  destinations: readonly Destination[],
  ledger: Ledger,
  signal?: AbortSignal,
): PromotionWorld {
  return {
    destinations,
    followers: [],
    source: null,
    ledger,
    clock,
    log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
    progress: () => undefined,
    shield: createShield(signal ?? new AbortController().signal),
    owner: 'test',
  };
}

export function createSet(seed: string, names: readonly string[] = ['heat-api', 'nova-compute']): ArtifactSet {
  const hex = (text: string, length: number): string =>
    text
      .charCodeAt(0)
      .toString(16)
      .padStart(2, '0')
      .repeat(length / 2);
  return {
    fullHash: parseFullHash(`${hex(seed, 40)}_${hex(seed, 8)}`),
    release: 'master',
    repository: { url: null, builds: [] },
    containers: names.map((name) => ({ name, digest: `sha256:${hex(seed, 64)}` as Digest })),
    images: [{ name: 'overcloud-full.tar', size: 1, sha256: hex(seed, 64), md5: null, visibility: 'public' }],
  };
}

export function yes(set: ArtifactSet): Verdict {
  return { answer: 'yes', fullHash: set.fullHash, reasons: [], criteriaDigest: 'sha256:c', waivers: [], votes: [] };
}

/** Plans to move the label to a set. Null where nothing is to be done. */
export function planFor(
  destinations: readonly Destination[],
  set: ArtifactSet,
  previous: PlanRequest['previous'] = 'from-set',
): Promise<Plan | null> {
  return planPromotion({
    ...{ mode: 'promote', release: 'master', component: null, label, candidateLabel: null, set, destinations },
    ...{ criteria: 'none', waivers: [], policyDigest: 'sha256:p', version: 1 },
    ...{ previous, verdict: yes(set), configDigest: 'sha256:0', reason: null, actor: 'test', now: 0 },
  });
}
