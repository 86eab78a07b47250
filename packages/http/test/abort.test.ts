import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { createTransfer } from '../src/index.ts';

test('what was aborted is not sent later, and a closed pool opens no connection', async (t) => {
  const abort = new AbortController();
  let connections = 0;
  let asked = 0;
  const server = createServer(() => {
    asked += 1; // and never answers
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const log = { debug() {}, info() {}, warning() {} };
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
  const transfer = createTransfer({ clock, log, signal: abort.signal }, { connections: 16 });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/`;
  const all = Array.from({ length: 64 }, () => transfer.request({ method: 'HEAD', url }).catch(() => null));
  while (asked < 8) await new Promise((resolve) => setTimeout(resolve, 10));
  abort.abort(new Error('stopped'));
  await Promise.all(all);
  const before = connections;
  transfer.close();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const open = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  t.deepEqual({ opened: connections - before, open, asked }, { opened: 0, open: 0, asked: 8 });
});
