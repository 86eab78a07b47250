import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { formatSumFile } from '../src/checksum.ts';
import { createLayout } from '../src/layout.ts';
import { mirrorSet } from '../src/mirror.ts';
import { entryOf, folderWorld, hashA, type Sample, sampleFiles, sftpWorld, testEffects, type World } from './world.ts';

const layout = createLayout({
  ...{ pathTemplate: '{release}/{hash}', linkTemplates: ['{release}/{label}'], release: 'master' },
});
const [, file] = sampleFiles as readonly [Sample, Sample];
const { md5 } = entryOf(file);
const directory = layout.directory(hashA);

/** A source as RDO's: an md5 beside each file and no set.json; a mirror in which an older tool was killed. */
async function mirrorOver(t: ExecutionContext, to: World, there: Readonly<Record<string, string | Buffer>>) {
  const from = await folderWorld(t);
  await mkdir(join(from.root, directory), { recursive: true });
  await writeFile(join(from.root, directory, file.name), file.bytes);
  await writeFile(join(from.root, directory, `${file.name}.md5`), formatSumFile(md5 ?? '', file.name));
  await mkdir(join(to.root, directory), { recursive: true });
  for (const [name, content] of Object.entries(there)) await writeFile(join(to.root, directory, name), content);
  return mirrorSet(
    {
      ...{ from: { store: from.store, layout }, to: { store: to.store, layout, visibility: 'public' } },
      ...{ hash: hashA, release: 'master', label: null, visibility: 'public', names: [file.name] },
    },
    testEffects(),
  );
}

for (const [what, there] of Object.entries({
  'without a sum': { [file.name]: file.bytes.subarray(0, 1000) },
  'with the md5 of the whole one': {
    [file.name]: file.bytes.subarray(0, 1000),
    [`${file.name}.md5`]: formatSumFile(md5 ?? '', file.name),
  },
})) {
  for (const kind of ['folder', 'sftp'] as const) {
    test(`${kind}: half a file ${what} is not taken for one of which only the md5 is known`, async (t) => {
      const to = kind === 'folder' ? await folderWorld(t) : await sftpWorld(t, undefined, { commands: true });
      const ended = await mirrorOver(t, to, there).catch((error: unknown) => error);
      // Refusing it and replacing it are both right; a set.json that vouches for it is not.
      if (!(ended instanceof Error)) {
        t.true(file.bytes.equals(await readFile(join(to.root, directory, file.name))));
      } else t.pass();
    });
  }
}
