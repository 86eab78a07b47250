import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LabSftpServerOptions, startLabSftpServer } from '@tagflow/lab';
import test, { type ExecutionContext } from 'ava';
import { openStore } from '../src/open-store.ts';
import type { SshAccess } from '../src/sftp-connection.ts';
import type { Store } from '../src/store.ts';
import { collect, temporaryFolder, testEffects } from './world.ts';

async function start(
  t: ExecutionContext,
  options: Omit<LabSftpServerOptions, 'root'> = {},
  access: (server: { privateKey: string; hostKey: string; fingerprint: string; url: string }) => SshAccess = (
    server,
  ) => ({
    privateKey: server.privateKey,
    knownHosts: server.hostKey,
  }),
  signal?: AbortSignal,
) {
  const root = await temporaryFolder();
  const server = await startLabSftpServer({ root, ...options });
  const store: Store = openStore(server.url, { effects: testEffects(signal), ssh: access(server) });
  t.teardown(async () => {
    await store.close();
    await server.close();
  });
  return { root, server, store };
}

test('trusts a key by its fingerprint', async (t) => {
  const { store } = await start(t, {}, ({ privateKey, fingerprint }) => ({ privateKey, fingerprint }));
  t.deepEqual(await store.list(''), []);
});

test('refuses a server whose key is not known, before it logs in', async (t) => {
  const { store, server } = await start(t, {}, ({ privateKey }) => ({ privateKey }));
  const error = await t.throwsAsync(store.list(''), { code: 'host-key', message: /is not known/ });
  t.like(error, { outcome: 'invalid' });
  t.true(error?.message.includes(server.fingerprint));
  t.deepEqual(server.requests(), []);
});

test('refuses a server whose key is another one than the known one', async (t) => {
  const stranger = await startLabSftpServer({ root: await temporaryFolder() });
  t.teardown(stranger.close);
  const { store } = await start(t, {}, ({ privateKey, hostKey }) => {
    const [name = ''] = hostKey.split(' ');
    return { privateKey, knownHosts: [name, ...stranger.hostKey.split(' ').slice(1)].join(' ') };
  });
  const error = await t.throwsAsync(store.list(''), { code: 'host-key', message: /another one/ });
  t.like(error, { outcome: 'invalid' });
});

test('says when the key does not let the user in, or is no key', async (t) => {
  const stranger = await startLabSftpServer({ root: await temporaryFolder() });
  t.teardown(stranger.close);
  const wrong = await start(t, {}, ({ hostKey }) => ({ privateKey: stranger.privateKey, knownHosts: hostKey }));
  await t.throwsAsync(wrong.store.list(''), { code: 'denied', message: /lets lab not in/ });
  const none = await start(t, {}, ({ hostKey }) => ({ privateKey: 'secret stuff', knownHosts: hostKey }));
  const error = await t.throwsAsync(none.store.list(''), { code: 'denied', message: /cannot be used/ });
  t.like(error, { outcome: 'invalid' });
  t.false(error?.message.includes('secret stuff'));
});

test('refuses to replace anything on a server without posix-rename', async (t) => {
  const { root, store } = await start(t, { extensions: false });
  await writeFile(join(root, 'a'), 'old');
  await t.throwsAsync(store.write('a', 'new'), { code: 'not-supported', message: /posix-rename/ });
  t.is(await readFile(join(root, 'a'), 'utf8'), 'old');
  t.deepEqual(
    (await store.list('')).map((entry) => entry.name),
    ['a'],
  );
});

test('connects again after the connection was lost', async (t) => {
  const { root, server, store } = await start(t);
  await writeFile(join(root, 'a'), 'still here');
  t.is(await store.readText('a'), 'still here');
  server.cutConnections();
  const first = await store.readText('a').catch((error: unknown) => error);
  if (first !== 'still here') t.like(first, { code: 'unreachable', outcome: 'waiting' });
  t.is(await store.readText('a'), 'still here');
});

test('a connection that is lost in the middle of a write says so, and the part can be completed', async (t) => {
  let cut = (): void => undefined;
  let writes = 0;
  const { root, server, store } = await start(t, {
    fault: ({ operation }) => {
      if (operation === 'write' && ++writes === 5) cut();
      return undefined;
    },
  });
  cut = server.cutConnections;
  const bytes = Buffer.alloc(20 * 32 * 1024, 'abcdefghijk');
  const source = async function* (offset: number): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(offset);
  };
  await t.throwsAsync(store.append('part', source, { size: bytes.length }), { code: 'unreachable' });
  const written = await store.append('part', source, { size: bytes.length });
  t.true(written < bytes.length, `${written} bytes`);
  t.true(bytes.equals(await readFile(join(root, 'part'))));
});

test('stops when the signal is aborted', async (t) => {
  const controller = new AbortController();
  const { root, store } = await start(t, {}, undefined, controller.signal);
  await writeFile(join(root, 'a'), Buffer.alloc(1_000_000));
  const content = await store.read('a');
  controller.abort(new Error('enough'));
  await t.throwsAsync(collect(content.body), { message: 'enough' });
  await t.throwsAsync(store.list(''), { message: 'enough' });
});

test('says that nobody listens', async (t) => {
  const gone = await startLabSftpServer({ root: await temporaryFolder() });
  await gone.close();
  const store = openStore(gone.url, { effects: testEffects(), ssh: { privateKey: gone.privateKey } });
  await t.throwsAsync(store.list(''), { code: 'unreachable' });
});

test('makes the folder of a store that does not exist yet', async (t) => {
  const { root, server } = await start(t);
  const ssh = { privateKey: server.privateKey, knownHosts: server.hostKey };
  const store = openStore(`${server.url}/srv/images/rdo`, { effects: testEffects(), ssh });
  t.teardown(store.close);
  await store.makeDirectory('master/hash');
  await store.write('master/hash/set.json', 'set');
  t.is(await readFile(join(root, 'srv/images/rdo/master/hash/set.json'), 'utf8'), 'set');
  await writeFile(join(root, 'file'), '');
  await t.throwsAsync(store.makeDirectory('../x'), { code: 'bad-path' });
  const blocked = openStore(`${server.url}/file/images`, { effects: testEffects(), ssh });
  t.teardown(blocked.close);
  await t.throwsAsync(blocked.makeDirectory('master'), { code: 'failed' });
});
