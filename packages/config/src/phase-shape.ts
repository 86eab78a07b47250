/** A value that a step takes from elsewhere in the run. */
export type Ref =
  /** An output of a job that is done. */
  | { readonly job: string; readonly output: string }
  /** An output of an earlier step of the same job. */
  | { readonly step: string; readonly output: string }
  /** The first of these that is not empty: a job that did not run has no outputs. */
  | { readonly firstOf: readonly { readonly job: string; readonly output: string }[] }
  /** The entry of the job's matrix. */
  | { readonly matrix: true }
  /** An input of the workflow: starts the phase from a given hash. */
  | { readonly input: 'full-hash' }
  /**
   * What the CI system knows of this run, and a run on the command line does not: the page of its log, its token, the
   * environment of the job that moves the label, and how the promotion ended, killed jobs included.
   */
  | { readonly ci: 'log-url' | 'token' | 'environment' | 'outcome' }
  /** The files that the outputs named `set` of these jobs name: parts of one set. */
  | { readonly sets: readonly string[] }
  /** The file that the output `plan` of this job names. */
  | { readonly plan: string }
  /** The file that the output `results` of the same leg of this job names. */
  | { readonly resultsOf: string };

/** What has to be known of a job that is done. */
export interface Condition {
  readonly job: string;
  readonly output: string;
  /** One of these texts; `something`: any that is not empty. */
  readonly is: readonly string[] | 'something';
}

export interface PhaseStep {
  readonly id: string;
  readonly action: string;
  /** Inputs besides `config` and `phase`, which every step gets. What tagflow.yaml says is not repeated here. */
  readonly with: Readonly<Record<string, Ref | string>>;
}

export interface PhaseJob {
  readonly id: string;
  readonly needs: readonly string[];
  /** `job.output`, a JSON list of names: the job runs once for each, and not at all for an empty list. */
  readonly matrix?: string;
  /**
   * Does not run for a hash that the target label names already (output `is-new` of the job `hash`): nothing would be
   * learned, and the promotion that runs all the same repairs what drifted.
   */
  readonly onlyNew?: boolean;
  /** Runs when jobs that it needs failed or were skipped, as long as there is a hash and nobody cancelled the run. */
  readonly always?: boolean;
  /**
   * Runs only when this holds, and then whatever became of the other jobs that it needs. That it did not run is no
   * failure to those that need it.
   */
  readonly when?: Condition;
  /**
   * Runs once for each leg of this job that ran, however that ended, and on a machine of its own: what tested code left
   * on the other one must not reach it.
   */
  readonly legsOf?: string;
  /** A person may have to allow it: it is the job that moves a label. On GitHub it runs in the label's environment. */
  readonly approval?: boolean;
  /** Tells people how the phase went, and what becomes of it is no part of that. */
  readonly tells?: boolean;
  readonly steps: readonly PhaseStep[];
  /** The job's outputs, each an output of one of its steps. */
  readonly outputs?: Readonly<Record<string, { readonly step: string; readonly output: string }>>;
}

export const sectionNames = ['pin', 'fetch', 'build', 'test', 'promote', 'mirror', 'after', 'hand-off'] as const;
export type SectionName = (typeof sectionNames)[number];

export const templateNames = ['upstream', 'component', 'rdo-phase-1', 'rdo-phase-2', 'osp-phase-0'] as const;
export type TemplateName = (typeof templateNames)[number];

export interface PhaseTemplate {
  /** One sentence. */
  readonly description: string;
  /** The sections that a phase of this template may have. A step whose section is absent ends as nothing-to-do. */
  readonly sections: readonly SectionName[];
  /** In an order in which they can run one by one. */
  readonly jobs: readonly PhaseJob[];
}
