import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../scripts/tools.ts';
import { startServerProcess } from './server-process.ts';

export interface RealNginx {
  readonly url: string;
  /** Of the shell above it. */
  readonly pid: number;
  close(): Promise<void>;
}

export interface RealNginxOptions {
  /** An existing folder for configuration and temporary files. */
  readonly root: string;
  /** The folder that is served. */
  readonly served: string;
}

/** Starts nginx on loopback as a server of static files, as image servers are. */
export async function startRealNginx({ root, served }: RealNginxOptions): Promise<RealNginx> {
  const server = await startServerProcess({
    program: tool('nginx'),
    prepare: async (port) => {
      const file = join(root, 'nginx.conf');
      await writeFile(file, configText(port, root, served));
      return ['-e', 'stderr', '-p', root, '-c', file];
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, pid: server.pid, close: server.close };
}

function configText(port: number, root: string, served: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    ${userInfo().uid === 0 ? 'user root;' : ''} # the folder is open to its owner only
    worker_processes 1;
    pid ${join(root, 'nginx.pid')};
    error_log stderr warn;
    events { worker_connections 256; }
    http {
      access_log off;
      sendfile on; # as Debian configures it
      tcp_nopush on;
      default_type application/octet-stream;
      ${temporary.map((name) => `${name}_temp_path ${join(root, name)};`).join('\n      ')}
      server {
        listen 127.0.0.1:${port};
        root ${served};
        autoindex on;
      }
    }
  `;
}
