import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { startLabRegistry } from '@tagflow/lab';
import { type RealEngine, type RealRegistry, type RealRegistryOptions, startRealRegistry } from '../real-registry.ts';
import { questionsOfBlobs } from './questions-of-blobs.ts';
import { layerUrlsAtFirst, questionsOfLayerUrls } from './questions-of-layer-urls.ts';
import { questionsOfManifests } from './questions-of-manifests.ts';
import { questionsOfTags } from './questions-of-tags.ts';

type Registry = Pick<RealRegistry, 'url' | 'close'>;

// What the lab's registry is held to is what the real ones answer: the same questions, so that neither can drift.
const questions = [...questionsOfBlobs, ...questionsOfManifests, ...questionsOfLayerUrls, ...questionsOfTags];

for (const engine of ['v2', 'v3'] as const) {
  for (const kind of ['real', 'lab'] as const) {
    let registry: Registry;
    test.before(`the registry starts: ${kind} ${engine}`, async () => {
      registry = await start(kind, engine, true);
    });
    test.after.always(`the registry ends: ${kind} ${engine}`, () => registry?.close());
    for (const { title, ask, answer, v3 } of questions) {
      test(`${kind} ${engine}: ${title}`, async (t) => {
        t.deepEqual(await ask(registry), engine === 'v3' && v3 !== undefined ? v3 : answer);
      });
    }

    test(`${kind} ${engine}: ${layerUrlsAtFirst.title}`, async (t) => {
      const strict = await start(kind, engine, false);
      t.teardown(() => strict.close());
      t.deepEqual(await layerUrlsAtFirst.ask(strict), layerUrlsAtFirst.answer);
    });
  }
}

async function start(kind: 'real' | 'lab', engine: RealEngine, layerUrls: boolean): Promise<Registry> {
  if (kind === 'lab') return startLabRegistry({ engine, layerUrls });
  return startReal({ engine, ...(layerUrls ? { layerUrls: ['^https://layers[.]example/'] } : {}) });
}

async function startReal(options: Omit<RealRegistryOptions, 'root'>): Promise<RealRegistry> {
  const root = await mkdtemp(join(tmpdir(), 'tagflow-registry-'));
  const registry = await startRealRegistry({ root, ...options });
  return {
    ...registry,
    close: async () => {
      await registry.close();
      await rm(root, { recursive: true });
    },
  };
}
