import {
  type ArtifactSet,
  type Destination,
  type FullHash,
  parseTargetLabel,
  type Plan,
  previousOf,
} from '@tagflow/model';
import { examine } from '../src/doctor/doctor.ts';
import type { Finding } from '../src/doctor/finding.ts';
import type { DoctorRequest } from '../src/doctor/read-view.ts';
import {
  applyReviewedPlan,
  type DoctorReport,
  promote,
  type PromoteReport,
  type PromoteRequest,
} from '../src/index.ts';
import { createMemoryEvidence } from './memory-evidence.ts';
import { createMemoryLedger, type MemoryLedger, noPolicy } from './memory-ledger.ts';
import { createDestinations, createDisks, createSet, createWorld, type Disks, label } from './memory-world.ts';

export const [first, second, third] = [createSet('a'), createSet('b'), createSet('c')];
export const previous = previousOf(label);

const request: PromoteRequest = {
  ...{ mode: 'promote', release: 'master', component: null, label },
  ...{ candidateLabel: parseTargetLabel('tripleo-ci-testing'), criteria: 'none', fullHash: null, parts: [] },
  ...{ keepPrevious: true, configDigest: 'sha256:0', ...noPolicy, reason: null, actor: 'test', dryRun: false },
};

export const doctorRequest: DoctorRequest = {
  ...{ release: 'master', component: null, label, candidateLabel: request.candidateLabel },
  ...{ configDigest: 'sha256:0', policyDigest: 'sha256:p', actor: 'test' },
};

type DiskName = keyof Disks;

/** Two sets were promoted in memory, and more than their pointers may break. */
export interface Bench {
  readonly disks: Disks;
  readonly ledger: MemoryLedger;
  /** What a destination's verification lacks of the second set, by disk; staging puts it there. */
  readonly lost: Map<DiskName, string[]>;
  /** Disks that do not answer. */
  readonly down: Set<DiskName>;
  /** Where DLRN holds its label in part. */
  readonly half: Set<string>;
  /** Optional ones. */
  readonly followers: Set<DiskName>;
  /** What the label has named, newest first. */
  history: FullHash[];
  readonly writes: string[];
  examine(more?: Partial<DoctorRequest>): Promise<DoctorReport>;
  apply(plan: Plan, more?: Partial<PromoteRequest>): Promise<PromoteReport>;
  promote(set: ArtifactSet, more?: Partial<PromoteRequest>): Promise<PromoteReport>;
}

export async function createBench(): Promise<Bench> {
  const disks = createDisks();
  const ledger = createMemoryLedger();
  const [lost, half, writes] = [new Map<DiskName, string[]>(), new Set<string>(), [] as string[]];
  const [down, followers] = [new Set<DiskName>(), new Set<DiskName>()];
  const places = createDestinations(disks, (when, write) => void (when === 'after' && writes.push(write)));
  const diskOf = ({ name }: Destination): DiskName => name.split(' ').at(-1) as DiskName;
  const breakable = (place: Destination): Destination => {
    const disk = diskOf(place);
    const answering = <Value>(answer: () => Promise<Value>): Promise<Value> =>
      down.has(disk) ? Promise.reject(new Error('503')) : answer();
    return {
      ...place,
      observe: (pointers) => answering(() => place.observe(pointers)),
      readSet: (hash) => answering(() => place.readSet(hash)),
      verify: (set, options) =>
        answering(async () => {
          const lacking = set.fullHash === second.fullHash ? lost.get(disk) : undefined;
          return [...(await place.verify(set, options)), ...(lacking ?? [])];
        }),
      stage(set, options) {
        lost.delete(disk);
        return place.stage(set, options);
      },
      ...(place.kind === 'repository'
        ? {
            unfinished: (pointers) =>
              Promise.resolve(pointers.map(({ name }) => name).filter((name) => half.has(name))),
            async flip(moves, options) {
              await place.flip(moves, options);
              for (const { pointer } of moves) half.delete(pointer);
            },
          }
        : {}),
    };
  };
  const world = () => {
    const all = places.map(breakable);
    const required = all.filter((place) => !followers.has(diskOf(place)));
    const followed = all.filter((place) => followers.has(diskOf(place)));
    return { ...createWorld(required, ledger), followers: followed };
  };
  const bench: Bench = {
    ...{ disks, ledger, lost, down, half, followers, writes, history: [] },
    examine: (more) => examine({ ...doctorRequest, ...more }, world(), evidenceOf()),
    apply: (plan, more) => applyReviewedPlan(plan, { ...request, mode: 'repair', ...more }, world(), evidenceOf()),
    async promote(set, more) {
      const asked = { ...request, fullHash: set.fullHash, parts: [set], ...more };
      const report = await promote(asked, world(), evidenceOf());
      if (report.outcome === 'done') bench.history.unshift(set.fullHash);
      return report;
    },
  };
  const candidates = [third, second, first].map(({ fullHash }) => fullHash);
  const evidenceOf = () =>
    createMemoryEvidence({ passed: () => true, history: (of) => (of === label ? bench.history : candidates) });
  for (const set of [first, second]) {
    const { outcome, message } = await bench.promote(set);
    if (outcome !== 'done') throw new Error(message);
  }
  writes.length = 0;
  return bench;
}

/** Lets every container tag of a registry name what it has in a set. */
export function tagAll(bench: Bench, disk: 'rdo' | 'docker', set: ArtifactSet): void {
  for (const { name, digest } of set.containers) bench.disks[disk].pointers.set(`${name}:${label}`, digest);
}

/** Promotes behind everybody's back, as `dlrnapi repo-promote` does. */
export function promoteByHand(bench: Bench, set: ArtifactSet): void {
  bench.disks.repository.pointers.set(label, set.fullHash);
  bench.history.unshift(set.fullHash);
}

/** Such as `half-moved registry rdo: repair`. */
export function told({ kind, label: of, destination, remedy }: Finding): string {
  const name = of === label ? '' : ' (previous)';
  return `${kind}${name}${destination === null ? '' : ` ${destination}`}: ${remedy}`;
}
