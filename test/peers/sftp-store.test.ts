import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@tagflow/store';
import test, { type ExecutionContext } from 'ava';
import { numbered, writeBlocks } from '../../packages/store/test/sftp-world.ts';
import { testEffects } from '../../packages/store/test/world.ts';
import { type RealSshdOptions, startRealSshd } from './real-sshd.ts';

const mib = 1024 * 1024;

async function start(
  t: ExecutionContext,
  options: RealSshdOptions = {},
  at: (folder: string) => string = (folder) => folder,
): Promise<{ root: string; store: Store; signal: AbortController }> {
  const keys = await mkdtemp(join(tmpdir(), 'tagflow-sshd-'));
  const root = at(await mkdtemp(join(tmpdir(), 'tagflow-sftp-')));
  await mkdir(root, { recursive: true });
  const sshd = await startRealSshd(keys, options);
  t.teardown(sshd.close);
  const signal = new AbortController();
  const url = `${sshd.url}${root.split('/').map(encodeURIComponent).join('/')}`;
  const ssh = { privateKey: sshd.privateKey, knownHosts: await readFile(sshd.knownHosts, 'utf8') };
  const store = openStore(url, { effects: testEffects(signal.signal), ssh });
  t.teardown(() => store.close());
  return { root, store, signal };
}

test('OpenSSH: a part file with holes, copies and the rest written, is the file', async (t) => {
  const { root, store } = await start(t);
  const old = numbered(40 * mib);
  const fresh = numbered(5 * mib, 9);
  await writeFile(join(root, 'old'), old);
  const part = await store.openPart('part');
  t.not(part.copy, null);
  await Promise.all([
    writeBlocks(part, fresh),
    part.copy?.('old', 1, 35 * mib, 64 * mib) ?? t.fail(),
    part.copy?.('old', 0, 100, 5 * mib - 100) ?? t.fail(),
    part.write(Buffer.from('last'), 5 * mib - 4),
  ]);
  await part.finish(200 * mib);
  await part.close();
  const expected = Buffer.alloc(200 * mib);
  fresh.copy(expected);
  old.copy(expected, 64 * mib, 1, 1 + 35 * mib);
  old.copy(expected, 5 * mib - 100, 0, 100);
  expected.write('last', 5 * mib - 4);
  t.true(expected.equals(await readFile(join(root, 'part'))));
  const { blocks } = await stat(join(root, 'part'));
  t.true(blocks * 512 < 42 * mib, `${blocks} blocks`);
});

test('OpenSSH: refuses copies within one file and past its end, and the part is still good', async (t) => {
  const { root, store } = await start(t);
  await writeFile(join(root, 'old'), 'short');
  const part = await store.openPart('part');
  await part.write(Buffer.from('abc'), 0);
  await t.throwsAsync(async () => part.copy?.('part', 0, 3, 1), { code: 'failed', message: /within one file/ });
  await t.throwsAsync(async () => part.copy?.('old', 1, 5, 0), { code: 'changed', message: /old is shorter/ });
  await t.throwsAsync(async () => part.copy?.('none', 0, 5, 0), { code: 'not-found' });
  await part.write(Buffer.from('abc'), 0);
  await part.finish(3);
  await part.close();
  t.is(await readFile(join(root, 'part'), 'utf8'), 'abc');
});

test('OpenSSH: reads ranges side by side, at every edge', async (t) => {
  const { root, store } = await start(t);
  const bytes = numbered(9 * mib + 3);
  await writeFile(join(root, 'disk'), bytes);
  const version = (await store.stat('disk'))?.version ?? '';
  await Promise.all(
    [
      [0, bytes.length],
      [255 * 1024 - 1, 2],
      [bytes.length - 1, 1],
      [mib + 1, 7 * mib],
    ].map(async ([offset = 0, length = 0]) => {
      const pieces: Buffer[] = [];
      await store.readRange('disk', { offset, length, version }, (piece) => void pieces.push(Buffer.from(piece)));
      t.true(bytes.subarray(offset, offset + length).equals(Buffer.concat(pieces)));
    }),
  );
  const past = store.readRange('disk', { offset: 9 * mib, length: 4, version }, () => undefined);
  await t.throwsAsync(past, { code: 'changed' });
});

const awkward = [`it's`, '-r', `a b "c" $(touch gone) \`id\`; & | < > * ? ! # ~ % é`, `'''`];

test('OpenSSH: a server that runs commands tells the digest of files of every name', async (t) => {
  const { store } = await start(t, { commands: true }, (folder) => join(folder, `-f $HOME 'x'`));
  const hex = createHash('sha256').update('content').digest('hex');
  for (const name of awkward) {
    await store.write(name, 'content');
    t.is(await store.digest(name), hex, name);
  }
  t.is(await store.digest('none'), null);
  t.is(await store.digest('-r'), hex);
  t.deepEqual(
    (await store.list('')).map(({ name }) => name),
    [...awkward].sort(),
  );
});

test('OpenSSH: a server with nothing but SFTP tells no digest, and goes on', async (t) => {
  const { store } = await start(t);
  await store.write('a', 'content');
  t.is(await store.digest('a'), null);
  t.is(await store.digest('a'), null);
  t.is(await store.readText('a'), 'content');
});

test('OpenSSH: other requests go on while a digest is computed', async (t) => {
  const { root, store } = await start(t, { commands: true });
  await writeFile(join(root, 'disk'), numbered(64 * mib));
  const order: string[] = [];
  await Promise.all([
    store.digest('disk').then((digest) => order.push(String(digest?.length))),
    store.list('').then(() => order.push('list')),
  ]);
  t.deepEqual(order, ['list', '64']);
});

test('OpenSSH: an aborted signal ends a transfer, and the part can be completed', async (t) => {
  const { root, store, signal } = await start(t);
  const bytes = numbered(8 * mib);
  const part = await store.openPart('part');
  await part.write(bytes.subarray(0, mib), 0);
  const rest = writeBlocks(part, bytes, mib);
  signal.abort(new Error('enough'));
  await t.throwsAsync(rest, { message: 'enough' });
  t.true(bytes.subarray(0, mib).equals((await readFile(join(root, 'part'))).subarray(0, mib)));
});
