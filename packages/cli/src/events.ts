import type { Outcome, ProgressEvent } from '@tagflow/model';

/** Where in a run something happened. `leg` is the matrix value, such as a test job's name. */
export interface Place {
  readonly release: string;
  readonly phase: string;
  readonly job: string;
  readonly leg: string | null;
}

/** What a run of phases tells while it goes on. Displays are built from these alone. */
export type RunEvent =
  | {
      readonly type: 'phase-begun';
      readonly release: string;
      readonly phase: string;
      readonly route: string;
      readonly at: number;
    }
  | {
      readonly type: 'phase-ended';
      readonly release: string;
      readonly phase: string;
      readonly outcome: Outcome;
      readonly message: string;
      readonly at: number;
    }
  | { readonly type: 'job-begun'; readonly place: Place; readonly at: number }
  | {
      readonly type: 'job-ended';
      readonly place: Place;
      /** Null for a job that was skipped, because one that it needs did not end well. */
      readonly outcome: Outcome | null;
      readonly message: string;
      readonly at: number;
    }
  | { readonly type: 'progress'; readonly place: Place; readonly progress: ProgressEvent }
  | {
      readonly type: 'said';
      readonly place: Place;
      readonly level: 'debug' | 'info' | 'warning';
      readonly message: string;
    };

export type Listener = (event: RunEvent) => void;
