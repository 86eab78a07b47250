import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabSftpServerOptions } from '@tagflow/lab';
import test from 'ava';
import { openStore } from '../src/open-store.ts';
import { digestCommand } from '../src/sftp-digest.ts';
import { collectRange } from './collect-range.ts';
import { kib, mib, numbered, startSftp, writeBlocks } from './sftp-world.ts';
import { testEffects } from './world.ts';

test('writes at any position, and what is never written is a hole', async (t) => {
  const { root, server, store } = await startSftp(t);
  const bytes = numbered(3 * mib);
  const part = await store.openPart('disk.part');
  t.is(part.present, 0);
  await Promise.all([
    part.write(bytes.subarray(2 * mib), 66 * mib),
    part.write(bytes.subarray(0, 2 * mib), mib),
    part.write(new Uint8Array(0), 0),
  ]);
  await part.finish(100 * mib);
  await part.close();
  const expected = Buffer.alloc(100 * mib);
  bytes.copy(expected, mib, 0, 2 * mib);
  bytes.copy(expected, 66 * mib, 2 * mib);
  t.true(expected.equals(await readFile(join(root, 'disk.part'))));
  const { blocks, size } = await stat(join(root, 'disk.part'));
  t.is(size, 100 * mib);
  t.true(blocks * 512 < 4 * mib, `${blocks} blocks`);
  t.is(server.traffic().received, 3 * mib);
  t.true(server.requests().some(({ operation }) => operation === 'fsync@openssh.com'));
});

test('keeps what a part file holds, and cuts or extends it at the end', async (t) => {
  const { root, store } = await startSftp(t, { extensions: false });
  await writeFile(join(root, 'part'), 'abcdef');
  const part = await store.openPart('part');
  t.is(part.present, 6);
  t.is(part.copy, null);
  await part.write(Buffer.from('XY'), 2);
  await part.finish(5);
  t.is(await readFile(join(root, 'part'), 'utf8'), 'abXYe');
  await part.finish(7);
  await part.close();
  t.is(await readFile(join(root, 'part'), 'utf8'), 'abXYe\0\0');
  await t.throwsAsync(store.openPart('none/part'), { code: 'not-found' });
});

test('later writes and copies win over earlier ones, whatever is on its way', async (t) => {
  const { root, store } = await startSftp(t);
  await writeFile(join(root, 'old'), 'o'.repeat(2 * mib));
  const part = await store.openPart('part');
  await Promise.all([
    part.write(Buffer.alloc(2 * mib, 'a'), 0),
    part.copy?.('old', 0, 2 * mib, 0) ?? Promise.reject(new Error('no copy')),
    part.write(Buffer.alloc(mib, 'b'), mib),
    part.write(Buffer.alloc(kib, 'c'), mib),
  ]);
  await part.close();
  const expected = Buffer.from('o'.repeat(mib) + 'c'.repeat(kib) + 'b'.repeat(mib - kib));
  t.true(expected.equals(await readFile(join(root, 'part'))));
});

test('copies at the far end: no byte travels', async (t) => {
  const { root, server, store } = await startSftp(t);
  const old = numbered(40 * mib);
  await mkdir(join(root, 'previous'));
  await writeFile(join(root, 'previous/disk'), old);
  const part = await store.openPart('part');
  // More than the server is asked for at once.
  await part.copy?.('previous/disk', 1000, 35 * mib, 0);
  await part.copy?.('previous/disk', 5, 0, 0);
  await part.copy?.('previous/disk', 7, 3, 35 * mib);
  await part.finish(35 * mib + 3);
  await part.close();
  t.true(
    Buffer.concat([old.subarray(1000, 1000 + 35 * mib), old.subarray(7, 10)]).equals(
      await readFile(join(root, 'part')),
    ),
  );
  t.deepEqual(server.traffic(), { received: 0, sent: 0 });
  t.is(server.requests().filter(({ operation, path }) => operation === 'open' && path.endsWith('disk')).length, 1);
  t.is(server.requests().filter(({ operation }) => operation === 'close').length, 2);
});

test('says what cannot be copied, and goes on with what can', async (t) => {
  const { root, store } = await startSftp(t);
  await writeFile(join(root, 'short'), 'short');
  const part = await store.openPart('part');
  await t.throwsAsync(async () => part.copy?.('short', 2, 100, 0), { code: 'changed', message: /short is shorter/ });
  await t.throwsAsync(async () => part.copy?.('none', 0, 1, 0), { code: 'not-found', message: /\/none: / });
  await t.throwsAsync(async () => part.copy?.('part', 0, 1, 9), { message: /nothing within one file/ });
  await part.copy?.('short', 0, 5, 0);
  await part.finish(5);
  await part.close();
  t.is(await readFile(join(root, 'part'), 'utf8'), 'short');
});

test('a server without copy-data has no copy, and one without limits takes small pieces', async (t) => {
  const { root, server, store } = await startSftp(t, { extensions: ['posix-rename@openssh.com'] });
  const bytes = numbered(2 * mib + 1001);
  const part = await store.openPart('part');
  t.is(part.copy, null);
  await writeBlocks(part, bytes);
  await part.finish(bytes.length);
  await part.close();
  t.true(bytes.equals(await readFile(join(root, 'part'))));
  t.false(server.requests().some(({ operation }) => operation === 'fsync@openssh.com'));
});

for (const written of [1, 100_000, mib, 5 * mib + 77]) {
  test(`a connection cut after ${written} bytes is "unreachable", and a new part goes on`, async (t) => {
    const { root, server, store } = await startSftp(t);
    const bytes = numbered(8 * mib);
    const part = await store.openPart('part');
    server.cutAfter(written);
    const error = await t.throwsAsync(writeBlocks(part, bytes), { code: 'unreachable' });
    t.like(error, { outcome: 'waiting' });
    await t.throwsAsync(part.write(Buffer.from('x'), 0), { code: 'unreachable' });
    await t.throwsAsync(part.finish(1), { code: 'unreachable' });
    await part.close();
    const before = server.traffic().received;
    t.is(before, written);
    const again = await store.openPart('part');
    t.true(again.present <= written, `${again.present} bytes`);
    await writeBlocks(again, bytes, again.present);
    await again.finish(bytes.length);
    await again.close();
    t.true(bytes.equals(await readFile(join(root, 'part'))));
    t.is(server.traffic().received - before, bytes.length - again.present);
  });
}

test('a full disk is told as what it may be, and the beginning stays', async (t) => {
  const { root, store } = await startSftp(t, { capacity: 3 * mib });
  const part = await store.openPart('part');
  const error = await t.throwsAsync(writeBlocks(part, numbered(8 * mib)), {
    code: 'failed',
    message: /part: the server could not write: Failure \(no space left\?\)/,
  });
  t.regex(String((error as { next?: string } | undefined)?.next), /free space and the quota/);
  await part.close();
  t.is((await stat(join(root, 'part'))).size, 3 * mib);
});

test('reads ranges in order, and only them', async (t) => {
  const { root, server, store } = await startSftp(t);
  const bytes = numbered(9 * mib);
  await writeFile(join(root, 'disk'), bytes);
  const version = (await store.stat('disk'))?.version ?? '';
  const ranges = [
    [0, 1],
    [9 * mib - 1, 1],
    [12_345, 5 * mib],
    [4 * mib, 5 * mib],
  ] as const;
  const got = await Promise.all(
    ranges.map(([offset, length]) => collectRange(store, 'disk', { offset, length, version })),
  );
  ranges.forEach(([offset, length], index) => t.true(bytes.subarray(offset, offset + length).equals(got[index]!)));
  t.is(server.traffic().sent, 10 * mib + 2);
  t.is(server.requests().filter(({ operation }) => operation === 'open').length, 1);
});

test('a range of another version, or past the end, is "changed"', async (t) => {
  const { root, store } = await startSftp(t);
  await writeFile(join(root, 'disk'), numbered(mib));
  const version = (await store.stat('disk'))?.version ?? '';
  t.is((await store.read('disk')).version, version);
  const none: Buffer[] = [];
  const sink = (piece: Uint8Array): void => void none.push(Buffer.from(piece));
  await t.throwsAsync(store.readRange('disk', { offset: 0, length: 9, version: '1-1' }, sink), { code: 'changed' });
  t.deepEqual(none, []);
  await t.throwsAsync(store.readRange('disk', { offset: mib - 3, length: 4, version }, sink), { code: 'changed' });
  t.is(Buffer.concat(none).length, 3);
  await t.throwsAsync(store.readRange('disk', { offset: mib, length: 1 }, sink), { code: 'changed' });
  await writeFile(join(root, 'disk'), numbered(mib + 1));
  await t.throwsAsync(store.readRange('disk', { offset: 0, length: 4, version }, sink), { code: 'changed' });
  await t.throwsAsync(store.readRange('none', { offset: 0, length: 4 }, sink), { code: 'not-found' });
});

test('reads ranges again after the connection was lost, and rejects with what the sink says', async (t) => {
  const { root, server, store } = await startSftp(t);
  const bytes = numbered(2 * mib);
  await writeFile(join(root, 'disk'), bytes);
  const version = (await store.stat('disk'))?.version ?? '';
  const range = { offset: 0, length: 2 * mib, version };
  let pieces = 0;
  const cut = (): void => {
    if (++pieces === 2) server.cutConnections();
  };
  await t.throwsAsync(store.readRange('disk', range, cut), { code: 'unreachable' });
  t.true(bytes.equals(await collectRange(store, 'disk', range)));
  const full = new Error('the disk here is full');
  const error = await t.throwsAsync(store.readRange('disk', range, () => Promise.reject(full)));
  t.is(error, full);
  t.true(bytes.equals(await collectRange(store, 'disk', range)));
});

test('a slow sink does not have its bytes changed under it', async (t) => {
  const { root, store } = await startSftp(t);
  const bytes = numbered(6 * mib);
  await writeFile(join(root, 'disk'), bytes);
  const seen: Buffer[] = [];
  await store.readRange('disk', { offset: 0, length: bytes.length }, async (piece) => {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    seen.push(Buffer.from(piece));
  });
  t.true(bytes.equals(Buffer.concat(seen)));
});

const digests: readonly (readonly [what: string, options: Omit<LabSftpServerOptions, 'root'>, offered: boolean])[] = [
  ['runs the command', { commands: true }, true],
  ['has nothing but SFTP', {}, false],
];
for (const [what, options, isOffered] of digests) {
  test(`digest: a server that ${what}`, async (t) => {
    const { root, server, store } = await startSftp(t, options);
    await mkdir(join(root, "it's"));
    const names = ['plain', '-r', 'it\'s/$(touch gone) `x` "q";!'];
    const hex = createHash('sha256').update('content').digest('hex');
    for (const name of names) {
      await writeFile(join(root, name), 'content');
      t.is(await store.digest(name), isOffered ? hex : null);
    }
    t.is(await store.digest('none'), null);
    t.is(await store.digest("it's"), null);
    t.is(await store.digest('plain'), isOffered ? hex : null);
    t.is(server.requests().filter(({ operation }) => operation === 'exec').length, isOffered ? 4 : 1);
    t.deepEqual(server.traffic(), { received: 0, sent: 0 });
  });
}

test('the digest command names no file that a shell could read in another way', (t) => {
  t.is(digestCommand('/srv/a b'), "openssl dgst -sha256 -r <'/srv/a b' || sha256sum <'/srv/a b'");
  t.is(digestCommand("/it's"), String.raw`openssl dgst -sha256 -r <'/it'\''s' || sha256sum <'/it'\''s'`);
  t.is(digestCommand('/a\nb'), null);
  t.is(digestCommand(String.raw`/a\b`), null);
});

test('opens one connection for calls that come at once, also after a lost one', async (t) => {
  const { server, store } = await startSftp(t);
  await Promise.all([store.list(''), store.list(''), store.list('')]);
  t.is(server.sessions(), 1);
  server.cutConnections();
  await store.list('').catch(() => undefined);
  await Promise.all([store.list(''), store.list(''), store.list('')]);
  t.is(server.sessions(), 2);
});

test('refuses a fingerprint that is none, before it connects', (t) => {
  const open = (): unknown =>
    openStore('sftp://lab@127.0.0.1:1', { effects: testEffects(), ssh: { privateKey: '', fingerprint: 'SHA256:abc' } });
  t.like(t.throws(open, { code: 'host-key', message: /SHA256:abc.* is not/ }), { outcome: 'invalid' });
});
