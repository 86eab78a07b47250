import type { ArtifactSet, Destination, FullHash } from '@tagflow/model';
import { reasonOf } from './debt.ts';
import type { PromotionWorld } from '../transaction/engine.ts';

/**
 * Stages a set in followers while the transaction is under way, so that their bytes are there when the label has moved.
 * Nobody waits for it before that, and what fails is tried once more by the payment.
 */
export interface Ahead {
  /** Starts; returns at once. */
  begin(set: ArtifactSet): void;
  /** Comes to rest: waits for what was begun when the label has moved, and breaks it off otherwise. Never rejects. */
  end(hasMoved: boolean): Promise<void>;
  /** Whether the set of a hash was staged in a follower. */
  has(follower: Destination, hash: FullHash): boolean;
}

export function createAhead(followers: readonly Destination[], { shield, progress, log }: PromotionWorld): Ahead {
  const broken = new AbortController();
  const signal = AbortSignal.any([shield.signal, broken.signal]);
  const staged = new Set<string>();
  let work: readonly Promise<void>[] = [];
  const key = ({ name }: Destination, hash: FullHash): string => `${name} ${hash}`;
  return {
    begin(set) {
      work = followers.map(async (follower) => {
        try {
          await follower.stage(set, { signal, progress });
          staged.add(key(follower, set.fullHash));
        } catch (error) {
          log.debug(`${follower.name} (optional) was not staged ahead: ${reasonOf(error)}`);
        }
      });
    },
    async end(hasMoved) {
      if (!hasMoved) broken.abort(new Error('the label has not moved'));
      await Promise.all(work);
    },
    has: (follower, hash) => staged.has(key(follower, hash)),
  };
}
