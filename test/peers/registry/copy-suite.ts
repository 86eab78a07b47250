import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { pull, readers } from './clients.ts';
import { repositoryOf, seedImages, type SourceImage } from './images.ts';
import { copyWithOurs, hash, label, sourceTag } from './run-ours.ts';
import { startTarget, type Target, type TargetKind, titleOf } from './targets.ts';

/** Copies with ours to registries of these kinds, and has foreign clients read what came out. */
export function testCopies(kinds: readonly TargetKind[]): void {
  let source: Target;
  let images: readonly SourceImage[];
  test.before('the source is filled', async () => {
    source = await startTarget({ kind: 'real', engine: 'v3', auth: 'anonymous' });
    images = await seedImages(source, sourceTag);
  });
  test.after.always('the source ends', () => source?.close());

  for (const kind of kinds) {
    const title = titleOf(kind);
    let target: Target;
    test.before(`the registry starts: ${title}`, async () => {
      target = await startTarget(kind);
    });
    test.after.always(`the registry ends: ${title}`, () => target?.close());

    test.serial(`${title}: ours writes`, async (t) => {
      const run = await copyWithOurs(source, target, images);
      t.is(run.outcome, 'done', `${run.message}\n${run.stderr}`);
      t.is(run.outputs['copied'], `${images.length}`);
      const again = await copyWithOurs(source, target, images);
      t.is(again.exitCode, 0, again.stderr);
      t.is(again.outputs['copied'], '0');
      t.is(again.outputs['bytes-moved'], '0');
    });

    for (const reader of readers) {
      test.serial(`${title}: ${reader.name} reads`, async (t) => {
        t.true(images.length > 0);
        for (const { name, digest, text } of images) {
          const where = (tag: string): string => `${repositoryOf(name)}:${tag}`;
          for (const tag of [hash, label]) t.is(await reader.digest(target, where(tag)), digest, where(tag));
          t.is(await reader.manifest(target, where(hash)), text, name);
        }
      });
    }

    test.serial(`${title}: skopeo pulls all of an image and of an index`, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'tagflow-pulled-'));
      t.teardown(() => rm(folder, { recursive: true }));
      for (const name of ['heat-api', 'keystone']) {
        const image = images.find((one) => one.name === name)!;
        const where = `${repositoryOf(name)}:${hash}`;
        const [pulled, original] = [join(folder, `${name}-target`), join(folder, `${name}-source`)];
        const digests = await pull(target, where, pulled);
        t.deepEqual(digests, await pull(source, `${repositoryOf(name)}:${sourceTag}`, original));
        t.true(digests.includes(image.digest));
      }
    });
  }
}
