import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { formatSumFile } from '../src/checksum.ts';
import { createLayout } from '../src/layout.ts';
import { mirrorSet } from '../src/mirror.ts';
import { entryOf, folderWorld, hashA, sampleFiles, testEffects, writeSamples } from './world.ts';
import { writeFile } from 'node:fs/promises';

const layout = createLayout({
  ...{ pathTemplate: '{release}/{hash}', linkTemplates: ['{release}/{label}'], release: 'master' },
});

test('files that are said to be internal never reach a public mirror, whatever describes them', async (t) => {
  const [from, to] = [await folderWorld(t), await folderWorld(t)];
  const folder = await writeSamples(join(from.root, layout.directory(hashA)));
  for (const file of sampleFiles) {
    await writeFile(join(folder, `${file.name}.md5`), formatSumFile(entryOf(file).md5 ?? '', file.name));
  }
  await t.throwsAsync(
    mirrorSet(
      {
        ...{ from: { store: from.store, layout }, to: { store: to.store, layout, visibility: 'public' } },
        ...{ hash: hashA, release: 'master', label: null, visibility: 'internal' },
        names: sampleFiles.map(({ name }) => name),
      },
      testEffects(),
    ),
  );
  t.deepEqual(await readdir(to.root), []);
});
