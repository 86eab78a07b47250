import type { LabFaults, LabRegistry } from '@tagflow/lab';
import test, { type ExecutionContext } from 'ava';
import { anonymous } from '../src/auth/docker-config.ts';
import { uploadInChunks } from '../src/chunked-upload.ts';
import { OciError } from '../src/error.ts';
import { sha256 } from '../src/manifest.ts';
import { openPlace } from '../src/place.ts';
import { makeWorld } from './world.ts';

const bytes = Buffer.from(Array.from({ length: 1_050_000 }, (_, index) => (index * 7 + (index >> 8)) % 251));
const blob = { mediaType: '', digest: sha256(bytes), size: bytes.length, isForeign: false, annotations: {} };
const chunkBytes = 300_000;

async function start(t: ExecutionContext, faults: LabFaults | null = null, kind: 'registry' | 'files' = 'registry') {
  const world = makeWorld(t, { attempts: 1 });
  const [from, to] = [await world.registry(), await world.registry()];
  await from.putBlob('ns/big', bytes);
  to.setFaults(faults);
  const common = { credentials: anonymous, effects: world.effects };
  const { sendBlob, ...files } = openPlace({ ...common, url: `${from.url}/ns` }).client;
  const source = kind === 'files' || sendBlob === undefined ? files : { ...files, sendBlob };
  const target = openPlace({ ...common, url: `${to.url}/ns` }).client;
  let sent = 0;
  const send = async () => {
    const upload = await target.startUpload('ns/big', blob.digest, 'ns/big');
    if (upload === 'mounted') throw new Error('it is there already');
    const { clock, log, signal } = world.effects;
    const onBytes = (count: number) => (sent += count);
    await uploadInChunks('ns/big', blob, upload, { source, target, clock, log, signal, onBytes, chunkBytes });
  };
  return { world, from, to, send, sent: () => sent };
}

const gets = (registry: LabRegistry) => registry.requests().counts['GET blob'];

test('a large blob goes in chunks, and is whole at the end', async (t) => {
  const { from, to, send, sent } = await start(t);
  await send();
  t.true(to.hasBlob('ns/big', blob.digest));
  t.deepEqual(to.requests().counts, { 'POST mount': 1, 'PATCH upload': 4, 'PUT upload': 1 });
  t.is(to.requests().bytesIn, bytes.length);
  t.is(gets(from), 1);
  t.is(sent(), bytes.length);
});

for (const kind of ['registry', 'files'] as const) {
  test(`from ${kind}: after a chunk that was refused it goes on where it was`, async (t) => {
    let patches = 0;
    const refuse: LabFaults = ({ method }) =>
      method === 'PATCH' && ++patches === 3 ? { type: 'status', status: 503 } : null;
    const { world, from, to, send, sent } = await start(t, refuse, kind);
    await send();
    t.true(to.hasBlob('ns/big', blob.digest));
    t.is(gets(from), 2);
    t.is(from.requests().bytesOut < 2 * bytes.length, true);
    t.is(sent(), bytes.length);
    t.deepEqual(world.effects.clock.sleeps, [500]);
  });
}

test('a source that breaks is read on from where the upload is', async (t) => {
  const { from, to, send, sent } = await start(t);
  let get = 0;
  from.setFaults(({ method }) => (method === 'GET' && ++get === 1 ? { type: 'cut', afterBytes: 700_000 } : null));
  await send();
  t.true(to.hasBlob('ns/big', blob.digest));
  t.is(gets(from), 2);
  t.is(sent(), bytes.length);
});

test('a chunk that arrived though nobody said so is not sent twice', async (t) => {
  let patches = 0;
  const { to, send, sent } = await start(t, ({ method }) =>
    method === 'PATCH' && ++patches === 2 ? { type: 'reset-after' } : null,
  );
  await send();
  t.true(to.hasBlob('ns/big', blob.digest));
  t.is(to.requests().counts['PATCH upload'], 4);
  t.is(sent(), bytes.length);
});

test('an upload that the registry has given up begins anew, which the caller does', async (t) => {
  let patches = 0;
  const { send } = await start(t, ({ method, kind }) => {
    if (method === 'PATCH' && ++patches === 2) return { type: 'status', status: 503 };
    return method === 'GET' && kind === 'upload' ? { type: 'status', status: 416 } : null;
  });
  await t.throwsAsync(send(), { instanceOf: OciError, message: /PATCH .*503/ });
});

test('what is refused for good is not sent again', async (t) => {
  const { to, send } = await start(t, ({ method }) => (method === 'PATCH' ? { type: 'status', status: 403 } : null));
  await t.throwsAsync(send(), { instanceOf: OciError, code: 'denied' });
  t.is(to.requests().counts['PATCH upload'], 1);
});

test('wrong bytes are noticed before the last of them is sent', async (t) => {
  const { from, to, send } = await start(t);
  from.setFaults(({ method, kind }) => (method === 'GET' && kind === 'blob' ? { type: 'corrupt' } : null));
  await t.throwsAsync(send(), { instanceOf: OciError, code: 'digest-mismatch' });
  t.false(to.hasBlob('ns/big', blob.digest));
  t.is(to.requests().counts['PUT upload'], undefined);
});
