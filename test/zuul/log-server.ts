import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';

/** Serves a folder, as the web server of a CI's logs does: a path with a slash at its end lists names. */
export async function startLogServer(folder: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  await mkdir(folder, { recursive: true });
  const server = createServer((request, response) => {
    const path = join(folder, decodeURIComponent(new URL(request.url ?? '/', 'http://logs').pathname));
    const missing = (): void => void response.writeHead(404).end('not here\n');
    stat(path).then(async (found) => {
      if (found.isFile()) createReadStream(path).once('error', missing).pipe(response);
      else response.end(`${(await readdir(path)).join('\n')}\n`);
    }, missing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
