import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ArtifactSet,
  type Clock,
  emptySet,
  type FullHash,
  type HandOff,
  type Label,
  parseDigest,
  parseFullHash,
  parseLabel,
  type Plan,
  type PolicyEntry,
  type Verdict,
} from '@tagflow/model';
import type { ExecutionContext } from 'ava';

export interface ManualClock extends Clock {
  advance(ms: number): void;
}

/** Time that stands still until a test moves it, or somebody sleeps. */
export function manualClock(start = Date.UTC(2026, 0, 2, 3, 4, 5)): ManualClock {
  let now = start;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

/** A random source that counts through its values. */
export function countingRandom(): () => number {
  let count = 0;
  return () => (count = (count + 1) % 1000) / 1000;
}

/** A path in a folder that goes away with the test. */
export async function ledgerPath(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-ledger-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'sub', 'ledger.db');
}

export const label: Label = parseLabel('current-tripleo');

export function hashOf(digit: string): FullHash {
  return parseFullHash(digit.repeat(32));
}

export function setOf(hash: FullHash, containers: readonly string[] = []): ArtifactSet {
  return {
    ...emptySet(hash, 'master'),
    containers: containers.map((name) => ({ name, digest: parseDigest(`sha256:${'d'.repeat(64)}`) })),
  };
}

export function verdictOf(hash: FullHash, facts: Partial<Verdict> = {}): Verdict {
  const criteriaDigest = `sha256:${'0'.repeat(64)}`;
  return { answer: 'yes', fullHash: hash, reasons: [], criteriaDigest, waivers: [], votes: [], ...facts };
}

export function planOf(hash = 'a'.repeat(32), facts: Partial<Plan> = {}): Plan {
  const toHash = parseFullHash(hash);
  return {
    mode: 'promote',
    release: 'master',
    component: null,
    label,
    candidateLabel: parseLabel('tripleo-ci-testing'),
    fromHash: null,
    toHash,
    set: setOf(toHash),
    fromSet: null,
    moves: [{ destination: 'dlrn', kind: 'repository', label, pointer: label, from: null, to: toHash }],
    irreversible: [],
    notes: ['«ü» survives'],
    verdict: verdictOf(toHash),
    criteria: 'none',
    waivers: [],
    version: 1,
    policyDigest: `sha256:${'2'.repeat(64)}`,
    configDigest: `sha256:${'1'.repeat(64)}`,
    reason: null,
    actor: 'cli:test',
    createdAt: '2026-01-02T03:04:05.000Z',
    ...facts,
  };
}

export const hold = {
  kind: 'hold',
  id: 'rollback-1',
  release: 'master',
  owner: 'cli:test',
  bug: null,
  reason: 'rolled back',
  expires: Date.UTC(2026, 0, 9),
  where: 'promotion 1',
  hashes: { from: hashOf('b'), to: hashOf('b') },
  label,
} as const satisfies PolicyEntry;

export const waiver = {
  kind: 'waiver',
  id: 'w1',
  release: null,
  owner: 'alice',
  bug: 'https://bugs.example/1',
  reason: 'flaky',
  expires: Date.UTC(2026, 0, 9),
  where: 'waivers.yaml:3',
  job: 'job-a',
  hashes: null,
  label: null,
} as const satisfies PolicyEntry;

export function handOffOf(fullHash: FullHash, facts: Partial<HandOff> = {}): HandOff {
  const manifest = facts.manifest ?? `{"fullHash":"${fullHash}"}\n`;
  return {
    digest: `sha256:${createHash('sha256').update(manifest).digest('hex')}`,
    release: 'master',
    label,
    fullHash,
    destination: 'https://osp.example/hook',
    deliveredAt: 10,
    promotionId: null,
    manifest,
    acknowledgement: null,
    ...facts,
  };
}
