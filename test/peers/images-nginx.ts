import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../scripts/tools.ts';
import { startServerProcess } from './server-process.ts';

/** What nginx noted about one answer. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
}

export interface ImagesNginx {
  readonly url: string;
  /** Returns every answer so far, in order. Those on the way are not among them. */
  answers(): Promise<readonly Answered[]>;
  close(): Promise<void>;
}

/**
 * Starts nginx on loopback over a folder of images, with a log of what it sent.
 * @param root an existing folder for configuration and temporary files
 * @param directives further ones for the location, such as `max_ranges 0;`
 */
export async function startImagesNginx(root: string, served: string, directives = ''): Promise<ImagesNginx> {
  const log = join(root, 'access.log');
  await writeFile(log, '');
  const server = await startServerProcess({
    program: tool('nginx'),
    prepare: async (port) => {
      const file = join(root, 'nginx.conf');
      await writeFile(file, configText(port, root, served, log, directives));
      return ['-e', 'stderr', '-p', root, '-c', file];
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    close: server.close,
    answers: async () => {
      const lines = (await readFile(log, 'utf8')).split('\n').slice(0, -1);
      return lines.map((line) => {
        const [method = '', path = '', status, bytes] = line.split(' ');
        return { method, path, status: Number(status), bytes: Number(bytes) };
      });
    },
  };
}

function configText(port: number, root: string, served: string, log: string, directives: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    ${userInfo().uid === 0 ? 'user root;' : ''} # the folder is open to its owner only
    worker_processes 1;
    pid ${join(root, 'nginx.pid')};
    error_log stderr error; # a file that is not there is asked for on purpose
    events { worker_connections 256; }
    http {
      log_format bytes '$request_method $uri $status $body_bytes_sent';
      access_log ${log} bytes;
      sendfile on; # as Debian configures it
      tcp_nopush on;
      keepalive_requests 100000;
      default_type application/octet-stream;
      ${temporary.map((name) => `${name}_temp_path ${join(root, name)};`).join('\n      ')}
      server {
        listen 127.0.0.1:${port};
        root ${served};
        location / {
          autoindex on;
          ${directives}
        }
      }
    }
  `;
}
