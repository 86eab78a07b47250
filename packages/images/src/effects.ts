import type { Effects } from '@tagflow/model';
import type { Store } from '@tagflow/store';

/** What long work with images needs from outside. */
export type ImagesEffects = Effects;

/** A directory of a store that holds the files of one hash. */
export interface ImageDirectory {
  readonly store: Store;
  readonly directory: string;
}
