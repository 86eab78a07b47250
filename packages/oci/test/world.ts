import { createTransfer } from '@tagflow/http';
import { type LabRegistry, type LabRegistryOptions, startLabRegistry } from '@tagflow/lab';
import type { ArtifactSet, Clock, ContainerEntry, FullHash, ProgressEvent } from '@tagflow/model';
import { parseFullHash } from '@tagflow/model';
import type { ExecutionContext } from 'ava';
import type { OciEffects } from '../src/wire.ts';

export const hash: FullHash = parseFullHash('0123456789abcdef0123456789abcdef');
export const otherHash: FullHash = parseFullHash('fedcba9876543210fedcba9876543210');

/** A clock that jumps over every sleep, and remembers them. */
export interface JumpingClock extends Clock {
  readonly sleeps: number[];
  advance(ms: number): void;
}

export interface World {
  readonly effects: OciEffects & { readonly clock: JumpingClock };
  readonly warnings: string[];
  readonly progress: ProgressEvent[];
  readonly abort: AbortController;
  registry(options?: LabRegistryOptions): Promise<LabRegistry>;
  /** What stage and verify take. */
  readonly stage: { readonly signal: AbortSignal; readonly progress: (event: ProgressEvent) => void };
}

export function makeWorld(t: ExecutionContext, options: { readonly attempts?: number } = {}): World {
  const abort = new AbortController();
  let now = 1_000_000;
  const sleeps: number[] = [];
  const clock: JumpingClock = {
    sleeps,
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      now += ms;
    },
    advance(ms) {
      now += ms;
    },
  };
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, warning: (message: string) => void warnings.push(message) };
  const base = { clock, log, signal: abort.signal, random: () => 0.5 };
  const transfer = createTransfer(base, { attempts: options.attempts ?? 3 });
  t.teardown(() => transfer.close());
  const progress: ProgressEvent[] = [];
  return {
    effects: { clock, log, signal: abort.signal, api: transfer, transfer },
    warnings,
    progress,
    abort,
    async registry(registryOptions) {
      const registry = await startLabRegistry({ now: () => now, ...registryOptions });
      t.teardown(() => registry.close());
      return registry;
    },
    stage: { signal: abort.signal, progress: (event) => void progress.push(event) },
  };
}

export const base = Buffer.alloc(300_000, 'base layer ');

/** Puts containers that share one base layer under a tag, `openstack-<name>` below `ns`, and returns their entries. */
export async function seed(
  registry: LabRegistry,
  names: readonly string[],
  tag: string,
  salt = '',
): Promise<readonly ContainerEntry[]> {
  const entries: ContainerEntry[] = [];
  for (const name of names) {
    const layers = [base, Buffer.from(`layer of ${name}${salt}`)];
    const digest = await registry.putImage(`ns/openstack-${name}`, [tag], { layers, labels: { name, salt } });
    entries.push({ name, digest });
  }
  return entries;
}

export function setWith(containers: readonly ContainerEntry[], fullHash: FullHash = hash): ArtifactSet {
  return { fullHash, release: 'master', repository: { url: null, builds: [] }, containers, images: [] };
}
