import ssh2 from 'ssh2';
import type { ServerHostKeyAlgorithm, SFTPWrapper } from 'ssh2';
import { StoreError } from './error.ts';
import { fingerprintOf, judgeHostKey, knownKeysOf, type KnownKey } from './known-hosts.ts';

/** How to log in, and how to know the server. One of `knownHosts` and `fingerprint` is needed. */
export interface SshAccess {
  /** An OpenSSH or PKCS#1/SEC 1 PEM private key without a passphrase. */
  readonly privateKey: string;
  /** The text of a known_hosts file. */
  readonly knownHosts?: string;
  /** `SHA256:` and base64 of the server's key. */
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
  /** Runs one request. Rejects when the connection ends first, which ssh2 alone would not do for late requests. */
  call<Value>(start: (sftp: SFTPWrapper, done: Done<Value>) => void): Promise<Value>;
  isOpen(): boolean;
  end(): void;
}

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
  const abort = (): void => void client.destroy();
  signal.addEventListener('abort', abort, { once: true });
  client.on('close', () => signal.removeEventListener('abort', abort));

  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    const fail = (cause: Error): void => {
      client.destroy();
      reject(signal.aborted ? signal.reason : (keyRefusal ?? connectionError(where, address.username, cause)));
    };
    client.on('error', fail);
    client.on('close', () => fail(new Error('the server closed the connection')));
    client.on('ready', () => client.sftp((error, session) => (error ? fail(error) : resolve(session))));
    client.connect({
      ...address,
      privateKey: key,
      readyTimeout: 30_000,
      keepaliveInterval: 15_000,
      algorithms: knownAlgorithms(known),
      hostVerifier: (hostKey: Buffer) => {
        keyRefusal = refuseHostKey(hostKey, known, access.fingerprint, where);
        return keyRefusal === null;
      },
    });
    // Requests are small and answered one by one: waiting to fill packets would cost 40 ms each.
    client.setNoDelay(true);
  });
  return keepOpen(client, sftp, where, signal);
}

function keepOpen(client: ssh2.Client, sftp: SFTPWrapper, where: string, signal: AbortSignal): SftpConnection {
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
  return {
    isOpen: () => open,
    end: () => void client.end(),
    call: (start) =>
      new Promise((resolve, reject) => {
        if (!open) return reject(lost());
        waiting.add(reject);
        start(sftp, (error, value) => {
          waiting.delete(reject);
          if (!error) resolve(value);
          // ssh2 ends open requests with this text when the connection goes, before it says that it went.
          else if (error.message === 'No response from server') reject(lost());
          else reject(error);
        });
      }),
  };
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

/** A server shows one key of its many: it must be asked for one of the kinds that are known of it. */
function knownAlgorithms(known: readonly KnownKey[]): { serverHostKey?: ServerHostKeyAlgorithm[] } {
  const wanted = [...new Set(known.filter((entry) => !entry.revoked).map((entry) => entry.type))];
  const supported: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
    'ssh-ed25519': ['ssh-ed25519'],
    'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
    'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
    'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
    'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
  };
  const serverHostKey = wanted.flatMap((type) => supported[type] ?? []);
  return serverHostKey.length === 0 ? {} : { serverHostKey };
}

function refuseHostKey(
  key: Buffer,
  known: readonly KnownKey[],
  fingerprint: string | undefined,
  where: string,
): StoreError | null {
  const shown = fingerprintOf(key);
  const verdict = judgeHostKey(known, key);
  if (verdict === 'revoked') return new StoreError('host-key', `${where}: its host key ${shown} is revoked`);
  if (verdict === 'known' || fingerprint === shown) return null;
  if (verdict === 'changed' || fingerprint !== undefined) {
    return new StoreError('host-key', `${where}: its host key is ${shown}, another one than the known one`, {
      next: 'Find out why the key changed before you update known-hosts: this may be another server.',
    });
  }
  return new StoreError('host-key', `${where}: its host key ${shown} is not known`, {
    outcome: 'invalid',
    next: `Compare the fingerprint with what the server's owner says, then add the line of "ssh-keyscan" to known-hosts.`,
  });
}

function connectionError(where: string, username: string, cause: Error): StoreError {
  const level = 'level' in cause ? cause.level : undefined;
  if (level === 'client-authentication') {
    return new StoreError('denied', `${where}: the server lets ${username} not in with this key`, { cause });
  }
  return new StoreError('unreachable', `${where}: ${cause.message}`, { cause });
}
