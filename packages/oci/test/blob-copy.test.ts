import { createPacer, createTransfer } from '@tagflow/http';
import test, { type ExecutionContext } from 'ava';
import { anonymous } from '../src/auth/docker-config.ts';
import { createBlobCopier } from '../src/blob-copy.ts';
import { OciError } from '../src/error.ts';
import { sha256 } from '../src/manifest.ts';
import { openPlace } from '../src/place.ts';
import { makeWorld } from './world.ts';

const bytes = Buffer.from(Array.from({ length: 500_000 }, (_, index) => (index * 31 + (index >> 9)) % 253));

async function start(t: ExecutionContext, kind: 'registry' | 'files') {
  const world = makeWorld(t);
  const [from, to] = [await world.registry(), await world.registry()];
  const open = (url: string) => openPlace({ url: `${url}/ns`, credentials: anonymous, effects: world.effects }).client;
  // Files have no memory of their own to send from: they come as a stream.
  const { sendBlob, ...rest } = open(from.url);
  const source = kind === 'files' || sendBlob === undefined ? rest : { ...rest, sendBlob };
  const told: number[] = [];
  const copier = createBlobCopier({
    ...{ source, target: open(to.url), concurrency: 2, ...world.effects },
    onBytes: ({ moved, saved }) => void told.push(moved + saved),
  });
  const put = async (data: Buffer) => {
    await from.putBlob('ns/a', data);
    return { mediaType: '', digest: sha256(data), size: data.length, isForeign: false, annotations: {} };
  };
  return { world, from, to, copier, told, put };
}

for (const kind of ['registry', 'files'] as const) {
  test(`from ${kind}: a blob arrives, and its bytes are told as they go`, async (t) => {
    const { to, from, copier, told, put } = await start(t, kind);
    for (const data of [bytes, Buffer.alloc(0), Buffer.from('x')]) {
      const blob = await put(data);
      await copier.ensure({ from: 'ns/a', to: 'ns/b', blob });
      t.true(to.hasBlob('ns/b', blob.digest));
    }
    t.is(copier.moved, 500_001);
    t.is(
      told.reduce((sum, count) => sum + count, 0),
      500_001,
    );
    t.true(told.length > 3);
    t.deepEqual(from.requests().counts, { 'GET blob': 3 });
    t.deepEqual(to.requests().counts, { 'POST mount': 3, 'PUT upload': 3 });
  });

  test(`from ${kind}: wrong bytes, too few and too many are no blob, and what was told of them is taken back`, async (t) => {
    const { world, from, to, copier, told, put } = await start(t, kind);
    const blob = await put(bytes);
    let get = 0;
    from.setFaults((request) => {
      if (request.kind !== 'blob') return null;
      get += 1;
      return get === 1 ? { type: 'corrupt' } : get === 2 ? { type: 'cut', afterBytes: 300_000 } : null;
    });
    await copier.ensure({ from: 'ns/a', to: 'ns/b', blob });
    t.true(to.hasBlob('ns/b', blob.digest));
    t.is(get, 3);
    t.deepEqual(world.effects.clock.sleeps, [500, 1000]);
    t.is(
      told.reduce((sum, count) => sum + count, 0),
      500_000,
    );
    for (const size of [499_999, 500_001]) {
      const lying = await start(t, kind);
      await lying.put(bytes);
      await t.throwsAsync(lying.copier.ensure({ from: 'ns/a', to: 'ns/b', blob: { ...blob, size } }), {
        ...{ instanceOf: OciError, code: 'digest-mismatch' },
        message:
          size < 500_000 ? /: (more than 499999 bytes|the bytes have the digest)/ : /: 500000 instead of 500001 bytes/,
      });
      t.false(lying.to.hasBlob('ns/b', blob.digest));
      t.is(lying.copier.moved, 0);
    }
  });

  test(`from ${kind}: what the source refuses is the error, and nothing is uploaded`, async (t) => {
    const { from, to, copier, put } = await start(t, kind);
    const blob = await put(bytes);
    from.setFaults((request) => (request.kind === 'blob' ? { type: 'status', status: 403 } : null));
    await t.throwsAsync(copier.ensure({ from: 'ns/a', to: 'ns/b', blob }), {
      ...{ instanceOf: OciError, code: 'denied', message: /^GET blob .*403/ },
    });
    t.deepEqual(to.requests().counts, { 'POST mount': 1 });
  });

  test(`from ${kind}: what the target refuses is the error, though the source goes on`, async (t) => {
    const { from, to, copier, put } = await start(t, kind);
    const blob = await put(bytes);
    to.setFaults(({ method }) => (method === 'PUT' ? { type: 'status', status: 403 } : null));
    await t.throwsAsync(copier.ensure({ from: 'ns/a', to: 'ns/b', blob }), {
      ...{ instanceOf: OciError, code: 'denied', message: /^PUT blob .*403/ },
    });
    t.is(from.requests().counts['GET blob'], 1);
  });
}

test('a server that takes one request at a time, and is read from and written to, does not wait for itself', async (t) => {
  t.timeout(15_000);
  const world = makeWorld(t);
  const registry = await world.registry();
  const transfer = createTransfer(world.effects, { pacer: createPacer(1, world.effects) });
  t.teardown(() => transfer.close());
  const { client } = openPlace({
    ...{ url: `${registry.url}/ns`, credentials: anonymous },
    effects: { ...world.effects, api: transfer, transfer },
  });
  await registry.putBlob('ns/a', bytes);
  // As one that knows no origin: mounts are no way out.
  const source = { ...client, origin: null };
  const copier = createBlobCopier({ source, target: client, concurrency: 4, ...world.effects, onBytes: () => {} });
  const blob = { mediaType: '', digest: sha256(bytes), size: bytes.length, isForeign: false, annotations: {} };
  registry.setFaults((request) => (request.kind === 'mount' ? { type: 'status', status: 400 } : null));
  await Promise.all(['b', 'c', 'd'].map((to) => copier.ensure({ from: 'ns/a', to: `ns/${to}`, blob })));
  for (const to of ['b', 'c', 'd']) t.true(registry.hasBlob(`ns/${to}`, blob.digest));
});
