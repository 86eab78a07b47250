/** A run of a job, as whoever plays the job sees it. */
export interface LabCiRun {
  readonly job: string;
  /** What the run was asked for with: parameters, inputs, variables. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Adds to its log. */
  write(text: string): void;
  /** Keeps a file that the job leaves. */
  keep(path: string, content: string | Buffer): void;
  /** Aborts when somebody ends the run. */
  readonly signal: AbortSignal;
}

/** How a run ends, in the words of the system, such as `SUCCESS`; what is thrown makes it a failure. */
export type LabCiJob<Run extends LabCiRun = LabCiRun> = (run: Run) => Promise<string>;

/** What somebody asked a system for. */
export interface LabCiRequest {
  readonly method: string;
  readonly path: string;
}

/** What a system does wrong for a while. Change it while it runs. */
export interface LabCiTroubles {
  /** So many requests more are answered with `status`. */
  count: number;
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Which ones: by method and path, such as `POST /x`; null: all. */
  only: RegExp | null;
}

export function noTroubles(): LabCiTroubles {
  return { count: 0, status: 503, headers: {}, only: null };
}

/** Returns true, and counts, when a request meets trouble. */
export function meetsTrouble(troubles: LabCiTroubles, { method, path }: LabCiRequest): boolean {
  if (troubles.count <= 0 || troubles.only?.test(`${method} ${path}`) === false) return false;
  troubles.count -= 1;
  return true;
}

/** What one run has brought so far. */
export interface LabCiRecord {
  readonly run: LabCiRun;
  readonly files: Map<string, Buffer>;
  log: string;
  /** Null while it goes on. */
  result: string | null;
  /** Who ended it; null: nobody did. */
  endedBy: string | null;
  readonly abort: AbortController;
  /** Resolves when it has ended. */
  readonly over: Promise<void>;
}

/** Starts a run. @param aborted its result when somebody has ended it @param failed when the job throws */
export function startRun<Run extends LabCiRun>(
  play: LabCiJob<Run>,
  job: string,
  parameters: Readonly<Record<string, string>>,
  {
    aborted,
    failed,
    more,
  }: { aborted: string; failed: string; more: (record: LabCiRecord) => Omit<Run, keyof LabCiRun> },
): LabCiRecord {
  const abort = new AbortController();
  const ended = Promise.withResolvers<void>();
  const files = new Map<string, Buffer>();
  const run: LabCiRun = {
    job,
    parameters,
    write: (text) => {
      if (record.result === null) record.log += text;
    },
    keep: (path, content) => void files.set(path, Buffer.from(content)),
    signal: abort.signal,
  };
  const record: LabCiRecord = { run, files, log: '', result: null, endedBy: null, abort, over: ended.promise };
  const end = (result: string): void => {
    record.result ??= result;
    ended.resolve();
  };
  abort.signal.addEventListener('abort', () => end(aborted));
  play({ ...run, ...more(record) } as Run).then(end, (error: unknown) => {
    run.write(`${String(error)}\n`);
    end(failed);
  });
  return record;
}
