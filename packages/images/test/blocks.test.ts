import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '@tagflow/store';
import test from 'ava';
import { publishSet } from '../src/publish/publish.ts';
import { copyImage } from '../src/transfer/copy-image.ts';
import { findSource } from '../src/transfer/source-file.ts';
import {
  entryOf,
  hashA,
  httpWorld,
  openFolder,
  type Sample,
  setOfSamples,
  sftpWorld,
  temporaryFolder,
  testEffects,
} from './world.ts';

const mib = 1024 * 1024;
// The first block: data, then zeros to its end, as in every image with holes that has no index.
const image: Sample = {
  name: 'undercloud.qcow2',
  bytes: Buffer.concat([randomBytes(mib), Buffer.alloc(3 * mib), randomBytes(28 * mib)]),
};
/** Of the block that is the first to be read into memory that was used before. */
const fifthBlock = 16 * mib;

/** A line that is slower than the disk at first, and a disk that is slower than the line then. */
function slowEnds(from: Store, to: Store): { from: Store; to: Store } {
  const writing = Promise.withResolvers<void>();
  const reread = Promise.withResolvers<void>();
  let writes = 0;
  return {
    from: {
      ...from,
      readRange: async (path, range, sink) => {
        let given = 0;
        await from.readRange(path, range, async (piece) => {
          if (range.offset === 0 && given > 0) await writing.promise;
          given += piece.length;
          await sink(piece);
        });
        if (range.offset === fifthBlock) reread.resolve();
      },
    },
    to: {
      ...to,
      openPart: async (path) => {
        const part = await to.openPart(path);
        return {
          ...part,
          write: async (bytes, position) => {
            writing.resolve();
            if ((writes += 1) === 1) await reread.promise;
            await part.write(bytes, position);
          },
        };
      },
    },
  };
}

test('the memory of a block is not used again while a part of it is still being written', async (t) => {
  const [folder, into] = [await temporaryFolder(), await temporaryFolder()];
  await writeFile(join(folder, image.name), image.bytes);
  const { from, to } = slowEnds(openFolder(folder), openFolder(into));
  const wanted = entryOf(image);
  const { file: source } = await findSource([{ store: from, directory: '' }], wanted);
  const copied = await copyImage(
    {
      ...{ source, wanted, index: null, to, part: '.part', target: image.name, bases: [] },
      ...{ buildIndex: false, onBytes: () => undefined },
    },
    testEffects(),
  );
  t.is(copied.image.sha256, wanted.sha256);
  // The digest is right, and was computed in memory: the file on the disk is another one.
  t.true(image.bytes.equals(await readFile(join(into, image.name))));
});

test('an image with holes and without an index goes from a web server to an sftp server', async (t) => {
  const holes: Sample = {
    name: 'undercloud.qcow2',
    bytes: Buffer.concat(
      Array.from({ length: 30 }, (_, at) => {
        const data = randomBytes(Math.floor((1 + (at % 11) * 0.27) * mib));
        return Buffer.concat([data, Buffer.alloc(Math.max(0, 4 * mib - data.length))]);
      }),
    ),
  };
  const folder = await temporaryFolder();
  await writeFile(join(folder, holes.name), holes.bytes);
  const { store: from } = await httpWorld(t, folder);
  const { root, store } = await sftpWorld(t, undefined, { commands: true });
  const directory = `master/${hashA}`;
  const sources = [{ store: from, directory: '' }];
  await t.notThrowsAsync(
    publishSet({ store, directory, visibility: 'public', sources, set: setOfSamples([holes]) }, testEffects()),
  );
  t.true(holes.bytes.equals(await readFile(join(root, directory, holes.name))));
});
