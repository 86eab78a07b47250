import { access, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { formatSumFile } from '../src/checksum.ts';
import { describeImages } from '../src/publish/describe.ts';
import { fetchImages } from '../src/fetch/fetch-images.ts';
import { createLayout } from '../src/layout.ts';
import { mirrorSet } from '../src/mirror.ts';
import { publishSet } from '../src/publish/publish.ts';
import { verifySet } from '../src/verify.ts';
import {
  entryOf,
  folderWorld,
  hashA,
  openFolder,
  type Sample,
  sampleFiles,
  setOfSamples,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const layout = createLayout({
  ...{ pathTemplate: '{release}/{hash}', linkTemplates: ['{release}/{label}'], release: 'master' },
});
const directory = layout.directory(hashA);
const [agent, overcloud] = sampleFiles as readonly [Sample, Sample];

test('a size that no disk has does not empty the cache', async (t) => {
  const { root, store } = await folderWorld(t);
  await writeSamples(join(root, directory));
  const [into, cache] = [await temporaryFolder(), await temporaryFolder()];
  const source = { store, directory };
  await fetchImages({ source, images: [entryOf(agent)], into, cache }, testEffects());
  const kept = join(cache, agent.name, `0.0.0-sha256-${entryOf(agent).sha256}`);
  const longAgo = new Date(Date.now() - 60 * 60 * 1000);
  await utimes(join(kept, 'noarch.complete'), longAgo, longAgo);
  const huge = { ...entryOf(overcloud), size: Number.MAX_SAFE_INTEGER };
  await t.throwsAsync(fetchImages({ source, images: [huge], into, cache }, testEffects()));
  await t.notThrowsAsync(access(kept));
});

for (const name of ['over cloud.tar', 'image+1.qcow2', 'näme.tar']) {
  test(`a file whose name no set.json may hold is refused before it travels: ${name}`, async (t) => {
    const { root, store } = await folderWorld(t);
    const folder = await writeSamples(await temporaryFolder(), [{ name, bytes: agent.bytes }]);
    const publish = async (): Promise<unknown> => {
      const images = await describeImages(folder, [], 'public');
      const set = { ...setOfSamples([]), images };
      const sources = [{ store: openFolder(folder), directory: '' }];
      return publishSet({ store, directory, visibility: 'public', sources, set }, testEffects());
    };
    const error = await t.throwsAsync(publish());
    t.regex(error?.message ?? '', /name/);
    t.deepEqual(await readdir(root), []);
  });
}

test('an image named as what stands beside another one does not take its place', async (t) => {
  const { store } = await folderWorld(t);
  const beside: Sample = { name: `${agent.name}.sha256`, bytes: Buffer.from('not a sum\n') };
  const files = [agent, beside];
  const sources = [{ store: openFolder(await writeSamples(await temporaryFolder(), files)), directory: '' }];
  const set = setOfSamples(files);
  const ended = await publishSet({ store, directory, visibility: 'public', sources, set }, testEffects()).catch(
    (error: unknown) => error,
  );
  if (ended instanceof Error) {
    t.pass();
    return;
  }
  t.deepEqual(await verifySet({ store, directory }, { set, visibility: 'public', proof: 'bytes' }, testEffects()), []);
});

test('a name that is given twice is one file', async (t) => {
  const [from, to] = [await folderWorld(t), await folderWorld(t)];
  const folder = join(from.root, directory);
  await mkdir(folder, { recursive: true });
  await writeSamples(folder, [overcloud]);
  await writeFile(join(folder, `${overcloud.name}.md5`), formatSumFile(entryOf(overcloud).md5 ?? '', overcloud.name));
  const report = await mirrorSet(
    {
      ...{ from: { store: from.store, layout }, to: { store: to.store, layout, visibility: 'public' } },
      ...{ hash: hashA, release: 'master', label: null, visibility: 'public' },
      names: [overcloud.name, overcloud.name],
    },
    testEffects(),
  );
  t.is(report.files.length, 1);
});
