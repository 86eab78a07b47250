import test, { type ExecutionContext } from 'ava';
import { ask, types } from './asking.ts';
import { writers } from './clients.ts';
import { repositoryOf, seedImages, type SourceImage } from './images.ts';
import { copyWithOurs, hash, label, sourceTag } from './run-ours.ts';
import { startTarget, type Target, type TargetKind, titleOf } from './targets.ts';

// What foreign clients write to the lab is there: so it is a registry to them too. Ours reads it, and passes it on.
let source: Target;
let images: readonly SourceImage[];
test.before('the source is filled', async () => {
  source = await startTarget({ kind: 'real', engine: 'v3', auth: 'anonymous' });
  images = await seedImages(source, sourceTag);
});
test.after.always('the source ends', () => source?.close());

for (const engine of ['v2', 'v3'] as const) {
  for (const auth of ['anonymous', 'basic', 'token'] as const) {
    const kind: TargetKind = { kind: 'lab', engine, auth };
    for (const writer of writers) {
      test.serial(`${titleOf(kind)}: ${writer.name} writes, and ours reads`, async (t) => {
        const lab = await start(t, kind);
        const next = await start(t, { kind: 'lab', engine, auth: 'anonymous' });
        for (const { name } of images) await writer.copy(source, lab, `${repositoryOf(name)}:${sourceTag}`);
        const run = await copyWithOurs(lab, next, images);
        t.is(run.outcome, 'done', `${run.message}\n${run.stderr}`);
        t.true(images.length > 0);
        for (const { name, text } of images) {
          for (const tag of [hash, label]) {
            const headers = { accept: Object.values(types).join(', ') };
            const said = await ask(next, 'GET', `/v2/${repositoryOf(name)}/manifests/${tag}`, { headers });
            t.is(said.body.toString(), text, `${name}:${tag}`);
          }
        }
      });
    }
  }
}

async function start(t: ExecutionContext, kind: TargetKind): Promise<Target> {
  const target = await startTarget(kind);
  t.teardown(() => target.close());
  return target;
}
