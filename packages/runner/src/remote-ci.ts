import type { RunRequest } from './runner.ts';

/** A run at another system. */
export interface RemoteRun {
  /** What that system calls it. */
  readonly id: string;
  /** Its page there. */
  readonly url: string;
}

export type RemoteState =
  | { readonly phase: 'queued' | 'running' }
  | {
      readonly phase: 'ended';
      readonly result: 'success' | 'failure' | 'timed-out' | 'cancelled' | 'lost';
      /** What the system says of it, such as `UNSTABLE`. */
      readonly said: string;
    };

/** A request as another system is asked for it. */
export interface RemoteRequest extends RunRequest {
  /** What `standing` said before the run was asked for: none of these is it. Absent: it was not asked for yet. */
  readonly before?: readonly string[];
}

/** Takes text of a log in order. */
export type LogSink = (text: string) => Promise<void> | void;

/**
 * A CI system that runs jobs for us. What waits, times out, cancels and remembers stands around it, alike for all of
 * them. Everything rejects with a RunnerError, or with the reason of an aborted signal.
 */
export interface RemoteCi {
  /** For messages, such as `Jenkins at https://ci.example.org`. */
  readonly name: string;
  /** Returns the run that was started with the request's key, or null. It is asked there: its memory outlives ours. */
  find(request: RemoteRequest, signal: AbortSignal): Promise<RemoteRun | null>;
  /**
   * Returns what tells the runs that are there from those that come, for a system that keeps no key: asked just before
   * `start`, written down, and given to `find`. Absent where the key tells.
   */
  standing?(request: RunRequest, signal: AbortSignal): Promise<readonly string[]>;
  /** Asks for a run. Null when that was taken and the run cannot be seen yet: then `find` will find it. */
  start(request: RunRequest, signal: AbortSignal): Promise<RemoteRun | null>;
  state(run: RemoteRun, signal: AbortSignal): Promise<RemoteState>;
  /** Asks for its end; one that has ended is fine. */
  cancel(run: RemoteRun, signal: AbortSignal): Promise<void>;
  /** Gives the log from the character `from` on to the sink, as far as there is one, and returns where it ended. */
  readLog(run: RemoteRun, from: number, sink: LogSink, signal: AbortSignal): Promise<number>;
  /** Fetches its report files (JUnit, subunit) into the folder; without any the folder stays empty. */
  fetchReports(run: RemoteRun, folder: string, signal: AbortSignal): Promise<void>;
}
