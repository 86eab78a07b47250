import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tool } from '../../scripts/tools.ts';
import { runForeign } from './foreign.ts';
import { startServerProcess } from './server-process.ts';

export interface RealRegistry {
  readonly url: string;
  /** As docker config files call it: `127.0.0.1:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

export interface RealRegistryOptions {
  /** An existing folder for data and configuration. */
  readonly root: string;
  /** Who may read and write; everybody if absent. */
  readonly account?: { readonly username: string; readonly password: string };
}

/** Starts Debian's docker-registry (Distribution 2.8) on loopback. */
export async function startRealRegistry({ root, account }: RealRegistryOptions): Promise<RealRegistry> {
  const passwords = join(root, 'htpasswd');
  if (account !== undefined) {
    const { username, password } = account;
    // The cheapest bcrypt: the registry computes one for every request.
    await writeFile(passwords, await runForeign('htpasswd', ['-niB', '-C', '4', username], { stdin: password }));
  }
  await mkdir(join(root, 'data'));
  const server = await startServerProcess({
    program: tool('docker-registry'),
    prepare: async (port) => {
      const file = join(root, 'config.json'); // JSON is YAML
      const config = {
        version: '0.1',
        log: { level: 'error', accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: join(root, 'data') }, cache: { blobdescriptor: 'inmemory' } },
        http: { addr: `127.0.0.1:${port}`, secret: 'for uploads of one process' },
        ...(account === undefined ? {} : { auth: { htpasswd: { realm: 'peers', path: passwords } } }),
      };
      await writeFile(file, JSON.stringify(config));
      return ['serve', file];
    },
  });
  const host = `127.0.0.1:${server.port}`;
  return { url: `http://${host}`, host, close: server.close };
}
