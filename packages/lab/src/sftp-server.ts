import { realpath } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Connection, ServerChannel } from 'ssh2';
import { answerDigestCommand } from './sftp-commands.ts';
import { createSftpSession, type LabSftpRequest, sftpExtensions } from './sftp-session.ts';
import { fingerprintOf, generateSshKeys } from './ssh-keys.ts';
import { unwatched, type ServerWatch } from './watch.ts';

export interface LabSftpServerOptions {
  readonly root: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default `lab`. */
  readonly username?: string;
  /** False for a server without any, or the names of those it has. Default: all that the lab knows. */
  readonly extensions?: boolean | readonly (typeof sftpExtensions)[number][];
  /** True for a server that also runs a command that computes a file's sha256, and refuses others. Default false. */
  readonly commands?: boolean;
  /** Bytes of content that its disk takes; what does not fit any more fails as on a full disk. Default: any. */
  readonly capacity?: number;
  /** Asked before every request; a text fails the request with it, undefined lets it pass. */
  readonly fault?: (request: LabSftpRequest) => string | undefined;
  readonly watch?: ServerWatch;
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
  /** In their order; a command is one of the operation `exec`. */
  requests(): readonly LabSftpRequest[];
  /** Bytes of file content that came in by write requests and went out by read requests. */
  traffic(): { readonly received: number; readonly sent: number };
  /** Returns how many SFTP sessions there were. */
  sessions(): number;
  /** Cuts every connection, as a dying network does; the server goes on. */
  cutConnections(): void;
  /** Cuts every connection when that many more bytes of content have been written, in the middle of a request too. */
  cutAfter(bytes: number): void;
  close(): Promise<void>;
}

/**
 * Starts an SSH server on loopback that has SFTP version 3 over a folder and, when told so, one command, with the behaviour of OpenSSH's:
 * a plain rename onto an existing name fails, posix-rename replaces it. Keys are made at start and never stored.
 */
export async function startLabSftpServer(options: LabSftpServerOptions): Promise<LabSftpServer> {
  const root = await realpath(options.root);
  const username = options.username ?? 'lab';
  const host = generateSshKeys();
  const user = generateSshKeys();
  const requests: LabSftpRequest[] = [];
  const sockets = new Set<Socket>();
  const traffic = { received: 0, sent: 0 };
  let sessions = 0;
  let cutAt = Infinity;
  /** Raised by each cut: what older connections still have to do is dropped, as if the server had died. */
  let cuts = 0;
  const extensions = options.extensions ?? true;

  const server = new ssh2.Server({ hostKeys: [host.privateKey], ident: 'OpenSSH_9.2 tagflow-lab' }, (connection) => {
    connection.on('error', () => undefined);
    authenticate(connection, username, user.publicKey);
    connection.on('ready', () => {
      connection.on('session', (acceptSession) => {
        const session = acceptSession();
        session.on('subsystem', (accept, reject, info) => {
          if (info.name === 'sftp') serve(accept());
          else reject();
        });
        session.on('exec', (accept, reject, info) => {
          requests.push({ operation: 'exec', path: info.command });
          if (options.commands === true) void answerDigestCommand(root, info.command, accept());
          else reject();
        });
      });
    });
  });

  function serve(channel: ServerChannel): void {
    const born = cuts;
    sessions += 1;
    const session = createSftpSession({
      root,
      watch: options.watch ?? unwatched,
      extensions: extensions === true ? sftpExtensions : extensions === false ? [] : extensions,
      onRequest: (seen) => {
        requests.push(seen);
        return options.fault?.(seen);
      },
      onWrite: (bytes) => {
        const taken = Math.min(bytes, cutAt - traffic.received, (options.capacity ?? Infinity) - traffic.received);
        traffic.received += taken;
        if (traffic.received >= cutAt) cutConnections();
        return taken;
      },
      onRead: (bytes) => {
        traffic.sent += bytes;
      },
    });
    answerPackets(channel, session.answer, () => born === cuts);
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
  function cutConnections(): void {
    cuts += 1;
    cutAt = Infinity;
    for (const socket of sockets) socket.destroy();
  }
  return {
    url: `sftp://${username}@127.0.0.1:${port}`,
    hostKey: `[127.0.0.1]:${port} ssh-ed25519 ${host.publicKey.toString('base64')}`,
    fingerprint: fingerprintOf(host.publicKey),
    privateKey: user.privateKey,
    requests: () => requests,
    sessions: () => sessions,
    traffic: () => ({ ...traffic }),
    cutConnections,
    cutAfter: (bytes) => {
      cutAt = traffic.received + bytes;
    },
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
function answerPackets(
  channel: ServerChannel,
  answer: (bytes: Buffer) => Promise<Buffer>,
  isAlive: () => boolean,
): void {
  let pending: Buffer = Buffer.alloc(0);
  let last: Promise<void> = Promise.resolve();
  channel.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE()) {
      const end = 4 + pending.readUInt32BE();
      const packet = Buffer.from(pending.subarray(4, end));
      pending = pending.subarray(end);
      last = last.then(async () => {
        if (!isAlive()) return;
        const reply = await answer(packet);
        if (channel.writable) channel.write(reply);
      });
    }
  });
}
