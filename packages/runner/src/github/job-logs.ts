import { decoded } from '../ci-system/decoded.ts';
import { type CiRequests, refusedStatus } from '../ci-system/requests.ts';
import type { LogSink } from '../remote-ci.ts';

/** A job of a workflow run, as far as its log matters. */
export interface WorkflowJob {
  readonly id: number;
  readonly isOver: boolean;
}

export interface JobLogsOptions {
  readonly requests: CiRequests;
  readonly name: string;
  /** `/repos/owner/name` */
  readonly repository: string;
}

/**
 * Returns what reads the logs of a run's jobs, one behind the other in the order of their ids. GitHub shows the log of a
 * job when the job is over, and packs those of the whole run into an archive only when the run is; so this is what
 * can be had first, and of any length. A position counts the characters that are given of these logs.
 */
export function createJobLogs({ requests, name, repository }: JobLogsOptions): {
  read(jobs: readonly WorkflowJob[], from: number, sink: LogSink, signal: AbortSignal): Promise<number>;
} {
  // How long the logs are that were read: a later look does not fetch them again.
  const lengths = new Map<number, number>();
  return {
    read: async (jobs, from, sink, signal) => {
      let position = 0;
      for (const { id, isOver } of jobs.toSorted((a, b) => a.id - b.id)) {
        if (!isOver) return Math.max(position, from);
        const known = lengths.get(id);
        if (known !== undefined && position + known <= from) {
          position += known;
          continue;
        }
        const text = decoded(sink, Math.max(0, from - position), withoutTimes());
        const { status } = await requests.receive({ url: `${repository}/actions/jobs/${id}/logs` }, text.take, signal);
        await text.end();
        // It comes a little after the end of its job; where all is over, it never will.
        const isMissing = status === 404 || status === 410;
        if (isMissing && jobs.some((job) => !job.isOver)) return Math.max(position, from);
        if (status !== 200 && !isMissing) throw refusedStatus(name, `GET the log of job ${id}`, status, '');
        lengths.set(id, text.characters());
        position += text.characters();
      }
      return Math.max(position, from);
    },
  };
}

// The mark of UTF-8 stands before the first line, also where there is none.
const time = /^\uFEFF?(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z )?/;
const timeLength = 30;

/**
 * Returns what takes away the time that GitHub puts before each line: patterns look for what the job has said. Text
 * comes in pieces; null is its end.
 */
function withoutTimes(): (text: string | null) => string {
  let start = '';
  let isStart = true;
  return (text) => {
    if (text === null) return start.replace(time, '');
    let given = '';
    for (const part of text.split(/(?<=\n)/)) {
      if (!isStart) given += part;
      else {
        start += part;
        if (start.length < timeLength && !start.endsWith('\n')) continue;
        given += start.replace(time, '');
        start = '';
      }
      isStart = part.endsWith('\n');
    }
    return given;
  };
}
