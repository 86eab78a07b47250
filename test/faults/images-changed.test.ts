import { closeSync, openSync, renameSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import {
  differing,
  halvesIn,
  newFiles,
  newHash,
  noise,
  oldFiles,
  oldHash,
  sizeOf,
  startImagesRig,
  visibleIn,
} from './images-rig.ts';

const name = 'overcloud-full.tar';
const good = newFiles[name]!;
const other = noise(good.length, 'another build');

// Longer than what is read ahead.
const large = 36 * 1024 * 1024;

/** How somebody changes a file. At once, so that a test knows when. */
const ways: Readonly<Record<string, (path: string, bytes: Buffer) => void>> = {
  'by rename': (path, bytes) => {
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
  },
  'in place': (path, bytes) => {
    const file = openSync(path, 'r+');
    writeSync(file, bytes, 0, bytes.length, 0);
    closeSync(file);
    const later = new Date(Date.now() + 5000);
    utimesSync(path, later, later);
  },
};

for (const [way, change] of Object.entries(ways)) {
  test(`fetch: the file is replaced ${way} while it is read: never a mix, and the next run tells what it is`, async (t) => {
    const rig = await startImagesRig(t);
    await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
    const source = join(rig.store('rdo'), newHash, name);
    const into = await rig.folder();
    let reads = 0;
    rig.faults.web = ({ method, path }) => {
      if (method !== 'GET' || !path.endsWith(name)) return undefined;
      reads += 1;
      // The first answer breaks off in the middle, and the file is another one before the rest is asked for.
      if (reads > 1) return undefined;
      change(source, other);
      return { cutAfterBytes: 500_000 };
    };
    const first = await rig.act(rig.fetch(into, newHash));
    rig.faults.web = undefined;
    t.is(first.outcome, 'waiting', first.message);
    t.like(first.error, { code: 'changed' });
    t.regex(first.message ?? '', /overcloud-full\.tar/);
    t.truthy(first.error?.next, 'it says what to do');
    t.false((await visibleIn(into)).includes(name));

    const second = await rig.act(rig.fetch(into, newHash));
    t.is(second.outcome, 'failed', second.message);
    t.like(second.error, { code: 'checksum-mismatch' });
    t.regex(second.message ?? '', /overcloud-full\.tar has .*sha256 [0-9a-f]{64}; expected .*sha256 [0-9a-f]{64}/);
    t.regex(`${second.error?.next}`, /verify the source/);
    t.false((await visibleIn(into)).includes(name));

    change(source, good);
    await rig.mustDo(rig.fetch(into, newHash));
    t.deepEqual(await differing(into, newFiles), []);
  });

  test(`publish: a built file is replaced ${way} while it is sent: no hash appears, and the next run publishes it`, async (t) => {
    const rig = await startImagesRig(t, { commands: true });
    const built = await rig.folder({ [name]: noise(large, 'large') });
    let isChanged = false;
    rig.faults.sftp = ({ operation }) => {
      if (operation !== 'write' || isChanged) return undefined;
      isChanged = true;
      change(join(built, name), noise(large, 'larger'));
      return undefined;
    };
    const publish = rig.publish(built, newHash);
    const first = await rig.act(publish);
    rig.faults.sftp = undefined;
    t.true(['waiting', 'failed'].includes(first.outcome), first.message);
    t.true(['changed', 'checksum-mismatch'].includes(`${first.error?.code}`), first.error?.code);
    t.regex(first.message ?? '', /overcloud-full\.tar/);
    t.truthy(first.error?.next, 'it says what to do');
    t.deepEqual(await visibleIn(rig.store('rdo')), []);

    const next = await rig.act(publish);
    t.is(next.outcome, 'done', next.message);
    t.deepEqual(await differing(join(rig.store('rdo'), newHash), { [name]: noise(large, 'larger') }), []);
    t.deepEqual(await halvesIn(rig.store('rdo')), []);
  });

  test(`mirror: a published image is replaced ${way} meanwhile: the label stays where it was`, async (t) => {
    const rig = await startImagesRig(t, { commands: true });
    for (const [files, hash] of [
      [oldFiles, oldHash],
      [newFiles, newHash],
    ] as const) {
      await rig.mustDo(rig.publish(await rig.folder(files), hash));
    }
    const link = (hash: string) => ({
      ...{ mode: 'link', destination: `${rig.sftp.url}/rdo`, label: 'current-tripleo', 'full-hash': hash },
    });
    await rig.mustDo(link(oldHash));
    await rig.mustDo({ ...rig.mirror(oldHash), label: 'current-tripleo' });
    await rig.mustDo(link(newHash));
    const source = join(rig.store('rdo'), newHash, name);
    let reads = 0;
    rig.faults.web = ({ method, path }) => {
      if (method !== 'GET' || !path.endsWith(name)) return undefined;
      reads += 1;
      if (reads > 1) return undefined;
      change(source, other);
      return { cutAfterBytes: 500_000 };
    };
    const mirror = { ...rig.mirror(newHash), label: 'current-tripleo' };
    const first = await rig.act(mirror);
    rig.faults.web = undefined;
    t.like(first, { outcome: 'waiting', error: { code: 'changed' } });
    t.deepEqual(await halvesIn(rig.store('rh1')), []);
    t.deepEqual(await differing(join(rig.store('rh1'), 'current-tripleo'), oldFiles), []);

    change(source, good);
    const next = await rig.act(mirror);
    t.true(['done', 'nothing-to-do'].includes(next.outcome), next.message);
    t.deepEqual(await differing(join(rig.store('rh1'), 'current-tripleo'), newFiles), []);
    t.deepEqual((await readdir(rig.store('rh1'))).sort(), [oldHash, newHash, 'current-tripleo']);
  });
}

test('fetch: a server that says nothing of versions: a replaced file is found by its digest alone', async (t) => {
  const rig = await startImagesRig(t);
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
  const source = join(rig.store('rdo'), newHash, name);
  const into = await rig.folder();
  let reads = 0;
  const silent = { headers: { etag: null, 'last-modified': null } };
  rig.faults.web = ({ method, path }) => {
    if (method !== 'GET' || !path.endsWith(name)) return silent;
    reads += 1;
    if (reads === 1) ways['by rename']!(source, other);
    return reads === 1 ? { ...silent, cutAfterBytes: 500_000 } : silent;
  };
  const first = await rig.act(rig.fetch(into, newHash));
  t.is(first.outcome, 'failed', first.message);
  t.like(first.error, { code: 'checksum-mismatch' });
  t.false((await visibleIn(into)).includes(name));
  ways['by rename']!(source, good);
  const next = await rig.act(rig.fetch(into, newHash));
  t.is(next.outcome, 'done', next.message);
  t.true(Number(next.outputs['bytes-moved']) <= sizeOf(newFiles));
  t.deepEqual(await differing(into, newFiles), []);
});
