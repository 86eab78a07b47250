import type { Clock, Progress } from '@tagflow/model';
import type { Descriptor } from './manifest.ts';

interface CopyProgressOptions {
  readonly what: string;
  /** Containers. */
  readonly total: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly progress: Progress;
}

/** How far a copy is, told as it goes: containers, and the bytes of their layers. */
export interface CopyProgress {
  /** A repository needs these blobs. */
  expect(repository: string, blobs: readonly Descriptor[]): void;
  bytes(count: { readonly moved: number; readonly saved: number }): void;
  /** So many more containers are whole. */
  done(containers: number): void;
}

export function createCopyProgress({ what, total, clock, progress }: CopyProgressOptions): CopyProgress {
  const expected = new Set<string>();
  const started = clock.now();
  let [wanted, moved, saved, finished] = [0, 0, 0, 0];
  return {
    expect(repository, blobs) {
      for (const { digest, size } of blobs) {
        const key = `${repository}@${digest}`;
        if (!expected.has(key)) wanted += size;
        expected.add(key);
      }
    },
    bytes(count) {
      moved += count.moved;
      saved += count.saved;
      const seconds = (clock.now() - started) / 1000;
      const rate = seconds < 1 ? '' : `, ${(moved / 1e6 / seconds).toFixed(1)} MB/s`;
      const note = `${(moved / 1e6).toFixed(1)} MB sent, ${(saved / 1e6).toFixed(1)} MB saved${rate}`;
      progress({ what: `${what}: layers`, done: moved + saved, total: wanted, unit: 'bytes', note });
    },
    done(containers) {
      if (containers === 0) return;
      finished += containers;
      progress({ what, done: finished, total, unit: 'containers' });
    },
  };
}
