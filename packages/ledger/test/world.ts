import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Label, parseFullHash, parseLabel, type Plan } from '@tagflow/model';
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

export function planOf(hash = 'a'.repeat(32)): Plan {
  const toHash = parseFullHash(hash);
  return {
    mode: 'promote',
    release: 'master',
    component: null,
    label,
    candidateLabel: parseLabel('tripleo-ci-testing'),
    fromHash: null,
    toHash,
    set: { fullHash: toHash, release: 'master', repository: { url: null, builds: [] }, containers: [], images: [] },
    fromSet: null,
    moves: [{ destination: 'dlrn', kind: 'repository', label, pointer: label, from: null, to: toHash }],
    notes: ['«ü» survives'],
    verdict: { answer: 'yes', fullHash: toHash, reasons: [], criteriaDigest: `sha256:${'0'.repeat(64)}` },
    configDigest: `sha256:${'1'.repeat(64)}`,
    reason: null,
    actor: 'cli:test',
    createdAt: '2026-01-02T03:04:05.000Z',
  };
}
