import test from 'ava';
import { readers } from './clients.ts';
import { repositoryOf, seedImages, type SourceImage } from './images.ts';
import { copyWithOurs, hash, sourceTag } from './run-ours.ts';
import { startTarget, type Target, type TargetKind } from './targets.ts';

// How token servers differ, each in front of the real registries, which look at every token themselves.
let source: Target;
let images: readonly SourceImage[];
test.before('the source is filled', async () => {
  source = await startTarget({ kind: 'real', engine: 'v3', auth: 'anonymous' });
  images = await seedImages(source, sourceTag);
});
test.after.always('the source ends', () => source?.close());

interface Behaviour {
  readonly title: string;
  readonly tokens: NonNullable<TargetKind['tokens']>;
}

const harmless: readonly Behaviour[] = [
  { title: 'tokens live a second', tokens: { expiresIn: 1 } },
  { title: 'nobody says how long tokens live', tokens: { expiresIn: null } },
  { title: 'the first token for a repository is over when it comes', tokens: { overAtFirst: true } },
  { title: 'a token is for one repository, so nothing is mounted', tokens: { severalScopes: 'first' } },
  { title: 'a token for two repositories is refused', tokens: { severalScopes: 'refuse' } },
];

for (const engine of ['v2', 'v3'] as const) {
  for (const { title, tokens } of harmless) {
    test.serial(`real ${engine}: ${title}`, async (t) => {
      const target = await startTarget({ kind: 'real', engine, auth: 'token', tokens });
      t.teardown(() => target.close());
      const run = await copyWithOurs(source, target, images);
      t.is(run.outcome, 'done', `${run.message}\n${run.stderr}`);
      t.true(images.length > 0);
      const [crane] = readers;
      for (const { name, digest } of images) t.is(await crane!.digest(target, `${repositoryOf(name)}:${hash}`), digest);
    });
  }

  test.serial(`real ${engine}: no token is asked for twice while it lives`, async (t) => {
    const target = await startTarget({ kind: 'real', engine, auth: 'token' });
    t.teardown(() => target.close());
    const run = await copyWithOurs(source, target, images);
    t.is(run.outcome, 'done', `${run.message}\n${run.stderr}`);
    t.true(target.tokens.length >= images.length);
    t.deepEqual(target.tokens.toSorted(), [...new Set(target.tokens)].sort());
  });

  test.serial(`real ${engine}: who may not push is told so`, async (t) => {
    const grants = (_repository: string, actions: readonly string[]): readonly string[] =>
      actions.filter((action) => action === 'pull');
    const target = await startTarget({ kind: 'real', engine, auth: 'token', tokens: { grants } });
    t.teardown(() => target.close());
    const run = await copyWithOurs(source, target, images);
    t.is(run.outcome, 'invalid', run.stderr);
    t.true(run.message.includes(target.host), run.message);
    t.notRegex(run.stderr + run.message, /eyJ|a made-up password/);
  });
}
