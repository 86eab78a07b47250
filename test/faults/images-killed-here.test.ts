import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import {
  differing,
  dyingEnv,
  type ImagesRig,
  newFiles,
  newHash,
  oldFiles,
  oldHash,
  sizeOf,
  startImagesRig,
  visibleIn,
} from './images-rig.ts';

const ways = { 'without a cache': false, 'with a cache': true };

for (const [way, isCached] of Object.entries(ways)) {
  test(`fetch ${way}: killed at any change of this machine's disk, no file is seen half, and the next run completes it`, async (t) => {
    const rig = await startImagesRig(t);
    await rig.mustDo(rig.publish(await rig.folder(oldFiles), oldHash));
    await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
    /** A folder with the files of the old hash, where the new one is fetched to. */
    const prepare = async () => {
      const into = await rig.folder();
      const more = isCached ? { cache: await rig.folder() } : {};
      await rig.mustDo(rig.fetch(into, oldHash, more));
      return { into, inputs: rig.fetch(into, newHash, more) };
    };
    const whole = await rig.start((await prepare()).inputs, dyingEnv({})).ended;
    const total = Number(/(\d+) changes\n$/.exec(whole.stderr)?.[1]);
    t.true(total >= moments, whole.stderr);

    for (let moment = 1; moment <= moments; moment += 1) {
      const { into, inputs } = await prepare();
      const dieAt = Math.ceil(((moment - 0.5) * total) / moments);
      const when = `at change ${dieAt} of ${total}`;
      const { signal, stderr } = await rig.start(inputs, dyingEnv({ dieAt })).ended;
      t.is(signal, 'SIGKILL', `${when}: ${stderr}`);
      t.deepEqual(await halfFetched(into), [], when);
      const next = await rig.act(inputs);
      t.true(['done', 'nothing-to-do'].includes(next.outcome), `${when}: ${next.message}`);
      t.true(Number(next.outputs['bytes-moved']) <= sizeOf(newFiles), when);
      t.deepEqual(await differing(into, newFiles), [], when);
      t.deepEqual(await leftIn(into, inputs), [], when);
    }
  });
}

const moments = 3;

/** Returns the visible files that are neither those of one hash nor those of the other. */
async function halfFetched(into: string): Promise<readonly string[]> {
  const half: string[] = [];
  for (const name of await visibleIn(into)) {
    const bytes = await readFile(join(into, name));
    if (![oldFiles, newFiles].some((files) => files[name]?.equals(bytes))) half.push(name);
  }
  return half;
}

/** Returns what no later run would need: parts and copies that were begun. */
async function leftIn(into: string, inputs: ReturnType<ImagesRig['fetch']>): Promise<readonly string[]> {
  const folders = [into, ...(inputs['cache'] === undefined ? [] : [inputs['cache']])];
  const names = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true })));
  // A lock whose owner is dead holds nobody up, and is empty.
  return names.flat().filter((name) => /\.part|\.placing/.test(name) && !name.includes('.part.lock'));
}
