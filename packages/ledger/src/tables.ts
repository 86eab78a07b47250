/** The tables as {@link migrate} leaves them. Times are milliseconds since 1970; texts that say JSON are canonical. */
export interface Tables {
  readonly tagflow_schema: { readonly version: number };
  readonly plans: {
    /** `sha256:` of the text. */
    readonly digest: string;
    /** The text of the plan file. */
    readonly plan: string;
  };
  readonly promotions: {
    readonly sequence: number;
    readonly id: string;
    readonly release: string;
    readonly label: string;
    readonly full_hash: string;
    readonly begun_at: number;
    readonly finished_at: number | null;
    readonly outcome: string | null;
    /** See the plan's; 0 where an older tagflow wrote none. */
    readonly version: number;
    readonly plan_digest: string;
  };
  readonly journal: {
    readonly promotion: string;
    readonly sequence: number;
    readonly at: number;
    readonly step: string;
    readonly detail: string;
  };
  /** What is known of a hash: the last set that a plan told of it. */
  readonly sets: {
    readonly release: string;
    readonly full_hash: string;
    /** The text of set.json. */
    readonly set_json: string;
  };
  /** Every vote that a noted verdict rested on, once. */
  readonly votes_seen: {
    /** `sha256:` of all columns but `seen_at`. */
    readonly digest: string;
    readonly release: string;
    readonly full_hash: string;
    readonly job: string;
    readonly result: string;
    /** Seconds since 1970, as the reporter said. */
    readonly timestamp: number;
    readonly url: string;
    readonly notes: string | null;
    readonly reporter: string | null;
    readonly seen_at: number;
  };
  /** What was decided, each time that it changed. */
  readonly verdicts: {
    readonly release: string;
    readonly label: string;
    readonly full_hash: string;
    /** Counts from 1 for each label and hash. */
    readonly sequence: number;
    readonly at: number;
    readonly answer: string;
    /** JSON. */
    readonly verdict: string;
  };
  /** The waivers without which a promotion would not have been done. */
  readonly waivers_used: {
    readonly promotion: string;
    readonly waiver: string;
    /** JSON. */
    readonly entry: string;
  };
  readonly debts: {
    readonly release: string;
    readonly label: string;
    readonly at: number;
    /** JSON; an empty list: nothing is owed any more. */
    readonly sentences: string;
  };
  /** The holds and freezes that rollbacks left. */
  readonly policies: {
    readonly id: string;
    /** Null: whatever the release. */
    readonly release: string | null;
    /** Counts from 1 in the order of adding. */
    readonly sequence: number;
    /** JSON. */
    readonly entry: string;
    readonly added_at: number;
    readonly lifted_at: number | null;
    readonly lifted_by: string | null;
  };
  /** What was delivered to whom. */
  readonly hand_offs: {
    readonly release: string;
    readonly full_hash: string;
    /** A URL. */
    readonly destination: string;
    /** `sha256:` of the manifest. */
    readonly digest: string;
    readonly label: string | null;
    readonly delivered_at: number;
    /** No reference: another ledger may have recorded it. */
    readonly promotion: string | null;
    /** JSON. */
    readonly manifest: string;
    /** As the receiver said it; null while it has said nothing. */
    readonly acknowledgement: string | null;
    readonly acknowledged_at: number | null;
  };
  /**
   * A row stays when its lease ends: `generation` grows with every holder, so that a holder that was overtaken knows
   * it even when the one who overtook it is gone again.
   */
  readonly leases: {
    readonly key: string;
    readonly generation: number;
    /** Null when nobody holds the key. */
    readonly owner: string | null;
    readonly since: number;
    readonly expires: number;
    /** Where the holder's process can be looked up; null where nobody can. */
    readonly place: string | null;
    readonly pid: number | null;
  };
}
