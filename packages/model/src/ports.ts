import type { Progress } from './effects.ts';
import type { HandOff, HandOffQuery } from './hand-off.ts';
import type { FullHash } from './hash.ts';
import type { Label } from './label.ts';
import type { Kind, Move, Plan } from './plan.ts';
import type { Outcome } from './outcome.ts';
import type { PolicyEntry } from './policy.ts';
import type { ArtifactSet } from './set.ts';
import type { Verdict } from './verdict.ts';

/** A pointer and the value it should have. */
export interface Pointer {
  readonly name: string;
  readonly value: string;
}

export interface StageReport {
  /** Bytes that travelled. */
  readonly bytesMoved: number;
  /** Bytes that were there already. */
  readonly bytesSaved: number;
}

export interface StageOptions {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What a destination knows of moves before they are made, a sentence each. */
export interface Foresight {
  /** Why they cannot be made, or could not end as they should: nothing is written then. */
  readonly problems: readonly string[];
  /** What of them could not be taken back, and other things that a person who reads the plan should know. */
  readonly notes: readonly string[];
}

export interface FlipOptions {
  readonly signal: AbortSignal;
  /**
   * Called right before every write; rejects when the write must not happen (lease lost, cancelled). The destination
   * then stops and lets the error pass.
   */
  readonly before: (move: Move) => Promise<void>;
  /** Called when a move holds and was read back. */
  readonly after: (move: Move) => void;
}

/**
 * A place that is written to: a DLRN, a namespace of a registry, an image store. Every method may be called again
 * after any interruption: staging and flipping are idempotent.
 */
export interface Destination {
  /** Unique within one promotion, such as `registry rdo`. */
  readonly name: string;
  readonly kind: Kind;
  /** False where the pointer of a label that did not exist cannot be removed again. */
  readonly canUnset: boolean;
  /** What is written for a label, whoever configured it: two promoters of one place have equal keys. */
  leaseKey(label: Label): string;
  /** The pointers of `label` when it names `set`. Pure. */
  desired(label: Label, set: ArtifactSet): readonly Pointer[];
  /** What each named pointer says now; null for one that does not exist. An unreadable place rejects. */
  observe(pointers: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /**
   * Which of these pointers, that have their value, have it only in part: somebody broke off, and making the same move
   * again mends it. Absent where a write is whole or not at all.
   */
  unfinished?(pointers: readonly Pointer[]): Promise<readonly string[]>;
  /** What speaks against these moves, found out without writing; absent where nothing could but the pointers themselves. */
  foresee?(moves: readonly Move[]): Promise<Foresight>;
  /** Puts the set's bytes under content addresses, where no reader of a label sees them. */
  stage(set: ArtifactSet, options: StageOptions): Promise<StageReport>;
  /** Reads the staged set back. Returns a sentence for each thing that is missing or wrong: empty means whole. */
  verify(set: ArtifactSet, options: StageOptions): Promise<readonly string[]>;
  /**
   * Makes each move: reads the pointer, writes when it still is `from`, skips when it is `to` already, reads back.
   * Rejects when the pointer is neither, or the write did not take.
   */
  flip(moves: readonly Move[], options: FlipOptions): Promise<void>;
  /** Removes pointers that did not exist before (only where `canUnset`); the moves are those being undone. */
  unset(moves: readonly Move[], options: FlipOptions): Promise<void>;
  /** Returns the set that was published for a hash, or null where this place holds none. */
  readSet(hash: FullHash): Promise<ArtifactSet | null>;
}

/** The right to write some keys, for a while. */
export interface Lease {
  /**
   * Renews the lease and returns until when it is ours, in milliseconds since 1970; rejects when it was lost. Called
   * before every write.
   */
  check(): Promise<number>;
  release(): Promise<void>;
}

/** What happened during one promotion, in order. */
export interface JournalEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly step: 'begun' | 'staged' | 'verified' | 'flipping' | 'moved' | 'committed' | 'undoing' | 'finished';
  readonly detail: string;
}

export interface PromotionRecord {
  readonly id: string;
  readonly plan: Plan;
  /** Null while it is not finished: running, or interrupted. */
  readonly outcome: Outcome | null;
  readonly journal: readonly JournalEntry[];
}

/** The memory of promotions. The destinations are the truth: a lost ledger loses history, never consistency. */
export interface Ledger {
  /**
   * Takes the lease of all keys at once.
   * @throws an error with outcome `waiting`, naming the holder, when one of them is held by somebody else.
   */
  acquire(keys: readonly string[], owner: string, ttlMs: number): Promise<Lease>;
  /** Records a promotion before its first write, and returns its id. */
  begin(plan: Plan): Promise<string>;
  record(id: string, step: JournalEntry['step'], detail: string): Promise<void>;
  finish(id: string, outcome: Outcome): Promise<void>;
  /** Promotions of a label that somebody has to end: those without an outcome, and those that are half-done. Oldest first. */
  unfinished(release: string, label: Label): Promise<readonly PromotionRecord[]>;
  /** Newest first. */
  history(release: string, label: Label, limit: number): Promise<readonly PromotionRecord[]>;
  /** The last promotion of each label of a release that was done at that moment (milliseconds since 1970). */
  asOf(release: string, at: number): Promise<readonly PromotionRecord[]>;
  /** The version that a label got last, see {@link Plan.version}; 0 for none. */
  lastVersion(release: string, label: Label): Promise<number>;
  /** Remembers what was decided about a hash; a decision equal to the last one of that hash is not written again. */
  noteVerdict(note: VerdictNote): Promise<void>;
  /** What was decided about a hash for a label, oldest first. */
  verdictsOn(release: string, label: Label, hash: FullHash): Promise<readonly VerdictNote[]>;
  /** Every job that a noted verdict has seen vote, sorted. */
  jobsSeen(release: string): Promise<readonly string[]>;
  /** The holds and freezes that rollbacks left and nobody has lifted, oldest first; expired ones too. */
  policy(release: string): Promise<readonly PolicyEntry[]>;
  addPolicy(entries: readonly PolicyEntry[]): Promise<void>;
  /** Ends holds and freezes of {@link Ledger.policy} before their time; unknown ids are ignored. */
  liftPolicy(ids: readonly string[], by: string): Promise<void>;
  /** Remembers what is owed for a label now, in place of what was owed before. */
  noteDebts(debts: Debts): Promise<void>;
  /** What is owed, by label; labels that owe nothing are left out. */
  debts(release: string): Promise<readonly Debts[]>;
  /**
   * Remembers a delivery. The same manifest at the same destination is one delivery: its last time counts, and an
   * acknowledgement is kept until there is a newer one.
   */
  recordHandOff(handOff: HandOff): Promise<void>;
  /** Newest first. */
  handOffs(query: HandOffQuery): Promise<readonly HandOff[]>;
  close(): Promise<void>;
}

/** A decision, as it was at a moment. */
export interface VerdictNote {
  readonly release: string;
  readonly label: Label;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly verdict: Verdict;
}

/** What somebody still has to do for a label, a sentence each. */
export interface Debts {
  readonly release: string;
  readonly label: Label;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly sentences: readonly string[];
}
