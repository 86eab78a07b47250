import type { RunEffects, RunRequest } from '../runner.ts';

/** Machines that a broker lent. */
export interface NodesGrant {
  /** What the broker knows them by, to give them back. */
  readonly session: string;
  readonly hosts: readonly string[];
}

/** One try to get or to release nodes: the same try, made again, is the same one, and does nothing twice. */
export interface NodesTry {
  /** The job that they are for. */
  readonly request: Pick<RunRequest, 'name' | 'key' | 'logFile'>;
  readonly number: number;
}

/** Lends machines. */
export interface NodeBroker {
  /** Returns the nodes, or why there are none, as a sentence. They may be fewer than were asked for. */
  get(which: NodesTry, effects: RunEffects): Promise<NodesGrant | string>;
  /** Gives them back. Returns why that did not work, as a sentence, or null. */
  release(which: NodesTry, session: string, effects: RunEffects): Promise<string | null>;
}
