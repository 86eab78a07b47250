import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { StartedTagflow } from '../pipelines/tagflow.ts';
import { runForeign } from './foreign.ts';
import { type ImagesRig, mib, newHash, noise, startImagesRig } from './images-rig.ts';

const name = 'overcloud-full.tar';
const size = 48 * mib + 77;

async function start(t: ExecutionContext, directives = '') {
  const rig = await startImagesRig(t, { directives });
  const built = await rig.folder();
  await writeFile(join(built, name), noise(size, 'large'));
  return { rig, built };
}

/** Kills a run when a part of the image has that many bytes, and returns how many it had then. */
async function killAt(folder: string, bytes: number, { child, ended }: StartedTagflow): Promise<number> {
  while ((await partIn(folder)) < bytes) {
    if (child.exitCode !== null) throw new Error((await ended).stderr);
    await turn();
  }
  child.kill('SIGKILL');
  const { signal } = await ended;
  if (signal !== 'SIGKILL') throw new Error('it ended before it was killed');
  return partIn(folder);
}

/** Returns how long the hidden part of the image is, wherever below the folder. */
async function partIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const part = names.find((path) => path.endsWith('.part') && path.includes(`${name}.`));
  if (part === undefined) return 0;
  return (await stat(join(folder, part)).catch(() => null))?.size ?? 0;
}

async function sentOf(rig: ImagesRig): Promise<number> {
  const answers = await rig.nginx.answers();
  return answers.filter(({ path }) => path.endsWith(name)).reduce((sum, { bytes }) => sum + bytes, 0);
}

test('publish to OpenSSH, killed again and again: each run sends only the rest, and nothing is seen before it is whole', async (t) => {
  const { rig, built } = await start(t);
  const publish = rig.publish(built, newHash);
  let before = 0;
  for (const bytes of [10 * mib, 30 * mib]) {
    const present = await killAt(rig.store('rdo'), bytes, rig.start(publish));
    t.true(present >= before, `${present} bytes are there, ${before} were`);
    t.deepEqual(
      (await readdir(rig.store('rdo'))).filter((one) => !one.startsWith('.')),
      [],
    );
    before = present;
  }
  const { outputs } = await rig.run(publish);
  t.is(Number(outputs['bytes-moved']), size - before);
  t.is(Number(outputs['bytes-saved']), before);
  await runForeign('sha256sum', ['--check', '--strict', '--quiet', `${name}.sha256`], {
    cwd: join(rig.store('rdo'), newHash),
  });
  t.deepEqual(await readdir(rig.store('rdo')), [newHash]);
});

for (const cached of [false, true]) {
  test(`fetch from nginx ${cached ? 'with' : 'without'} a cache, killed: the next run asks for the rest alone`, async (t) => {
    // As slow as a line between two sites, for each of the four connections.
    const { rig, built } = await start(t, 'limit_rate 20m;');
    await rig.run(rig.publish(built, newHash));
    const into = await rig.folder();
    const cache = await rig.folder();
    const fetch = rig.fetch(into, newHash, cached ? { cache } : {});
    const present = await killAt(cached ? cache : into, 15 * mib, rig.start(fetch));
    t.true(present < size, `${present} of ${size} bytes`);
    t.deepEqual(
      (await readdir(into)).filter((one) => !one.startsWith('.')),
      [],
    );

    const before = await sentOf(rig);
    const { outputs } = await rig.run(fetch);
    const sent = (await sentOf(rig)) - before;
    // Of the ranges that were on their way, nginx may have noted some only now.
    t.true(sent <= size - present + 16 * mib, `nginx sent ${sent}`);
    t.is(Number(outputs['bytes-moved']), size - present);
    t.is(Number(outputs['bytes-saved']), present);
    await runForeign('cmp', [join(into, name), join(built, name)]);
    t.deepEqual(
      (await readdir(into)).filter((one) => one.endsWith('.part')),
      [],
    );
  });
}
