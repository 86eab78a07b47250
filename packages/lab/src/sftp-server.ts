import { realpath } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Connection, ServerChannel } from 'ssh2';
import { createSftpSession, type LabSftpRequest } from './sftp-session.ts';
import { fingerprintOf, generateSshKeys } from './ssh-keys.ts';

export interface LabSftpServerOptions {
  readonly root: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default `lab`. */
  readonly username?: string;
  /** False for a server without posix-rename and fsync. Default true. */
  readonly extensions?: boolean;
  /** Asked before every request; a text fails the request with it, undefined lets it pass. */
  readonly fault?: (request: LabSftpRequest) => string | undefined;
}

export interface LabSftpServer {
  /** Such as `sftp://lab@127.0.0.1:41234`: its root is the served folder. */
  readonly url: string;
  /** A line for a known_hosts file. */
  readonly hostKey: string;
  /** `SHA256:` and base64, as ssh-keygen -l prints it. */
  readonly fingerprint: string;
  /** The only key that may log in, in OpenSSH's PEM form; made at start. */
  readonly privateKey: string;
  requests(): readonly LabSftpRequest[];
  /** Cuts every connection, as a dying network does; the server goes on. */
  cutConnections(): void;
  close(): Promise<void>;
}

/**
 * Starts an SSH server on loopback that has nothing but SFTP version 3 over a folder, with the behaviour of OpenSSH's:
 * a plain rename onto an existing name fails, posix-rename replaces it. Keys are made at start and never stored.
 */
export async function startLabSftpServer(options: LabSftpServerOptions): Promise<LabSftpServer> {
  const root = await realpath(options.root);
  const username = options.username ?? 'lab';
  const host = generateSshKeys();
  const user = generateSshKeys();
  const requests: LabSftpRequest[] = [];
  const sockets = new Set<Socket>();

  const server = new ssh2.Server({ hostKeys: [host.privateKey], ident: 'OpenSSH_9.2 tagflow-lab' }, (connection) => {
    connection.on('error', () => undefined);
    authenticate(connection, username, user.publicKey);
    connection.on('ready', () => {
      connection.on('session', (acceptSession) => {
        acceptSession().on('subsystem', (accept, reject, info) => {
          if (info.name === 'sftp') serve(accept());
          else reject();
        });
      });
    });
  });

  function serve(channel: ServerChannel): void {
    const session = createSftpSession({
      root,
      extensions: options.extensions ?? true,
      onRequest: (seen) => {
        requests.push(seen);
        return options.fault?.(seen);
      },
    });
    answerPackets(channel, session.answer);
    channel.on('end', () => {
      // OpenSSH's client waits for the server to say goodbye.
      channel.exit(0);
      channel.end();
    });
    channel.on('close', () => void session.close());
  }

  // ssh2's own listener keeps no list of its sockets, and closing it would wait for clients that never leave.
  const listener = createServer((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = listener.address() as AddressInfo;
  const cutConnections = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: `sftp://${username}@127.0.0.1:${port}`,
    hostKey: `[127.0.0.1]:${port} ssh-ed25519 ${host.publicKey.toString('base64')}`,
    fingerprint: fingerprintOf(host.publicKey),
    privateKey: user.privateKey,
    requests: () => requests,
    cutConnections,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        cutConnections();
      }),
  };
}

function authenticate(connection: Connection, username: string, publicKey: Buffer): void {
  connection.on('authentication', (attempt) => {
    if (attempt.method !== 'publickey') return attempt.reject(['publickey']);
    if (attempt.username !== username || !attempt.key.data.equals(publicKey)) return attempt.reject();
    // The first publickey message only asks whether this key would do; the second one carries the signature.
    if (attempt.signature === undefined) return attempt.accept();
    const parsed = ssh2.utils.parseKey(`${attempt.key.algo} ${publicKey.toString('base64')}`);
    if (parsed instanceof Error || attempt.blob === undefined) return attempt.reject();
    if (parsed.verify(attempt.blob, attempt.signature, attempt.hashAlgo) === true) attempt.accept();
    else attempt.reject();
  });
}

/** Cuts the stream into packets and writes the answers in the order of the requests. */
function answerPackets(channel: ServerChannel, answer: (bytes: Buffer) => Promise<Buffer>): void {
  let pending: Buffer = Buffer.alloc(0);
  let last: Promise<void> = Promise.resolve();
  channel.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE()) {
      const end = 4 + pending.readUInt32BE();
      const packet = Buffer.from(pending.subarray(4, end));
      pending = pending.subarray(end);
      last = last.then(async () => {
        const reply = await answer(packet);
        if (channel.writable) channel.write(reply);
      });
    }
  });
}
