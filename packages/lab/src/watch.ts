/** A call to one of a lab's servers. */
export interface LabCall {
  readonly server: 'dlrn' | 'rdo' | 'docker' | 'images' | 'sftp';
  /** What was asked, such as `GET /api/repo_status` or `rename /a`: the same text for the same question. */
  readonly what: string;
}

/**
 * Stands around every call to a lab's servers. `serve` carries the call out and resolves when all that it does is done
 * and its answer is ready, but not yet sent. Who does not call `serve` keeps the call from doing anything; a rejection
 * keeps the answer back.
 */
export type LabWatch = <Answer>(call: LabCall, serve: () => Promise<Answer>) => Promise<Answer>;

/** {@link LabWatch} of one server. */
export type ServerWatch = <Answer>(what: string, serve: () => Promise<Answer>) => Promise<Answer>;

/** Lets every call pass. */
export const unwatched: ServerWatch = (_what, serve) => serve();
