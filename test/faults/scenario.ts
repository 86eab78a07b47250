import { systemClock } from '@tagflow/action-kit';
import type { LabDlrnRequest, LabRequest } from '@tagflow/lab';
import type { Clock, FullHash } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import type { ExecutionContext } from 'ava';
import { type LabWorld, stageBuild, startLabWorld } from '../pipelines/lab-world.ts';
import { type LabelTruth, readAllTruths, readTruth } from '../pipelines/truth.ts';

export const label = 'current-tripleo';

/** A lab in which two sets were promoted, and a third one is staged and has all its votes. */
export interface Scenario {
  readonly world: LabWorld;
  /** Oldest first: what previous-current-tripleo names, what current-tripleo names, and the candidate. */
  readonly hashes: readonly [FullHash, FullHash, FullHash];
}

/** Starts a scenario; the lab ends with the test. */
export async function startScenario(t: ExecutionContext<unknown>): Promise<Scenario> {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const first = await stageBuild(world);
  await promote(world);
  const second = await stageBuild(world);
  await promote(world);
  return { world, hashes: [first, second, await stageBuild(world)] };
}

/** A lab with a set that was promoted, and one that waits for it with every vote. */
export interface Pair {
  readonly world: LabWorld;
  readonly promoted: FullHash;
  readonly candidate: FullHash;
}

/** Starts such a lab; the caller closes its world. */
export async function startPair(): Promise<Pair> {
  const world = await startLabWorld();
  const promoted = await stageBuild(world);
  await promote(world);
  return { world, promoted, candidate: await stageBuild(world) };
}

/** A clock for those who would wait: retries are made at once. */
export const hasty: Clock = { ...systemClock, sleep: () => Promise.resolve() };

/** Where every label points, and how much was ever written to DLRN. */
export async function everything({ lab }: LabWorld): Promise<unknown> {
  const { promotions, votes } = lab.dlrn.state;
  return { labels: await readAllTruths(lab), promotions: promotions.length, votes: votes.length };
}

/** Promotes what is staged, in this process. */
export async function promote(world: LabWorld): Promise<void> {
  const { outcome, message } = await world.act(promoteSymlink, { phase: 'upstream' });
  if (outcome !== 'done') throw new Error(`the promotion that a test builds on ended as ${outcome}: ${message ?? ''}`);
}

/** What is read where every kind of upstream's destinations names one hash. */
export function allOn(hash: FullHash): LabelTruth {
  return { repository: hash, rdo: hash, docker: hash, public: hash, internal: null };
}

/** Where the label is, and the one that keeps the set before. */
export async function bothLabels({ lab }: LabWorld): Promise<Readonly<Record<'label' | 'previous', LabelTruth>>> {
  return { label: await readTruth(lab, label), previous: await readTruth(lab, `previous-${label}`) };
}

/** Tells whether DLRN is asked to move the label itself, the last write of a flip. */
export function isCommit({ method, path, body }: LabDlrnRequest): boolean {
  return method === 'POST' && path === '/api/promote' && body.includes(`"${label}"`);
}

/** Tells whether a container of the registry gets the label. */
export function isTagging({ method, kind, reference }: LabRequest): boolean {
  return method === 'PUT' && kind === 'manifest' && reference === label;
}
