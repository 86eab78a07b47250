import { type ArtifactSet, type Destination, parseTargetLabel, previousOf, TagflowError } from '@tagflow/model';
import type { Evidence, PromoteRequest, PromotionWorld } from '../src/index.ts';
import { createMemoryEvidence } from './memory-evidence.ts';
import { createMemoryLedger, noPolicy } from './memory-ledger.ts';
import {
  createDestinations,
  createDisks,
  createSet,
  createWorld,
  type Disks,
  label,
  type Tap,
} from './memory-world.ts';

export const [first, second, third] = [createSet('a'), createSet('b'), createSet('c')];
const history = [third, second, first].map(({ fullHash }) => fullHash);

/** Every hash is a candidate and has its vote. */
export const evidence: Evidence = createMemoryEvidence({ passed: () => true, history: () => history });

export const request: PromoteRequest = {
  ...{ mode: 'promote', release: 'master', component: null, label },
  ...{ candidateLabel: parseTargetLabel('tripleo-ci-testing'), criteria: { allOf: ['job'], informing: [] } },
  ...{
    fullHash: null,
    parts: [],
    keepPrevious: true,
    configDigest: 'sha256:0',
    ...noPolicy,
    reason: null,
    actor: 'test',
  },
  dryRun: false,
};

/** Asks for one set. */
export function wanting(set: ArtifactSet, more: Partial<PromoteRequest> = {}): PromoteRequest {
  return { ...request, fullHash: set.fullHash, parts: [set], ...more };
}

/** A world in which docker follows, may be out of order, and everything written is listed. */
export interface FollowersWorld {
  readonly disks: Disks;
  readonly ledger: ReturnType<typeof createMemoryLedger>;
  /** Such as `registry docker heat-api:current-tripleo`, in the order of writing. */
  readonly writes: string[];
  /** What was warned of. */
  readonly warnings: string[];
  /** Whether docker answers. */
  dockerIsUp: boolean;
  /** How often docker was asked for pointers. */
  observed: number;
  /** Called before each write; may throw. */
  tap: Tap;
  world(signal?: AbortSignal): PromotionWorld;
}

export function createFollowersWorld(): FollowersWorld {
  const disks = createDisks();
  const ledger = createMemoryLedger();
  const self: FollowersWorld = {
    ...{ disks, ledger, writes: [], warnings: [], dockerIsUp: true, observed: 0, tap: () => undefined },
    world(signal) {
      const all = createDestinations(disks, (when, write) => {
        self.tap(when, write);
        if (when === 'after') self.writes.push(write);
      });
      const isDocker = ({ name }: Destination): boolean => name === 'registry docker';
      const world = createWorld(
        all.filter((one) => !isDocker(one)),
        ledger,
        signal,
      );
      const log = { ...world.log, warning: (text: string) => void self.warnings.push(text) };
      return { ...world, log, followers: all.filter(isDocker).map((docker) => unreliable(docker, self)) };
    },
  };
  return self;
}

function unreliable(docker: Destination, self: FollowersWorld): Destination {
  const ifUp = <Result>(ask: () => Promise<Result>): Promise<Result> =>
    self.dockerIsUp
      ? ask()
      : Promise.reject(new TagflowError('away', 'docker.io answered 503', { outcome: 'waiting' }));
  return {
    ...docker,
    observe: (pointers) => {
      self.observed += 1;
      return ifUp(() => docker.observe(pointers));
    },
    stage: (set, options) => ifUp(() => docker.stage(set, options)),
    verify: (set, options) => ifUp(() => docker.verify(set, options)),
    flip: (moves, options) => ifUp(() => docker.flip(moves, options)),
    readSet: (hash) => ifUp(() => docker.readSet(hash)),
  };
}

/** The seeds of the sets that docker's tags are of, without doubles: `b` where all of them are of the second set. */
export function dockerSays({ disks }: FollowersWorld, of = label): string {
  return said(disks.docker.pointers, of);
}

/** The same of the required places; they are never to differ. */
export function requiredSay({ disks }: FollowersWorld, of = label): string {
  const [rdo, images, repository] = [disks.rdo, disks.public, disks.repository].map(({ pointers }) =>
    said(pointers, of),
  );
  return new Set([rdo, images, repository]).size === 1 ? `${rdo}` : `${rdo} ${images} ${repository}`;
}

export const previous = previousOf(label) as typeof label;

function said(pointers: ReadonlyMap<string, string>, of: string): string {
  const seeds = [...pointers]
    .filter(([pointer]) => pointer === of || pointer.endsWith(`:${of}`))
    .map(([, value]) => seedOf(value.replace('sha256:', '')));
  return [...new Set(seeds)].sort().join('+');
}

// The memory world's hashes and digests are the code of one letter, over and over.
function seedOf(value: string): string {
  return String.fromCharCode(Number.parseInt(value.slice(0, 2), 16));
}
