import { createHash } from 'node:crypto';
import {
  type ArtifactSet,
  type Criteria,
  type Destination,
  type Digest,
  type FullHash,
  type Label,
  parseFullHash,
  parseTargetLabel,
  type PolicyEntry,
  previousOf,
  type Vote,
} from '@tagflow/model';
import type { Candidate, Evidence, PromoteRequest, PromotionWorld } from '@tagflow/promotion';
import { createMemoryEvidence } from '../../../packages/promotion/test/memory-evidence.ts';
import { createMemoryLedger } from '../../../packages/promotion/test/memory-ledger.ts';
import {
  createDestinations,
  createDisks,
  createWorld,
  label,
  yes,
} from '../../../packages/promotion/test/memory-world.ts';

/** What the decision is measured with. */
export interface MemoryQuestion {
  readonly request: PromoteRequest;
  readonly world: PromotionWorld;
  readonly evidence: Evidence;
  /** Newest first. */
  readonly candidates: readonly Candidate[];
  /** The one that may be promoted. */
  readonly oldest: FullHash;
}

export interface MemoryScale {
  readonly candidates: number;
  readonly containers: number;
}

const links = ['{label}', 'rdo_trunk/{label}', 'stable/{label}'];
const now = 1_700_000_000_000;
const candidateLabel = parseTargetLabel('tripleo-ci-testing');

const named = (from: number, to: number): readonly string[] =>
  Array.from(
    { length: to - from },
    (_, index) => `periodic-tripleo-ci-centos-9-featureset${String(from + index).padStart(3, '0')}-master`,
  );
const upgrades = ['minor', 'major', 'undercloud'].map((kind) => `periodic-tripleo-ci-centos-9-upgrade-${kind}-master`);
const [either, both, some] = [named(20, 21), named(21, 23), named(23, 27)];

/** Every form of criterion, 30 jobs in all. */
const criteria: Criteria = {
  allOf: [
    ...named(0, 20),
    { anyOf: [...either, { allOf: both }] },
    { atLeast: 2, of: some },
    { matching: '*-upgrade-*', atLeast: 2 },
  ],
  informing: [{ matching: '*-upgrade-undercloud-*' }],
};
export const jobs = [...named(0, 27), ...upgrades];
/** What fails everywhere, and is waived where it may be. */
const broken = jobs.slice(0, 3);

/**
 * Returns a label whose candidates all have a vote of each job. One more job failed on every one but the oldest; three
 * failed on all of them, and waivers speak of these. The sets are in two registries and behind three links.
 */
export async function askInMemory({ candidates: count, containers }: MemoryScale): Promise<MemoryQuestion> {
  const hashes = Array.from({ length: count + 2 }, (_, index) => hashOf(count + 1 - index));
  const newer = hashes.slice(0, count);
  const [current, previous] = hashes.slice(count) as [FullHash, FullHash];
  const oldest = newer.at(-1) as FullHash;
  const sets = [oldest, current, previous].map((hash) => setOf(hash, containers)) as [
    ArtifactSet,
    ArtifactSet,
    ArtifactSet,
  ];
  const disks = createDisks();
  const destinations = createDestinations(disks).map((destination): Destination =>
    destination.kind === 'images' ? { ...destination, desired: desiredLinks } : destination,
  );
  for (const [index, disk] of [disks.rdo, disks.docker, disks.public, disks.repository].entries()) {
    if (disk !== disks.repository) for (const set of sets) disk.sets.set(set.fullHash, set);
    const point = (name: Label, set: ArtifactSet): void => {
      for (const pointer of destinations[index]?.desired(name, set) ?? [])
        disk.pointers.set(pointer.name, pointer.value);
    };
    point(label, sets[1]);
    point(previousOf(label), sets[2]);
  }
  const votes = new Map(
    newer.map((hash, index) => [hash, votesOn(hash, hash === oldest ? null : jobs[3 + (index % 17)])]),
  );
  const history = (name: Label): readonly FullHash[] => (name === label ? [current, previous] : hashes);
  const evidence: Evidence = {
    ...createMemoryEvidence({ passed: () => true, history }),
    votes: (hash) => Promise.resolve(votes.get(hash) ?? []),
  };
  const ledger = createMemoryLedger();
  await ledger.noteVerdict({
    ...{ release: 'master', label, at: now },
    verdict: { ...yes(sets[1]), votes: votes.get(oldest) ?? [] },
  });
  const request: PromoteRequest = {
    ...{ mode: 'promote', release: 'master', component: null, label, candidateLabel, criteria, fullHash: null },
    ...{ parts: [], keepPrevious: true, configDigest: 'sha256:0', knownJobs: jobs, byHand: false },
    ...{ policy: { entries: policyOf(newer), digest: 'sha256:p' }, reason: null, actor: 'bench', dryRun: true },
  };
  const world = createWorld(destinations, ledger);
  return { request, world, evidence, candidates: newer.map((fullHash) => ({ fullHash, builds: [] })), oldest };
}

function desiredLinks(name: Label, set: ArtifactSet): { name: string; value: string }[] {
  return links.map((link) => ({ name: link.replace('{label}', name), value: set.fullHash }));
}

/** Some for whatever hash, some for a range, and some that have nothing to do with it. */
function policyOf(newer: readonly FullHash[]): readonly PolicyEntry[] {
  const [newest, oldest] = [newer[0], newer.at(-1)] as [FullHash, FullHash];
  const facts = {
    release: 'master',
    owner: 'ruck',
    bug: 'https://bugs.example/1',
    reason: 'known',
    expires: now + 1e9,
  };
  const waiver = (job: string, hashes: { from: FullHash; to: FullHash | null } | null): PolicyEntry => ({
    ...{ ...facts, kind: 'waiver', id: `waiver-${job}`, label, job, hashes, where: 'waivers.yaml:1' },
  });
  return [
    waiver(broken[0] ?? '', null),
    waiver(broken[1] ?? '', { from: oldest, to: newest }),
    waiver(broken[2] ?? '', { from: oldest, to: null }),
    waiver(jobs[29] ?? '', null),
    ...[27, 28].map((index) => waiver(jobs[index] ?? '', { from: newest, to: newest })),
    { ...facts, kind: 'hold', id: 'hold', label: null, hashes: { from: newest, to: newest }, where: 'holds.yaml:1' },
    { ...facts, kind: 'freeze', id: 'freeze', label: candidateLabel, where: 'freezes.yaml:1' },
  ];
}

function votesOn(hash: FullHash, failing: string | null | undefined): readonly Vote[] {
  return jobs.map((job, index) => ({
    job,
    result: job === failing || broken.includes(job) ? 'failure' : 'success',
    timestamp: now / 1000 - index,
    url: `https://logs.example/${hash}/${job}`,
    notes: null,
    user: 'ci',
  }));
}

function setOf(fullHash: FullHash, containers: number): ArtifactSet {
  const digest = (name: string): Digest => `sha256:${hex('sha256', `${fullHash}${name}`)}` as Digest;
  return {
    ...{ fullHash, release: 'master', repository: { url: null, builds: [] } },
    containers: Array.from({ length: containers }, (_, index) => `openstack-service-${index}`).map((name) => ({
      ...{ name, digest: digest(name) },
    })),
    images: ['overcloud-full.tar', 'ironic-python-agent.tar'].map((name) => ({
      ...{ name, size: 1e9, sha256: hex('sha256', `${fullHash}${name}`), md5: null, visibility: 'public' },
    })),
  };
}

function hashOf(n: number): FullHash {
  return parseFullHash(`${hex('sha1', `source ${n}`)}_${hex('sha1', `distro ${n}`).slice(0, 8)}`);
}

function hex(algorithm: string, text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}
