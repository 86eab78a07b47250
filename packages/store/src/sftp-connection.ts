import { connect } from 'node:net';
import ssh2 from 'ssh2';
import type { SFTPWrapper } from 'ssh2';
import { StoreError } from './error.ts';
import { knownKeysOf } from './known-hosts.ts';
import { type CommandResult, runCommand } from './sftp-command.ts';
import { knownAlgorithms, refuseHostKey } from './sftp-host-key.ts';
import { holdWrites, prepareKeys } from './sftp-socket.ts';

/** How to log in, and how to know the server. One of `knownHosts` and `fingerprint` is needed. */
export interface SshAccess {
  /** An OpenSSH or PKCS#1/SEC 1 PEM private key without a passphrase. */
  readonly privateKey: string;
  /** The text of a known_hosts file. */
  readonly knownHosts?: string;
  /** `SHA256:` and base64 of the server's key, as ssh-keygen -l prints it. */
  readonly fingerprint?: string;
}

export interface SftpAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
}

/** A callback of ssh2. */
export type Done<Value> = (error: Error | null | undefined, value: Value) => void;

/** One logged-in SFTP session. */
export interface SftpConnection {
  /** Most bytes of one read request and of one write request. */
  readonly pieceSize: { read: number; readonly write: number };
  /** Memory for pieces that are being read, to be used again. */
  readonly buffers: Buffer[];
  /** Runs one request. Rejects when the connection ends first, which ssh2 alone would not do for late requests. */
  call<Value>(start: (sftp: SFTPWrapper, done: Done<Value>) => void): Promise<Value>;
  /** Tells whether the server said that it has an extension, in version 1. */
  offers(extension: string): boolean;
  /** Runs a command beside the SFTP session; null where the server runs none. Ends with the connection or the signal. */
  run(command: string, signal: AbortSignal): Promise<CommandResult | null>;
  isOpen(): boolean;
  end(): void;
}

// OpenSSH's own limit, and what fits into the largest answer that ssh2 takes (256 KiB); 32 KiB is what every server has
// to take (draft-ietf-secsh-filexfer-02 §3).
const largestPiece = 255 * 1024;
const safePiece = 32 * 1024;

/**
 * Returns a session with a server whose host key is known.
 * @throws StoreError `host-key`, `denied`, `unreachable`
 */
export async function connectSftp(
  address: SftpAddress,
  access: SshAccess,
  signal: AbortSignal,
): Promise<SftpConnection> {
  signal.throwIfAborted();
  const where = `${address.host}:${address.port}`;
  const known = knownKeysOf(access.knownHosts ?? '', address.host, address.port);
  const key = checkPrivateKey(access.privateKey, where);
  let keyRefusal: StoreError | null = null;

  const client = new ssh2.Client();
  const socket = connect(address.port, address.host);
  // Many requests are small and answered one by one: waiting to fill packets would cost 40 ms each.
  socket.setNoDelay(true);
  const hold = holdWrites(socket);
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  client.on('close', () => signal.removeEventListener('abort', abort));

  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    const fail = (cause: Error): void => {
      socket.destroy();
      reject(signal.aborted ? signal.reason : (keyRefusal ?? connectionError(where, address.username, cause)));
    };
    client.on('error', fail);
    client.on('close', () => fail(new Error('the server closed the connection')));
    client.on('ready', () => client.sftp((error, session) => (error ? fail(error) : resolve(session))));
    client.connect({
      sock: socket,
      username: address.username,
      privateKey: key,
      readyTimeout: 30_000,
      keepaliveInterval: 15_000,
      algorithms: knownAlgorithms(known),
      hostVerifier: (hostKey: Buffer) => {
        keyRefusal = refuseHostKey(hostKey, known, access.fingerprint, where);
        return keyRefusal === null;
      },
    });
    // Before ssh2's own listener: what it sends while it reads an answer goes out together as well.
    socket.prependListener('data', hold);
  });
  prepareKeys(client);
  return keepOpen(client, sftp, hold, where, signal);
}

function keepOpen(
  client: ssh2.Client,
  sftp: SFTPWrapper,
  hold: () => void,
  where: string,
  signal: AbortSignal,
): SftpConnection {
  const waiting = new Set<(error: unknown) => void>();
  let open = true;
  const lost = (): unknown =>
    signal.aborted ? signal.reason : new StoreError('unreachable', `${where}: the SSH connection was lost`);
  const close = (): void => {
    open = false;
    for (const reject of waiting) reject(lost());
    waiting.clear();
  };
  client.on('close', close);
  sftp.on('close', close);

  async function untilLost<Value>(start: (done: Done<Value>) => void): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (!open) return reject(lost());
      waiting.add(reject);
      hold();
      start((error, value) => {
        waiting.delete(reject);
        if (!error) resolve(value);
        // ssh2 ends open requests with this text when the connection goes, before it says that it went.
        else if (error.message === 'No response from server') reject(lost());
        else reject(error);
      });
    });
  }

  return {
    pieceSize: { read: limitOf(sftp, '_maxReadLen'), write: limitOf(sftp, '_maxWriteLen') },
    buffers: [],
    isOpen: () => open,
    end: () => void client.end(),
    call: (start) => untilLost((done) => start(sftp, done)),
    offers: (extension) => extensionOf(sftp, extension) === '1',
    run: (command, until) => untilLost((done) => runCommand(client, command, until, done)),
  };
}

// ssh2 (1.17) asks limits@openssh.com for these when it connects, and has no public word for them.
function limitOf(sftp: SFTPWrapper, field: '_maxReadLen' | '_maxWriteLen'): number {
  const limit: unknown = Reflect.get(sftp, field);
  return typeof limit === 'number' && limit > 0 ? Math.min(limit, largestPiece) : safePiece;
}

// Nor for these: its calls throw when the extension is missing, which is too late to plan without it.
function extensionOf(sftp: SFTPWrapper, name: string): unknown {
  const extensions: unknown = Reflect.get(sftp, '_extensions');
  return typeof extensions === 'object' && extensions !== null ? Reflect.get(extensions, name) : undefined;
}

function checkPrivateKey(privateKey: string, where: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  const first = Array.isArray(parsed) ? parsed[0] : parsed;
  if (first !== undefined && !(first instanceof Error) && first.isPrivateKey()) return privateKey;
  throw new StoreError(
    'denied',
    `${where}: the SSH key cannot be used: ${first instanceof Error ? first.message : 'it is not a private key'}`,
    {
      outcome: 'invalid',
      next: 'Give a private key without passphrase in OpenSSH form: ssh-keygen -p -N "" -f KEYFILE converts it.',
    },
  );
}

function connectionError(where: string, username: string, cause: Error): StoreError {
  const level = 'level' in cause ? cause.level : undefined;
  if (level === 'client-authentication') {
    return new StoreError('denied', `${where}: the server lets ${username} not in with this key`, {
      cause,
      next: `Give the private key whose public half is among the authorized keys of ${username} there.`,
    });
  }
  return new StoreError('unreachable', `${where}: ${cause.message}`, { cause });
}
