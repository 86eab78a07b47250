import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { action as buildImages } from '@tagflow/build-images';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import { action as syncImages } from '@tagflow/sync-images';
import anyTest, { type TestFn } from 'ava';
import { subtree } from '../pipelines/lab-world.ts';
import { imageFolder } from '../pipelines/truth.ts';
import { everything, hasty, type Pair, startPair } from './scenario.ts';

const test = anyTest as TestFn<Pair>;

test.before(async (t) => {
  t.context = await startPair();
});
test.after.always((t) => t.context.world?.close());

const name = 'overcloud-full.tar';

/** What can be wrong with the candidate's image in the public store. */
const damages: Readonly<Record<string, { readonly says: RegExp; readonly damage: (image: string) => Promise<void> }>> =
  {
    'its checksum file says something else': {
      says: /overcloud-full\.tar\.sha256 says 0{64}, expected [0-9a-f]{64}/,
      damage: (image) => writeFile(`${image}.sha256`, `${'0'.repeat(64)}  ${name}\n`),
    },
    'its checksum file is missing and its bytes are others': {
      says: /overcloud-full\.tar has sha256 [0-9a-f]{64}, expected [0-9a-f]{64}/,
      damage: async (image) => {
        await rm(`${image}.sha256`);
        await writeFile(image, changed(await readFile(image)));
      },
    },
    'it is shorter than it was': {
      says: /overcloud-full\.tar/,
      damage: async (image) => writeFile(image, (await readFile(image)).subarray(1)),
    },
    'it is gone': { says: /overcloud-full\.tar/, damage: (image) => rm(image) },
  };

for (const [title, { says, damage }] of Object.entries(damages)) {
  test.serial(`failed: an image of the candidate: ${title}`, async (t) => {
    const { world, candidate } = t.context;
    const before = await everything(world);
    const image = join(world.lab.root, 'images', imageFolder, candidate, name);
    const [bytes, sum] = [await readFile(image), await readFile(`${image}.sha256`)];
    await damage(image);
    const result = await world.act(promoteSymlink, { phase: 'upstream' }, { clock: hasty });
    await writeFile(image, bytes);
    await writeFile(`${image}.sha256`, sum);
    t.is(result.outcome, 'failed', result.message);
    t.regex(result.message ?? '', says);
    t.deepEqual(await everything(world), before);
  });
}

test.serial(
  'failed: an image with other bytes than its set says, when it is verified and when it is fetched',
  async (t) => {
    const { world, promoted } = t.context;
    const before = await everything(world);
    const image = join(world.lab.root, 'images', imageFolder, promoted, name);
    const bytes = await readFile(image);
    await writeFile(image, changed(bytes));
    const hash = { 'full-hash': promoted };
    const verified = await world.act(syncImages, { ...hash, phase: 'upstream', mode: 'verify' });
    const fetched = await world.act(syncImages, { ...hash, phase: 'rdo-phase-2', mode: 'fetch' }, { clock: hasty });
    await writeFile(image, bytes);
    for (const { outcome, message } of [verified, fetched]) {
      t.is(outcome, 'failed', message);
      t.regex(message ?? '', /overcloud-full\.tar has .*sha256 [0-9a-f]{64}/);
    }
    t.deepEqual(await everything(world), before);
    t.is((await world.act(syncImages, { ...hash, phase: 'rdo-phase-2', mode: 'fetch' })).outcome, 'done', 'put right');
  },
);

test.serial('failed: a builder whose checksum is not that of its image', async (t) => {
  const { world, candidate } = t.context;
  const script = 'printf image > $TAGFLOW_OUT_DIR/a.tar; printf "%032d  a.tar" 0 > $TAGFLOW_OUT_DIR/a.tar.md5';
  const config = await world.writeConfig((tree) => {
    const images = subtree(tree, 'phases', 'upstream', 'build', 'images');
    images['command'] = ['sh', '-c', script];
    images['files'] = ['a.tar'];
  });
  const inputs = { config, phase: 'upstream', 'full-hash': candidate };
  const built = await world.act(buildImages, inputs, { env: { PATH: process.env['PATH'] ?? '' } });
  t.is(built.outcome, 'failed', built.message);
  t.regex(built.message ?? '', /a\.tar has md5 [0-9a-f]{32}, but \S+a\.tar\.md5 says 0{32}/);
});

test.serial('nothing was lost: the candidate is promoted', async (t) => {
  const result = await t.context.world.act(promoteSymlink, { phase: 'upstream' });
  t.is(result.outcome, 'done', result.message);
});

function changed(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes).with(100, (bytes[100] ?? 0) ^ 1);
}
