import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../scripts/tools.ts';
import { runForeign } from './foreign.ts';
import { startServerProcess } from './server-process.ts';

export interface RealSshd {
  /** `sftp://user@127.0.0.1:PORT`, to be followed by an absolute path. */
  readonly url: string;
  /** Of the shell above it. */
  readonly pid: number;
  /** In OpenSSH form. */
  readonly privateKey: string;
  /** The file that the same key is in. */
  readonly privateKeyFile: string;
  /** A known_hosts file with the server's line. */
  readonly knownHosts: string;
  /** One that says another key of the same server, as after somebody took its place. */
  readonly otherKnownHosts: string;
  close(): Promise<void>;
}

export interface RealSshdOptions {
  /** True for a server that runs commands, too; else every command is an SFTP server. Default false. */
  readonly commands?: boolean;
}

export interface RealSshdOptions {
  /** Whether commands may be run as well. Default: SFTP alone. */
  readonly commands?: boolean;
}

/**
 * Starts OpenSSH's sshd with internal-sftp on loopback, for the user that runs this.
 * @param root an existing folder for keys and configuration
 */
export async function startRealSshd(root: string, { commands = false }: RealSshdOptions = {}): Promise<RealSshd> {
  const [hostKey, otherKey, clientKey] = [join(root, 'host'), join(root, 'other'), join(root, 'client')];
  for (const file of [hostKey, otherKey, clientKey]) {
    await runForeign('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  }
  const { uid, username } = userInfo();
  // Where sshd locks its unprivileged half in; a service file makes it elsewhere.
  if (uid === 0) await mkdir('/run/sshd', { recursive: true });
  const server = await startServerProcess({
    program: tool('sshd'),
    prepare: async (port) => {
      const file = join(root, 'sshd_config');
      await writeFile(file, `${configLines(port, hostKey, clientKey, commands).join('\n')}\n`);
      return ['-D', '-e', '-f', file];
    },
  });
  const knownHosts = async (keyFile: string): Promise<string> => {
    const key = await readFile(`${keyFile}.pub`, 'utf8');
    await writeFile(`${keyFile}.known`, `[127.0.0.1]:${server.port} ${key}`);
    return `${keyFile}.known`;
  };
  return {
    url: `sftp://${username}@127.0.0.1:${server.port}`,
    pid: server.pid,
    privateKey: await readFile(clientKey, 'utf8'),
    privateKeyFile: clientKey,
    knownHosts: await knownHosts(hostKey),
    otherKnownHosts: await knownHosts(otherKey),
    close: server.close,
  };
}

function configLines(port: number, hostKey: string, clientKey: string, commands: boolean): readonly string[] {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${clientKey}.pub`,
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    'UsePAM no',
    'StrictModes no', // the folder is a temporary one
    'PidFile none',
    'Subsystem sftp internal-sftp',
    ...(commands ? [] : ['ForceCommand internal-sftp']),
    'DisableForwarding yes',
  ];
}
