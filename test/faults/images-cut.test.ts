import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExecutionResult } from '@tagflow/action-kit';
import test, { type ExecutionContext } from 'ava';
import {
  differing,
  halvesIn,
  type ImagesRig,
  type Inputs,
  newFiles,
  newHash,
  sizeOf,
  startImagesRig,
  visibleIn,
} from './images-rig.ts';

const overcloud = 'overcloud-full.tar';
const largest = newFiles[overcloud]?.length ?? 0;
/** Of one request to write or read. */
const piece = 255 * 1024;
const mib = 1024 * 1024;

test('publish: the connection is cut at any byte; it goes on by itself, or says that the same command will', async (t) => {
  const rig = await startImagesRig(t, { commands: true });
  const publish = rig.publish(await rig.folder(newFiles), newHash);
  await rig.mustDo(publish);
  const all = rig.sftp.traffic().received;
  t.true(all < sizeOf(newFiles), 'zeros are not sent');
  for (const cut of [1, piece - 1, piece + 1, mib, all - 1]) {
    await rm(rig.store('rdo'), { recursive: true });
    const before = rig.sftp.traffic().received;
    rig.sftp.cutAfter(cut);
    const first = await rig.act(publish);
    t.deepEqual(await halvesIn(rig.store('rdo')), [], `cut at ${cut}`);
    await goOn(t, rig, first, publish);
    // What was on its way is lost, and what arrived is not sent again.
    const lost = rig.sftp.traffic().received - before - all;
    t.true(lost >= 0 && lost <= 2 * mib, `cut at ${cut}: ${lost} bytes were sent twice`);
    t.deepEqual(await differing(join(rig.store('rdo'), newHash), newFiles), [], `cut at ${cut}`);
    t.deepEqual(await readdir(rig.store('rdo')), [newHash], `cut at ${cut}`);
  }
});

test('publish: a line that breaks again and again, a little later each time, is enough', async (t) => {
  const rig = await startImagesRig(t, { commands: true });
  let cut = 0;
  let sessions = 0;
  rig.faults.sftp = () => {
    if (rig.sftp.sessions() === sessions) return undefined;
    sessions = rig.sftp.sessions();
    cut += 1;
    if (cut < 6) rig.sftp.cutAfter(2 * piece);
    return undefined;
  };
  let runs = 0;
  let outcome = '';
  for (; outcome !== 'done' && runs < 10; runs += 1) {
    const folder = await rig.folder({ [overcloud]: newFiles[overcloud] ?? Buffer.alloc(0) });
    ({ outcome } = await rig.act(rig.publish(folder, newHash)));
    t.true(['done', 'waiting'].includes(outcome), outcome);
  }
  t.is(outcome, 'done');
  t.deepEqual(await differing(join(rig.store('rdo'), newHash), { [overcloud]: newFiles[overcloud]! }), []);
});

test('fetch: every answer breaks off at any byte, and only the rest is asked for', async (t) => {
  const rig = await startImagesRig(t);
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
  for (const cut of [1, 65_536, mib, largest - 1]) {
    const into = await rig.folder();
    const broken = new Map<string, number>();
    rig.faults.web = ({ method, path }) => {
      const times = broken.get(path) ?? 0;
      // A server that is not there at all after the fifth time is another test.
      if (method !== 'GET' || !path.endsWith('.tar') || times === 3) return undefined;
      broken.set(path, times + 1);
      return { cutAfterBytes: cut };
    };
    const { outcome, message, outputs } = await rig.act(rig.fetch(into, newHash));
    rig.faults.web = undefined;
    t.is(outcome, 'done', `cut at ${cut}: ${message}`);
    t.true(broken.size === 2, `cut at ${cut}`);
    t.true(Number(outputs['bytes-moved']) <= sizeOf(newFiles), `cut at ${cut}: ${outputs['bytes-moved']}`);
    t.deepEqual(await differing(into, newFiles), [], `cut at ${cut}`);
    t.deepEqual(await visibleIn(into), Object.keys(newFiles).sort(), `cut at ${cut}`);
  }
});

test('fetch over SFTP: the connection is cut at any read, and the file is still one', async (t) => {
  const rig = await startImagesRig(t);
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
  for (const cutAt of [1, 5]) {
    let reads = 0;
    rig.faults.sftp = ({ operation }) => {
      if (operation !== 'read') return undefined;
      reads += 1;
      if (reads === cutAt) rig.sftp.cutConnections();
      return undefined;
    };
    const into = await rig.folder();
    const where = { source: `${rig.sftp.url}/rdo`, destination: pathToFileURL(into).href };
    const fetch = { mode: 'fetch', 'full-hash': newHash, ...where };
    const first = await rig.act(fetch);
    rig.faults.sftp = undefined;
    t.true(reads >= cutAt);
    await goOn(t, rig, first, fetch);
    t.deepEqual(await differing(into, newFiles), [], `cut at read ${cutAt}`);
  }
});

test('mirror: both lines break, and the label is moved to a whole hash or not at all', async (t) => {
  const rig = await startImagesRig(t);
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
  const link = { mode: 'link', destination: `${rig.sftp.url}/rdo`, label: 'current-tripleo', 'full-hash': newHash };
  await rig.mustDo(link);
  for (const cut of [piece, mib, largest]) {
    let answers = 0;
    rig.faults.web = ({ method, path }) =>
      method === 'GET' && path.endsWith('.tar') && ++answers % 2 === 1 ? { cutAfterBytes: cut } : undefined;
    rig.sftp.cutAfter(cut);
    const mirror = { ...rig.mirror(newHash), label: 'current-tripleo' };
    const first = await rig.act(mirror);
    rig.faults.web = undefined;
    t.deepEqual(await halvesIn(rig.store('rh1')), [], `cut at ${cut}`);
    await goOn(t, rig, first, mirror);
    t.deepEqual((await readdir(rig.store('rh1'))).sort(), [newHash, 'current-tripleo'], `cut at ${cut}`);
    t.deepEqual(await differing(join(rig.store('rh1'), 'current-tripleo'), newFiles), [], `cut at ${cut}`);
    await rm(rig.store('rh1'), { recursive: true });
  }
});

/** Holds a run to being done, or to saying that the same command will do it; and does that. */
async function goOn(t: ExecutionContext, rig: ImagesRig, first: ExecutionResult, inputs: Inputs): Promise<void> {
  if (first.outcome === 'done') return;
  t.is(first.outcome, 'waiting', first.message);
  t.is(first.error?.code, 'unreachable');
  t.regex(`${first.error?.next}`, /^Run the same again when it is there: what has arrived is kept\.$/);
  await rig.mustDo(inputs);
}
