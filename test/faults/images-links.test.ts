import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import {
  differing,
  halvesIn,
  type ImagesRig,
  type Inputs,
  newFiles,
  newHash,
  oldFiles,
  oldHash,
  startImagesRig,
} from './images-rig.ts';

const label = 'current-tripleo';

async function publishBoth(rig: ImagesRig): Promise<void> {
  await rig.mustDo(rig.publish(await rig.folder(oldFiles), oldHash));
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
}

const linkTo = (rig: ImagesRig, hash: string): Inputs => ({
  ...{ mode: 'link', destination: `${rig.sftp.url}/rdo`, label, 'full-hash': hash },
});

test('link: somebody else moves it between our look and our write: failed, and it stays where they put it', async (t) => {
  const rig = await startImagesRig(t);
  await publishBoth(rig);
  await rig.mustDo(linkTo(rig, oldHash));
  const other = `${'c'.repeat(40)}_${'3'.repeat(8)}`;
  const path = join(rig.store('rdo'), label);
  await symlink(other, `${path}.theirs`);
  let looks = 0;
  const moved: Promise<void>[] = [];
  rig.faults.sftp = ({ operation, path: at }) => {
    // Its first look decides that it goes from the old hash to the new one; the directory is looked at after that.
    if (operation === 'readlink' && at.endsWith(label)) looks += 1;
    if (operation === 'stat' && at.endsWith(newHash) && looks > 0 && moved.length === 0) {
      moved.push(rename(`${path}.theirs`, path));
    }
    return undefined;
  };
  const { outcome, message, error } = await rig.act(linkTo(rig, newHash));
  await Promise.all(moved);
  rig.faults.sftp = undefined;
  t.is(outcome, 'failed', message);
  t.is(error?.code, 'moved-meanwhile');
  t.regex(message ?? '', /^sftp:.*\/current-tripleo names c{40}_3{8} by now, expected a{40}_1{8} or b{40}_2{8}$/);
  t.regex(`${error?.next}`, /Look at what the label names/);
  t.is(await readlink(path), other);
  t.is((await rig.act(linkTo(rig, newHash))).outcome, 'done', 'asked for again, it is moved');
});

test('mirror: somebody else moves its label to where it goes: done, and nobody is in the way', async (t) => {
  const rig = await startImagesRig(t);
  await publishBoth(rig);
  await rig.mustDo(linkTo(rig, newHash));
  const path = join(rig.store('rh1'), label);
  const moved: Promise<void>[] = [];
  rig.faults.sftp = ({ operation, path: at }) => {
    // The set is read back when all is there, right before the link.
    if (operation === 'open' && at.endsWith(`/${newHash}/set.json`)) {
      if (moved.length === 0) moved.push(symlink(newHash, path));
    }
    return undefined;
  };
  const { outcome, message } = await rig.act({ ...rig.mirror(newHash), label });
  await Promise.all(moved);
  t.is(moved.length, 1);
  t.is(outcome, 'done', message);
  t.deepEqual((await readdir(rig.store('rh1'))).sort(), [newHash, label]);
  t.deepEqual(await differing(path, newFiles), []);
});

test('mirror: a folder of its own has the name of the label: refused before a byte moves, with what to do', async (t) => {
  const rig = await startImagesRig(t);
  await publishBoth(rig);
  await rig.mustDo(linkTo(rig, newHash));
  const flat = join(rig.store('rh1'), label);
  await mkdir(flat, { recursive: true });
  await writeFile(join(flat, 'overcloud-full.tar'), 'as RH1 had it');
  const before = rig.sftp.traffic().received;
  for (const inputs of [
    { ...rig.mirror(newHash), label },
    { ...linkTo(rig, newHash), destination: `${rig.sftp.url}/rh1` },
  ]) {
    const { outcome, message, error } = await rig.act(inputs);
    t.is(outcome, 'failed', message);
    t.is(error?.code, 'cannot-switch');
    t.regex(message ?? '', /current-tripleo is a folder or file of its own, not a link/);
    t.regex(`${error?.next}`, /Turn it into a link once.*mv -nT -- current-tripleo current-tripleo\.before && ln -s/);
  }
  t.is(rig.sftp.traffic().received, before);
  t.deepEqual(await readdir(rig.store('rh1')), [label]);
});

const all = ['posix-rename@openssh.com', 'fsync@openssh.com', 'limits@openssh.com', 'copy-data'] as const;
for (const missing of ['fsync@openssh.com', 'limits@openssh.com', 'copy-data'] as const) {
  test(`a server without ${missing}: a successor is published, mirrored, linked and pruned all the same`, async (t) => {
    const rig = await startImagesRig(t, { commands: true, extensions: all.filter((name) => name !== missing) });
    await publishBoth(rig);
    await rig.mustDo(linkTo(rig, newHash));
    await rig.mustDo({ ...rig.mirror(newHash), label });
    for (const store of ['rdo', 'rh1'] as const) {
      t.deepEqual(await halvesIn(rig.store(store)), []);
      t.deepEqual(await differing(join(rig.store(store), label), newFiles), []);
    }
    const ages: Inputs = { mode: 'prune', destination: `${rig.sftp.url}/rdo`, 'older-than': '1s' };
    const later = { now: () => Date.now() + 60_000, sleep: () => Promise.resolve() };
    const pruned = await rig.act(ages, { clock: later });
    t.is(pruned.outcome, 'done', pruned.message);
    t.deepEqual((await readdir(rig.store('rdo'))).sort(), [newHash, label]);
  });
}

test('a server without posix-rename: refused before an image is sent, and nothing is left that a reader could see', async (t) => {
  const rig = await startImagesRig(t, { extensions: ['fsync@openssh.com', 'limits@openssh.com', 'copy-data'] });
  const { outcome, message, error } = await rig.act(rig.publish(await rig.folder(newFiles), newHash));
  t.is(outcome, 'failed', message);
  t.is(error?.code, 'not-supported');
  t.regex(message ?? '', /^sftp:\S+: the server has no posix-rename@openssh\.com extension/);
  t.regex(`${error?.next}`, /use a server that has it, such as OpenSSH/);
  t.deepEqual(
    (await readdir(rig.store('rdo')).catch(() => [])).filter((name) => !name.startsWith('.')),
    [],
  );
  t.is(rig.sftp.traffic().received, 0, 'bytes were sent for nothing');
});

test('prune: links that lead out, in circles and nowhere keep what they name, and nothing outside is touched', async (t) => {
  const rig = await startImagesRig(t);
  await publishBoth(rig);
  const store = rig.store('rdo');
  const outside = await rig.folder({ precious: Buffer.from('precious') });
  await symlink(newHash, join(store, label));
  await symlink('loop-two', join(store, 'loop-one'));
  await symlink('loop-one', join(store, 'loop-two'));
  await symlink(`../../../../../..${store}/${oldHash}`, join(store, 'roundabout'));
  await mkdir(join(store, 'not a\\hash\n'), { recursive: true });
  const later = { now: () => Date.now() + 60_000, sleep: () => Promise.resolve() };
  const prune: Inputs = { mode: 'prune', destination: `${rig.sftp.url}/rdo`, 'older-than': '1s' };
  const kept = await rig.act(prune, { clock: later });
  t.is(kept.outcome, 'nothing-to-do', kept.message);
  t.deepEqual(await differing(join(store, oldHash), oldFiles), [], 'the roundabout names it');
  t.deepEqual(await differing(outside, { precious: Buffer.from('precious') }), []);

  await rm(join(store, 'roundabout'));
  const pruned = await rig.act(prune, { clock: later });
  t.is(pruned.outcome, 'done', pruned.message);
  t.false((await readdir(store)).includes(oldHash));
  t.deepEqual(await differing(join(store, newHash), newFiles), []);

  // A hash that is a link to somewhere else: nobody can tell, so nothing goes.
  await symlink(outside, join(store, `${'d'.repeat(40)}_${'4'.repeat(8)}`));
  const unclear = await rig.act(prune, { clock: later });
  t.like(unclear, { outcome: 'failed', error: { code: 'unclear-links' } });
  t.regex(`${unclear.error?.next}`, /then run the same command again/);
  t.deepEqual(await differing(outside, { precious: Buffer.from('precious') }), []);
});
