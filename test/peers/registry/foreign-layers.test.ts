import test, { type ExecutionContext } from 'ava';
import { digestOf, putBlob, putManifest, types } from './asking.ts';
import { readers } from './clients.ts';
import { repositoryOf, type SourceImage } from './images.ts';
import { copyWithOurs, hash, sourceTag } from './run-ours.ts';
import { startTarget, type Target, type TargetKind } from './targets.ts';

// A layer that lies elsewhere is copied by its manifest alone, where the registry lets a manifest name such layers.
for (const kind of ['real', 'lab'] as const) {
  for (const engine of ['v2', 'v3'] as const) {
    test(`${kind} ${engine}: a foreign layer that is not there stays where it is`, async (t) => {
      const { source, image } = await seedForeign(t);
      const target = await start(t, { kind, engine, auth: 'anonymous', layerUrls: true });
      const run = await copyWithOurs(source, target, [image]);
      t.is(run.outcome, 'done', `${run.message}\n${run.stderr}`);
      for (const reader of readers) {
        t.is(await reader.manifest(target, `${repositoryOf(image.name)}:${hash}`), image.text, reader.name);
      }
    });

    test(`${kind} ${engine}: where no foreign layer is allowed, the refusal is told`, async (t) => {
      const { source, image } = await seedForeign(t);
      const target = await start(t, { kind, engine, auth: 'anonymous' });
      const run = await copyWithOurs(source, target, [image]);
      t.is(run.outcome, 'failed', `${run.message}\n${run.stderr}`);
      t.true(run.message.includes(`${target.host}/${repositoryOf(image.name)}`), run.message);
    });
  }
}

async function seedForeign(t: ExecutionContext): Promise<{ readonly source: Target; readonly image: SourceImage }> {
  const source = await start(t, { kind: 'real', engine: 'v3', auth: 'anonymous', layerUrls: true });
  const repository = repositoryOf('windows');
  const config = await putBlob(source, repository, '{"architecture":"amd64","os":"windows"}');
  const layer = await putBlob(source, repository, 'a layer of our own');
  const foreign = { size: 123_456, digest: digestOf('elsewhere'), urls: ['https://layers.example/one'] };
  const rootfs = 'application/vnd.docker.image.rootfs';
  const text = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: types.dockerManifest },
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
    layers: [
      { mediaType: `${rootfs}.foreign.diff.tar.gzip`, ...foreign },
      { mediaType: `${rootfs}.diff.tar.gzip`, ...layer },
    ],
  });
  const put = await putManifest(source, repository, sourceTag, { type: types.dockerManifest, text });
  t.is(put.status, 201);
  return { source, image: { name: 'windows', digest: digestOf(text), text } };
}

async function start(t: ExecutionContext, kind: TargetKind): Promise<Target> {
  const target = await startTarget(kind);
  t.teardown(() => target.close());
  return target;
}
