import { withoutEndSlash } from '@tagflow/http';
import type { SFTPWrapper } from 'ssh2';
import { parseFingerprint } from './known-hosts.ts';
import type { Done, SftpConnection, SshAccess } from './sftp-connection.ts';
import { asStoreError } from './sftp-error.ts';

/** A folder behind an SFTP server, and the way there. */
export interface SftpPlace {
  /** The store's URL. */
  readonly name: string;
  /** The folder's absolute path on the server, '' for its root. */
  readonly folder: string;
  /** Returns the absolute path on the server. */
  at(path: string): string;
  /** Returns the open session, or a new one. */
  connection(): Promise<SftpConnection>;
  /** Runs one request that needs no open file; errors name the path. */
  call<Value>(path: string, start: (sftp: SFTPWrapper, done: Done<Value>) => void): Promise<Value>;
  close(): Promise<void>;
}

/**
 * Returns the place of an sftp URL. It connects at the first call, and again after a lost connection.
 * @throws StoreError `host-key` for a malformed fingerprint
 */
export function sftpPlace(url: URL, access: SshAccess, signal: AbortSignal): SftpPlace {
  const folder = withoutEndSlash(decodeURIComponent(url.pathname));
  const name = `sftp://${url.username}@${url.host}${withoutEndSlash(url.pathname)}`;
  const address = {
    host: url.hostname.replace(/^\[|\]$/g, ''), // of an IPv6 address
    port: Number(url.port || '22'),
    username: decodeURIComponent(url.username),
  };
  const told =
    access.fingerprint === undefined ? access : { ...access, fingerprint: parseFingerprint(access.fingerprint) };
  let current: Promise<SftpConnection> | null = null;

  async function connection(): Promise<SftpConnection> {
    signal.throwIfAborted();
    const asked = current;
    const open = await asked?.catch(() => null);
    if (open?.isOpen() === true) return open;
    // The first of those that wait here connects; the others get its session.
    if (current !== asked) return connection();
    // Loaded when it is needed: most runs never speak SSH, and its library is half of the start-up time.
    current = import('./sftp-connection.ts').then(({ connectSftp }) => connectSftp(address, told, signal));
    return current;
  }

  return {
    name,
    folder,
    at: (path) => (path === '' ? folder || '/' : `${folder}/${path}`),
    connection,
    call: async (path, start) => {
      try {
        return await (await connection()).call(start);
      } catch (error) {
        throw asStoreError(`${name}/${path}`, error);
      }
    },
    close: async () => {
      const open = await current?.catch(() => null);
      open?.end();
    },
  };
}

/** Makes a callback of ssh2 that says only whether it worked. */
export function ending(done: Done<void>): (error?: Error | null) => void {
  return (error) => done(error, undefined);
}
