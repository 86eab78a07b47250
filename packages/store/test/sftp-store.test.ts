import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLabSftpServer } from '@tagflow/lab';
import test from 'ava';
import { openStore } from '../src/open-store.ts';
import { startSftp } from './sftp-world.ts';
import { collect, temporaryFolder, testEffects } from './world.ts';

const strange = 'A'.repeat(43);
const policies: readonly (readonly [
  what: string,
  access: { readonly known: 'this' | 'other' | 'none'; readonly fingerprint: 'this' | 'other' | 'none' },
  refused: RegExp | null,
])[] = [
  ['a known key', { known: 'this', fingerprint: 'none' }, null],
  ['an unknown key with its fingerprint', { known: 'none', fingerprint: 'this' }, null],
  ['a known key with its fingerprint', { known: 'this', fingerprint: 'this' }, null],
  ['an unknown key', { known: 'none', fingerprint: 'none' }, /is not known/],
  ['another key than the known one', { known: 'other', fingerprint: 'none' }, /another one than the known one/],
  ['another key than the told one', { known: 'none', fingerprint: 'other' }, /another one than the told SHA256:AAA/],
  ['a known key with another fingerprint', { known: 'this', fingerprint: 'other' }, /another one than the told/],
  [
    'another key than the known one, its own fingerprint told',
    { known: 'other', fingerprint: 'this' },
    /the known one/,
  ],
];
for (const [what, { known, fingerprint }, refused] of policies) {
  test(`host key policy: ${what}`, async (t) => {
    const stranger = await startLabSftpServer({ root: await temporaryFolder() });
    t.teardown(stranger.close);
    const { store, server } = await startSftp(t, {}, (shown) => {
      const [name = ''] = shown.hostKey.split(' ');
      const lines = { this: shown.hostKey, other: [name, ...stranger.hostKey.split(' ').slice(1)].join(' '), none: '' };
      // Without the prefix and with base64's end, as other tools print it.
      const told = { this: `${shown.fingerprint.slice('SHA256:'.length)}=`, other: `SHA256:${strange}`, none: null };
      const text = told[fingerprint];
      return {
        privateKey: shown.privateKey,
        knownHosts: lines[known],
        ...(text === null ? {} : { fingerprint: text }),
      };
    });
    if (refused === null) {
      t.deepEqual(await store.list(''), []);
      return;
    }
    const error = await t.throwsAsync(store.list(''), { code: 'host-key', message: refused });
    t.like(error, { outcome: 'invalid' });
    t.true(error?.message.includes(server.fingerprint));
    t.is(typeof (error as { next?: unknown } | undefined)?.next, 'string');
    t.deepEqual(server.requests(), []);
  });
}

test('says when the key does not let the user in, or is no key', async (t) => {
  const stranger = await startLabSftpServer({ root: await temporaryFolder() });
  t.teardown(stranger.close);
  const wrong = await startSftp(t, {}, ({ hostKey }) => ({ privateKey: stranger.privateKey, knownHosts: hostKey }));
  await t.throwsAsync(wrong.store.list(''), { code: 'denied', message: /lets lab not in/ });
  const none = await startSftp(t, {}, ({ hostKey }) => ({ privateKey: 'secret stuff', knownHosts: hostKey }));
  const error = await t.throwsAsync(none.store.list(''), { code: 'denied', message: /cannot be used/ });
  t.like(error, { outcome: 'invalid' });
  t.false(error?.message.includes('secret stuff'));
});

test('refuses to replace anything on a server without posix-rename', async (t) => {
  const { root, store } = await startSftp(t, { extensions: false });
  await writeFile(join(root, 'a'), 'old');
  await t.throwsAsync(store.write('a', 'new'), { code: 'not-supported', message: /posix-rename/ });
  t.is(await readFile(join(root, 'a'), 'utf8'), 'old');
  t.deepEqual(
    (await store.list('')).map((entry) => entry.name),
    ['a'],
  );
});

test('connects again after the connection was lost', async (t) => {
  const { root, server, store } = await startSftp(t);
  await writeFile(join(root, 'a'), 'still here');
  t.is(await store.readText('a'), 'still here');
  server.cutConnections();
  const first = await store.readText('a').catch((error: unknown) => error);
  if (first !== 'still here') t.like(first, { code: 'unreachable', outcome: 'waiting' });
  t.is(await store.readText('a'), 'still here');
});

test('stops when the signal is aborted', async (t) => {
  const controller = new AbortController();
  const { root, store } = await startSftp(t, {}, undefined, controller.signal);
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
  const { root, server } = await startSftp(t);
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
