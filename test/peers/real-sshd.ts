import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../scripts/tools.ts';
import { runForeign } from './foreign.ts';
import { startServerProcess } from './server-process.ts';

export interface RealSshd {
  /** `sftp://user@127.0.0.1:PORT`, to be followed by an absolute path. */
  readonly url: string;
  /** In OpenSSH form. */
  readonly privateKey: string;
  /** The server's line of a known_hosts file. */
  readonly knownHosts: string;
  /** The line that another host key at the same place would have. */
  readonly strangerKnownHosts: string;
  close(): Promise<void>;
}

/**
 * Starts OpenSSH's sshd with internal-sftp on loopback, for the user that runs this.
 * @param root an existing folder for keys and configuration
 */
export async function startRealSshd(root: string): Promise<RealSshd> {
  const [hostKey, strangerKey, clientKey] = [join(root, 'host'), join(root, 'stranger'), join(root, 'client')];
  for (const file of [hostKey, strangerKey, clientKey]) {
    await runForeign('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  }
  const { uid, username } = userInfo();
  // Where sshd locks its unprivileged half in; a service file makes it elsewhere.
  if (uid === 0) await mkdir('/run/sshd', { recursive: true });
  const server = await startServerProcess({
    program: tool('sshd'),
    prepare: async (port) => {
      const file = join(root, 'sshd_config');
      await writeFile(file, `${configLines(port, hostKey, clientKey).join('\n')}\n`);
      return ['-D', '-e', '-f', file];
    },
  });
  const lineOf = async (file: string): Promise<string> =>
    `[127.0.0.1]:${server.port} ${(await readFile(`${file}.pub`, 'utf8')).trim()}\n`;
  return {
    url: `sftp://${username}@127.0.0.1:${server.port}`,
    privateKey: await readFile(clientKey, 'utf8'),
    knownHosts: await lineOf(hostKey),
    strangerKnownHosts: await lineOf(strangerKey),
    close: server.close,
  };
}

function configLines(port: number, hostKey: string, clientKey: string): readonly string[] {
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
    'ForceCommand internal-sftp',
    'DisableForwarding yes',
  ];
}
