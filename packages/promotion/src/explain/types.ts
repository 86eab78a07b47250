import type { FullHash, JobState, Label, PromotionMode, Verdict, VoteResult } from '@tagflow/model';

/** One way on which a label moves: what a phase pins or promotes. */
export interface Route {
  readonly phase: string;
  readonly mode: 'pin' | 'promote';
  readonly release: string;
  readonly component: string | null;
  readonly label: Label;
  /** Null where nothing but a given hash is promoted. */
  readonly candidateLabel: Label | null;
}

/** A moment, and who remembers it. Times are milliseconds since 1970. */
export interface Since {
  /** Null: nobody remembers. */
  readonly at: number | null;
  /**
   * `ledger`: a verdict or a promotion that was noted; `candidate`: when the candidate label first named the hash;
   * `repository`: when the label itself first did.
   */
  readonly source: 'ledger' | 'candidate' | 'repository' | 'unknown';
}

/** Why a label does not move, in one word. */
export type LabelAnswer =
  /** A candidate is promoted by the next run. */
  | 'moves-now'
  /** Results are missing or running, and none that is required failed: time may do. */
  | 'waiting'
  /** Somebody has to act: something required failed, or the criteria can never be met. */
  | 'blocked'
  /** Every candidate is held by somebody, or was left by the label before. */
  | 'held'
  | 'frozen'
  /** A promotion of the label is under way. */
  | 'running'
  /** A promotion was interrupted, or left the kinds apart. */
  | 'half-done'
  /** The label names the newest candidate. */
  | 'nothing-newer'
  /** The candidate label never named a hash. */
  | 'no-candidate';

/** What somebody can do about a result that is lacking. */
export type ToDo = 'wait' | 'run' | 'run-again' | 'check-name' | 'run-any';

/** A job that has to succeed, and who sees to that. */
export interface LackingJob {
  /** Null: any job that the pattern means; without a pattern, any job that has not run. */
  readonly job: string | null;
  readonly matching: string | null;
  /** How many successes of it are lacking. */
  readonly times: number;
  /** Null where no one job is meant. */
  readonly state: JobState | null;
  /** When it was reported, by the reporter's clock; null where nobody says. */
  readonly reported: number | null;
  readonly url: string | null;
  /** Null: the configuration names nobody. */
  readonly owner: string | null;
  readonly toDo: ToDo;
  /** Whether the phase itself runs it, or another CI system. */
  readonly isOurs: boolean;
}

/** What a person decided that stops a hash or a label. */
export interface Stop {
  readonly kind: 'hold' | 'freeze';
  readonly id: string;
  readonly owner: string;
  readonly reason: string;
  readonly bug: string | null;
  readonly expires: number;
  readonly where: string;
  /** What ends it before. */
  readonly lift: string;
}

/** A waiver that the answer rests on. */
export interface UsedWaiver {
  readonly id: string;
  readonly job: string;
  readonly owner: string;
  readonly reason: string;
  readonly bug: string | null;
  readonly expires: number;
  readonly where: string;
}

/** What is known of one hash that could become a label. */
export interface CandidateExplanation {
  readonly fullHash: FullHash;
  readonly answer: Verdict['answer'];
  /** Since when the answer is that. */
  readonly since: Since;
  /** When the candidate label first named it; null where nobody says. */
  readonly named: number | null;
  /** Jobs that the criteria name, without informing ones: how many of them succeeded. */
  readonly jobs: { readonly succeeded: number; readonly all: number };
  /** The smallest set of results that would promote it; null where no result helps. */
  readonly lacking: readonly LackingJob[] | null;
  readonly waivers: readonly UsedWaiver[];
  /** Holds of the hash. */
  readonly holds: readonly Stop[];
  /** Why the label must not move there whatever the votes say. */
  readonly obstacle: string | null;
  /** What is wrong with the criteria themselves, or else is open and no job: a sentence each. */
  readonly otherReasons: readonly string[];
}

/** A promotion that somebody has to end, or that is under way. */
export interface OpenPromotion {
  readonly id: string;
  readonly mode: PromotionMode;
  readonly toHash: FullHash;
  readonly actor: string;
  readonly begun: number | null;
  /** When it noted something last. */
  readonly heard: number | null;
  /** `silent`: it copies bytes, which may take hours, or was interrupted at that. */
  readonly state: 'running' | 'silent' | 'interrupted' | 'half-done';
}

/** Who has to do what. */
export interface Act {
  /** Null: nobody is named. */
  readonly who: string | null;
  readonly what: string;
}

/** Why a label names what it names. */
export interface LabelExplanation extends Route {
  readonly kind: 'label';
  /** When this was found out. */
  readonly at: number;
  readonly answer: LabelAnswer;
  /** One sentence. */
  readonly why: string;
  /** Since when the answer is that. */
  readonly since: Since;
  readonly current: { readonly fullHash: FullHash; readonly since: Since } | null;
  /** Of those that nothing stops, the one that lacks the fewest results; where all are stopped, the newest. */
  readonly nearest: CandidateExplanation | null;
  /** All that were looked at, newest first, {@link LabelExplanation.nearest} among them. */
  readonly candidates: readonly CandidateExplanation[];
  /** How many older ones were not looked at. */
  readonly unseen: number;
  readonly freezes: readonly Stop[];
  readonly open: readonly OpenPromotion[];
  /** What is owed for the label, a sentence each. */
  readonly debts: readonly string[];
  readonly acts: readonly Act[];
}

/** What a hash is to a label. */
export type Standing =
  | 'named-now'
  /** The label named it once, and was moved on or away. */
  | 'left'
  | 'candidate'
  /** The candidate label named it, and the label has something newer. */
  | 'older'
  /** It is a candidate, and the label must not go there for another reason. */
  | 'obstructed'
  | 'never-candidate'
  /** Nobody remembers what the candidate label named; it names something else now. */
  | 'not-candidate-now'
  /** The repository of this component does not have it. */
  | 'not-here';

/** What happened with a hash on one route. */
export interface HashStanding extends Route {
  readonly standing: Standing;
  /** One sentence. */
  readonly why: string;
  /** When the label first named it; null when it never did, or nobody remembers. */
  readonly promoted: number | null;
  /** The promotion by which the label went elsewhere, where the ledger remembers it. */
  readonly left: {
    readonly at: number | null;
    readonly mode: PromotionMode;
    readonly actor: string;
    readonly reason: string | null;
    readonly toHash: FullHash;
  } | null;
  /** Of a candidate only. */
  readonly candidate: CandidateExplanation | null;
}

/** What a job said about a hash. */
export interface JobVotes {
  readonly job: string;
  readonly result: VoteResult;
  /** How often it voted. */
  readonly votes: number;
  readonly successes: number;
  readonly reported: number | null;
  readonly url: string | null;
  readonly owner: string | null;
}

/** What happened with a hash. */
export interface HashExplanation {
  readonly kind: 'hash';
  readonly at: number;
  readonly fullHash: FullHash;
  readonly release: string;
  readonly routes: readonly HashStanding[];
  /** By job: what failed first, then what runs, then what succeeded. */
  readonly votes: readonly JobVotes[];
}

export type Explanation = LabelExplanation | HashExplanation;
