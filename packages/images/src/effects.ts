import type { Effects, Progress } from '@tagflow/model';
import type { Store } from '@tagflow/store';

/** What long work with images needs from outside. */
export type ImagesEffects = Effects;

/** A directory of a store that holds the files of one hash. */
export interface ImageDirectory {
  readonly store: Store;
  readonly directory: string;
}

/** Returns a function that counts bytes of one job and reports them, at most once for each percent. */
export function countBytes(
  progress: Progress,
  what: string,
  images: readonly { readonly size: number | null }[],
): (bytes: number) => void {
  const total = images.reduce((sum, image) => sum + (image.size ?? 0), 0);
  let done = 0;
  let reported = -1;
  return (bytes) => {
    done += bytes;
    const percent = Math.floor((done * 100) / Math.max(total, 1));
    if (percent === reported) return;
    reported = percent;
    progress({ what, done: Math.min(done, total), total, unit: 'bytes' });
  };
}
