import { lstat, readdir, readlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type FullHash, parseSet } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { runForeign } from './foreign.ts';
import {
  dataBytes,
  differing,
  freshBytes,
  imageBytes,
  imageNames,
  type ImagesRig,
  mib,
  newHash,
  oldHash,
  roomOf,
  startImagesRig,
  writeImages,
} from './images-rig.ts';

const label = 'current-tripleo';

for (const commands of [true, false]) {
  const server = commands ? 'with commands' : 'with SFTP alone';
  test(`OpenSSH ${server} and nginx: a hash, its successor, mirrors, labels and a prune`, async (t) => {
    const rig = await startImagesRig(t, { commands });
    const built = await writeImages(await rig.folder(), 'old');
    const first = await rig.run(rig.publish(built, oldHash));
    t.true(Number(first.outputs['bytes-moved']) <= dataBytes, 'holes are not sent');
    await checkPublished(t, rig, oldHash);
    t.is((await rig.run(rig.publish(built, oldHash), 'nothing-to-do')).outputs['bytes-moved'], '0');

    const cache = await rig.folder();
    const into = await rig.folder();
    await rig.run(rig.fetch(into, oldHash, { cache }));
    t.deepEqual(await differing(into, built), []);
    t.true((await roomOf(join(into, 'undercloud.qcow2'))) < 6 * mib, 'fetched with its holes');
    await runForeign('md5sum', ['--check', '--strict', ...sumsOf(rig, oldHash, 'md5')], { cwd: into });

    // The next hash costs what is new in it.
    const next = await writeImages(await rig.folder(), 'new');
    const published = await rig.run(rig.publish(next, newHash));
    t.true(
      Number(published.outputs['bytes-moved']) < freshBytes + mib,
      `${published.outputs['bytes-moved']} were sent`,
    );
    await checkPublished(t, rig, newHash);
    const sentBefore = await sentBy(rig);
    const fetched = await rig.run(rig.fetch(into, newHash, { cache }));
    const sent = (await sentBy(rig)) - sentBefore;
    t.true(sent < freshBytes + mib, `nginx sent ${sent} bytes`);
    t.true(Number(fetched.outputs['bytes-moved']) <= sent, 'it says no more than nginx');
    t.is(Number(fetched.outputs['bytes-moved']) + Number(fetched.outputs['bytes-saved']), imageBytes);
    t.deepEqual(await differing(into, next), []);

    // Without a cache, the files that are replaced are what it builds upon.
    const alone = await rig.folder();
    await rig.run(rig.fetch(alone, oldHash));
    const replaced = await rig.run(rig.fetch(alone, newHash));
    t.true(Number(replaced.outputs['bytes-moved']) < freshBytes + mib);
    t.deepEqual(await differing(alone, next), []);

    for (const hash of [oldHash, newHash]) {
      await rig.run({ mode: 'link', destination: rig.sftp('rdo'), label, 'full-hash': hash });
    }
    t.is(await readlink(join(rig.store('rdo'), label)), newHash, 'a relative link');
    t.true((await get(rig, `/rdo/master/${label}/overcloud-full.tar.md5`)).endsWith('  overcloud-full.tar\n'));
    const byLabel = await rig.folder();
    await rig.run({ ...rig.fetch(byLabel, newHash), label });
    t.deepEqual(await differing(byLabel, next), []);

    if (!commands) return; // the rest is about other things
    await checkMirrors(t, rig, next);
    await checkPrune(t, rig);
  });
}

/** What a reader finds in the directory of a hash, with tools that know nothing of tagflow. */
async function checkPublished(t: ExecutionContext, rig: ImagesRig, hash: FullHash): Promise<void> {
  const folder = join(rig.store('rdo'), hash);
  for (const kind of ['md5', 'sha256'] as const) {
    const sums = imageNames.map((name) => `${name}.${kind}`);
    await runForeign(`${kind}sum`, ['--check', '--strict', '--quiet', ...sums], { cwd: folder });
  }
  t.deepEqual(
    (await readdir(folder)).sort(),
    [...imageNames.flatMap((name) => ['', '.cidx', '.md5', '.sha256'].map((end) => name + end)), 'set.json'].sort(),
  );
  const set = parseSet(await get(rig, `/rdo/master/${hash}/set.json`), 'set.json');
  t.is(set.fullHash, hash);
  t.deepEqual(
    set.images.map(({ name }) => name),
    [...imageNames],
  );
  t.true((await roomOf(join(folder, 'undercloud.qcow2'))) < 6 * mib, 'its holes are holes');
  t.is((await lstat(join(folder, 'undercloud.qcow2'))).size, 28.5 * mib);
  t.deepEqual(
    (await readdir(rig.store('rdo'))).filter((name) => name.startsWith('.')),
    [],
  );
}

async function checkMirrors(t: ExecutionContext, rig: ImagesRig, next: string): Promise<void> {
  const folder = await rig.folder();
  const targets = { sftp: rig.sftp('rh1'), folder: pathToFileURL(join(folder, 'mirror')).href };
  for (const [from, source, to, place] of [
    ['http', `${rig.nginx.url}/rdo`, targets.sftp, rig.store('rh1')],
    ['http', `${rig.nginx.url}/rdo`, targets.folder, join(folder, 'mirror', 'master')],
    ['sftp', rig.sftp('rdo'), `${targets.sftp}/two`, join(rig.store('rh1'), '..', 'two', 'master')],
  ] as const) {
    const mirror = { mode: 'mirror', source, destination: to };
    const whole = await rig.run({ ...mirror, 'full-hash': oldHash });
    t.true(Number(whole.outputs['bytes-moved']) <= dataBytes, `${from} to ${to}`);
    const delta = await rig.run({ ...mirror, label });
    t.true(
      Number(delta.outputs['bytes-moved']) < freshBytes + mib,
      `${from} to ${to}: ${delta.outputs['bytes-moved']}`,
    );
    t.is(delta.outputs['previous'], '');
    t.deepEqual((await readdir(place)).sort(), [oldHash, newHash, label]);
    t.is(await readlink(join(place, label)), newHash);
    t.deepEqual(await differing(join(place, label), next), []);
    t.true((await roomOf(join(place, label, 'undercloud.qcow2'))) < 6 * mib, `${from} to ${to}: holes`);
    await rig.run({ ...mirror, label }, 'nothing-to-do');
  }
}

async function checkPrune(t: ExecutionContext, rig: ImagesRig): Promise<void> {
  const long = new Date('2020-01-01T00:00:00Z');
  for (const hash of [oldHash, newHash]) {
    const folder = join(rig.store('rdo'), hash);
    for (const name of await readdir(folder)) await utimes(join(folder, name), long, long);
    await utimes(folder, long, long);
  }
  const prune = { mode: 'prune', destination: rig.sftp('rdo') };
  const planned = await rig.run({ ...prune, 'dry-run': 'true' }, 'planned');
  t.is(planned.outputs['files'], `master/${oldHash}`);
  t.deepEqual((await readdir(rig.store('rdo'))).sort(), [oldHash, newHash, label]);
  t.is((await rig.run(prune)).outputs['files'], `master/${oldHash}`);
  t.deepEqual((await readdir(rig.store('rdo'))).sort(), [newHash, label]);
  await rig.run(prune, 'nothing-to-do');
}

/** The checksum files of a hash, to be held against files elsewhere. */
function sumsOf(rig: ImagesRig, hash: FullHash, kind: string): readonly string[] {
  return imageNames.map((name) => join(rig.store('rdo'), hash, `${name}.${kind}`));
}

async function sentBy(rig: ImagesRig): Promise<number> {
  return (await rig.nginx.answers()).reduce((sum, { bytes }) => sum + bytes, 0);
}

async function get(rig: ImagesRig, path: string): Promise<string> {
  const answer = await fetch(`${rig.nginx.url}${path}`);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}
