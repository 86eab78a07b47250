import { channel } from 'node:diagnostics_channel';
import { open } from 'node:fs/promises';
import type { ClientRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { countRequests } from '../containers/access-log.ts';

/** How often each kind of request was sent, such as `HEAD manifest` or `symlink`. */
export type Kinds = ReadonlyMap<string, number>;

/** What one promotion asked of every server; see {@link countAll}. */
export interface Counter {
  /** Returns what was asked of each server since the last call, or since the start. */
  take(): Promise<ReadonlyMap<string, Kinds>>;
  end(): void;
}

export interface Counted {
  /** Registries by name, each with its access log. */
  readonly logs: ReadonlyMap<string, string>;
  /** Hosts and ports of DLRN: its API and its tree. */
  readonly dlrn: readonly string[];
}

/**
 * Counts what this process asks of servers. A registry tells by itself; sshd and DLRN do not, so their clients are
 * listened to.
 */
export async function countAll({ logs, dlrn }: Counted): Promise<Counter> {
  let heard = new Map<string, Map<string, number>>();
  const count = (server: string, kind: string): void => {
    const kinds = heard.get(server) ?? new Map<string, number>();
    heard.set(server, kinds.set(kind, (kinds.get(kind) ?? 0) + 1));
  };
  const positions = new Map<string, number>();
  const readLog = async (file: string): Promise<Kinds> => {
    const { text, end } = await readSettled(file, positions.get(file) ?? 0);
    positions.set(file, end);
    return new Map(Object.entries(countRequests(text).byKind));
  };
  for (const file of logs.values()) await readLog(file);
  const hear = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest };
    if (dlrn.includes(String(request.getHeader('host')))) count('DLRN', `${request.method} ${dlrnKind(request.path)}`);
  };
  const started = channel('http.client.request.start');
  started.subscribe(hear);
  const quiet = listenToSftp((kind) => count('images', kind));
  return {
    async take() {
      const taken = heard;
      heard = new Map();
      const registries: [string, Kinds][] = [];
      for (const [name, file] of logs) registries.push([name, await readLog(file)]);
      return new Map<string, Kinds>([...registries, ...taken]);
    },
    end() {
      started.unsubscribe(hear);
      quiet();
    },
  };
}

function dlrnKind(path: string): string {
  return /\/api\/([^?]+)/.exec(path)?.[1] ?? 'file';
}

/** A request is logged after it was answered. */
async function readSettled(file: string, from: number): Promise<{ readonly text: string; readonly end: number }> {
  const handle = await open(file);
  try {
    let [before, { size }] = [-1, await handle.stat()];
    while (size !== before) {
      before = size;
      await sleep(100);
      ({ size } = await handle.stat());
    }
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return { text: buffer.toString('utf8', 0, bytesRead), end: from + bytesRead };
  } finally {
    await handle.close();
  }
}

// Every one sends one request of SFTP.
const calls = [
  ...['open', 'close', 'read', 'write', 'fstat', 'stat', 'lstat', 'opendir', 'readdir', 'mkdir', 'rmdir', 'unlink'],
  ...['readlink', 'symlink', 'rename', 'setstat', 'fsetstat', 'realpath', 'ext_openssh_rename', 'ext_openssh_fsync'],
];

/** Nobody but the session's own calls knows what goes over the wire: OpenSSH's server tells it to a syslog alone. */
function listenToSftp(count: (kind: string) => void): () => void {
  type Opened = (error: Error | undefined, session: object) => void;
  const prototype = ssh2.Client.prototype as unknown as { sftp: (done: Opened) => unknown };
  const { sftp } = prototype;
  prototype.sftp = function (done) {
    return sftp.call(this, (error, session) => {
      if (error === undefined) countCalls(session, count);
      done(error, session);
    });
  };
  return () => void (prototype.sftp = sftp);
}

function countCalls(session: object, count: (kind: string) => void): void {
  for (const name of calls) {
    const call: unknown = Reflect.get(session, name);
    if (typeof call !== 'function') continue;
    Reflect.set(session, name, (...args: readonly unknown[]): unknown => {
      count(name.replace('ext_openssh_', 'posix-'));
      return Reflect.apply(call, session, args);
    });
  }
}
