import { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, connect } from 'node:net';
import { startLabSftpServer } from '@tagflow/lab';
import test from 'ava';
import ssh2 from 'ssh2';
import { holdWrites, prepareKeys } from '../src/sftp-socket.ts';
import { temporaryFolder } from './world.ts';

test('what is written in one tick leaves together', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.teardown(() => {
    socket.destroy();
    server.close();
  });
  await once(socket, 'connect');
  const hold = holdWrites(socket);
  hold();
  socket.write('a');
  hold();
  socket.write('b');
  t.is(socket.writableLength, 2);
  await new Promise((resolve) => process.nextTick(resolve));
  t.is(socket.writableCorked, 0);
});

test('ssh2 has the fields whose keys are prepared, and speaks on with them', async (t) => {
  const server = await startLabSftpServer({ root: await temporaryFolder() });
  t.teardown(server.close);
  const { hostname, port, username } = new URL(server.url);
  const client = new ssh2.Client();
  client.on('error', () => undefined); // the server goes first at the end
  client.connect({ host: hostname, port: Number(port), username, privateKey: server.privateKey });
  t.teardown(() => client.end());
  await once(client, 'ready');
  prepareKeys(client);
  const protocol = Reflect.get(client, '_protocol') as Record<string, object>;
  t.true(Reflect.get(protocol['_cipher'] ?? {}, '_encKey') instanceof KeyObject);
  t.true(Reflect.get(protocol['_decipher'] ?? {}, '_decipherKey') instanceof KeyObject);
  const names = await new Promise((resolve, reject) => {
    client.sftp((error, sftp) =>
      error ? reject(error) : sftp.readdir('/', (failed, list) => resolve(failed ?? list)),
    );
  });
  t.deepEqual(names, []);
});

test('a client of another make is left as it is', (t) => {
  const strange = { _protocol: { _cipher: { _encKey: 'text' } } };
  prepareKeys(strange as unknown as ssh2.Client);
  prepareKeys({} as ssh2.Client);
  t.deepEqual(strange, { _protocol: { _cipher: { _encKey: 'text' } } });
});
