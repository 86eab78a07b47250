import type { LabCall } from '@tagflow/lab';

/** Whom a command talks to. */
export type Server = LabCall['server'] | 'ledger';

export const servers: readonly Server[] = ['dlrn', 'rdo', 'docker', 'images', 'sftp', 'ledger'];

/**
 * When a process dies: before a call has done anything; when it has done all, but its answer is not there yet; or `at` a
 * call that changes nothing, where the two are one: the process knows as much, and so does the world.
 */
export const moments = ['before', 'after', 'at'] as const;
export type Moment = (typeof moments)[number];

/** One call of a command. Calls are made side by side: what and which time tell it again in another run, its place does not. */
export interface Call {
  readonly server: Server;
  readonly what: string;
  /** Which of the calls of that server that ask the same, from 1. */
  readonly occurrence: number;
  /** Of the ledger: whether nobody else can see what it did yet. */
  readonly inTransaction?: boolean;
}

/** Where a process dies. */
export interface Point extends Call {
  readonly moment: Moment;
}

/** Returns a point as people read it and as `--match` looks for it. */
export function describePoint({ moment, server, what, occurrence }: Point): string {
  return `${moment} ${server}: ${what} #${occurrence}`;
}

/** Counts calls, so that each gets its {@link Call.occurrence}. */
export function createCounter(): (server: Server, what: string) => Call {
  const seen = new Map<string, number>();
  return (server, what) => {
    const key = `${server} ${what}`;
    const occurrence = (seen.get(key) ?? 0) + 1;
    seen.set(key, occurrence);
    return { server, what, occurrence };
  };
}

export function isSameCall(one: Call, other: Call): boolean {
  return one.server === other.server && one.what === other.what && one.occurrence === other.occurrence;
}

/** Tells whether a call changes nothing that another process could see. */
export function isRead({ server, what, inTransaction }: Call): boolean {
  switch (server) {
    case 'sftp':
      return /^(?:init|limits@openssh\.com|(?:l|f)?stat|readlink|read|opendir|readdir|realpath)\b/.test(what);
    case 'ledger':
      // What a transaction has done so far is gone with the process.
      return inTransaction === true || /^(?:select|with)\b/i.test(what);
    default:
      return /^(?:GET|HEAD) /.test(what);
  }
}
