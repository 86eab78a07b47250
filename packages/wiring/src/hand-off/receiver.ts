import type { Acknowledgement } from '@tagflow/model';
import type { PreparedHandOff } from './prepare.ts';

/** A delivery as the receiver has it. */
export interface Received {
  /** Where it is. */
  readonly place: string;
  /** The text of `manifest.json`. */
  readonly manifest: string;
  readonly acknowledgement: Acknowledgement | null;
}

/** The next owner of a set: a folder that somebody looks into, or a web hook. */
export interface Receiver {
  /** A URL without anything secret; the same for the same receiver. */
  readonly url: string;
  /** What was delivered of the hash before: this very manifest, else another one; null where that cannot be seen. */
  before(handOff: PreparedHandOff): Promise<Received | null>;
  /**
   * Delivers, and reads back where that is possible; what is there is never changed. `isNew` is false where the receiver
   * had this very manifest.
   */
  deliver(handOff: PreparedHandOff): Promise<Received & { readonly isNew: boolean }>;
  close(): Promise<void>;
}
