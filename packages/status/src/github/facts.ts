import type { Outcome } from '@tagflow/model';
import type { Redness } from '../redness.ts';

/** How one promotion went, or that there was none. */
export interface PromotionFacts {
  readonly release: string;
  readonly label: string;
  /** Whose label it is, in the component line; null: that of the whole repository. */
  readonly component: string | null;
  /** The environment of GitHub that stands for the label. */
  readonly environment: string;
  readonly fullHash: string | null;
  readonly previousHash: string | null;
  /** Only what began to write has one. */
  readonly promotionId: string | null;
  /** Null: it did not come to it. */
  readonly outcome: Outcome | null;
  /** Why it ended so; empty where nobody said. Of somebody else: it may hold anything. */
  readonly reason: string;
  /** What the nearest candidate lacks, as the caller explains it; null: the reason says it. */
  readonly explanation: string | null;
  /** Who has to act, by the owners of the jobs that are open. */
  readonly owners: readonly string[];
  /** An address that `URL` has read. */
  readonly logPage: string | null;
  readonly environmentUrl: string | null;
  /** The commit of the workflow's checkout, all forty digits; null outside of one. */
  readonly commit: string | null;
  /** Of the workflow run. */
  readonly runId: string | null;
  /** Null where nobody knows. */
  readonly redness: Redness | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What became of one thing that GitHub was to be told. */
export interface Told {
  /** `told`: something was written, or would be in a dry run. `known`: it says so already. `nothing`: not told. */
  readonly did: 'told' | 'known' | 'nothing';
  /** What was told, or why nothing was: a part of a sentence. */
  readonly text: string;
  readonly url: string | null;
}

/** Returns `release/label`, with the component between them where there is one. */
export function nameOfLabel({ release, component, label }: Pick<PromotionFacts, 'release' | 'component' | 'label'>) {
  return [release, ...(component === null ? [] : [component]), label].join('/');
}
