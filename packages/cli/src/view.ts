import { type Outcome, type ProgressEvent, worseOutcome } from '@tagflow/model';
import type { Place, RunEvent } from './events.ts';

export interface JobView {
  readonly name: string;
  readonly legs: number;
  readonly legsDone: number;
  readonly state: 'running' | 'ended' | 'skipped';
  readonly outcome: Outcome | null;
  readonly message: string;
  readonly progress: ProgressEvent | null;
  readonly begunAt: number;
  readonly endedAt: number | null;
}

export interface PhaseView {
  readonly release: string;
  readonly name: string;
  readonly route: string;
  readonly outcome: Outcome | null;
  readonly message: string;
  readonly begunAt: number;
  readonly endedAt: number | null;
  readonly jobs: readonly JobView[];
}

/** Everything that a display of a run shows. */
export type RunView = readonly PhaseView[];

/** Returns the view after one more event. Pure. */
export function applyEvent(view: RunView, event: RunEvent): RunView {
  switch (event.type) {
    case 'phase-begun':
      return [
        ...view,
        {
          release: event.release,
          name: event.phase,
          route: event.route,
          outcome: null,
          message: '',
          begunAt: event.at,
          endedAt: null,
          jobs: [],
        },
      ];
    case 'phase-ended':
      return changePhase(view, event, (phase) => ({
        ...phase,
        outcome: event.outcome,
        message: event.message,
        endedAt: event.at,
      }));
    case 'job-begun':
      return changeJob(view, event.place, (job) => ({
        ...(job ?? freshJob(event.place, event.at)),
        legs: (job?.legs ?? 0) + 1,
        state: 'running',
      }));
    case 'job-ended':
      return changeJob(view, event.place, (job) => endJob(job ?? freshJob(event.place, event.at), event));
    case 'progress':
      return changeJob(view, event.place, (job) => (job === null ? null : { ...job, progress: event.progress }));
    case 'said':
      return view;
  }
}

function endJob(job: JobView, event: Extract<RunEvent, { type: 'job-ended' }>): JobView {
  if (event.outcome === null) return { ...job, state: 'skipped', message: event.message, endedAt: event.at };
  const outcome = worseOutcome(job.outcome, event.outcome);
  const legsDone = job.legsDone + 1;
  return {
    ...job,
    legsDone,
    outcome,
    message: speak(job, event, legsDone),
    state: legsDone >= job.legs ? 'ended' : 'running',
    endedAt: event.at,
    progress: null,
  };
}

// Of many legs that went well nobody wants to read one; a leg that did not go well speaks for the job.
function speak(job: JobView, event: Extract<RunEvent, { type: 'job-ended' }>, legsDone: number): string {
  if (event.outcome === null || worseOutcome(job.outcome, event.outcome) !== event.outcome) return job.message;
  const isGood = ['done', 'nothing-to-do', 'planned'].includes(event.outcome);
  return isGood && job.legs > 1 ? `${legsDone} of ${job.legs} ended well` : event.message;
}

function freshJob(place: Place, at: number): JobView {
  return {
    name: place.job,
    legs: 0,
    legsDone: 0,
    state: 'running',
    outcome: null,
    message: '',
    progress: null,
    begunAt: at,
    endedAt: null,
  };
}

function changePhase(
  view: RunView,
  where: { readonly release: string; readonly phase: string },
  change: (phase: PhaseView) => PhaseView,
): RunView {
  return view.map((phase) => (phase.release === where.release && phase.name === where.phase ? change(phase) : phase));
}

function changeJob(view: RunView, place: Place, change: (job: JobView | null) => JobView | null): RunView {
  return changePhase(view, place, (phase) => {
    const known = phase.jobs.find((job) => job.name === place.job) ?? null;
    const changed = change(known);
    if (changed === null) return phase;
    const jobs = known === null ? [...phase.jobs, changed] : phase.jobs.map((job) => (job === known ? changed : job));
    return { ...phase, jobs };
  });
}
