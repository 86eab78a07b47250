import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checksumOf } from '../src/checksum.ts';
import { indexFile } from '../src/chunks/index-file.ts';
import { indexOf, noise } from './chunks-data.ts';

const image = Buffer.concat([noise('a', 1_500_000), Buffer.alloc(2_000_000), noise('b', 900_000)]);

async function* whole(): AsyncGenerator<Uint8Array> {
  yield image;
}

test('reads a file once for its digests and its index', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'chunks-'));
  try {
    const path = join(folder, 'image');
    await writeFile(path, image);
    const { index, ...checksum } = await indexFile(path, { withMd5: true });
    t.deepEqual(checksum, await checksumOf(whole(), true));
    t.deepEqual(index, indexOf(image));
    t.is(index.sha256, checksum.sha256);
    t.is((await indexFile(path)).md5, null);
    const handle = await open(path);
    t.is((await indexFile(handle)).sha256, checksum.sha256);
    t.is((await handle.stat()).size, image.length, 'the handle is open still');
    await handle.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('takes in what a reader gives, however little', async (t) => {
  const seen: number[] = [];
  const { index } = await indexFile(
    {
      read: async (buffer, offset, length, position) => ({
        bytesRead: image.copy(buffer, offset, position, Math.min(position + Math.min(length, 400_001), image.length)),
      }),
    },
    { onBytes: (bytes) => void seen.push(bytes) },
  );
  t.deepEqual(index, indexOf(image));
  t.is(
    seen.reduce((sum, bytes) => sum + bytes, 0),
    image.length,
  );
});

test('fails as its reader fails, also ahead of its need', async (t) => {
  const read = async (buffer: Buffer, _offset: number, length: number, position: number) => {
    if (position > 0) throw new Error('EIO');
    return { bytesRead: image.copy(buffer, 0, 0, length) };
  };
  await t.throwsAsync(indexFile({ read }), { message: 'EIO' });
});

test('ends when it is told to', async (t) => {
  const abort = new AbortController();
  const reason = new Error('enough');
  let reads = 0;
  const read = async (buffer: Buffer) => {
    reads += 1;
    return { bytesRead: buffer.length };
  };
  const onBytes = (): void => abort.abort(reason);
  t.is(await t.throwsAsync(indexFile({ read }, { signal: abort.signal, onBytes })), reason);
  t.is(reads, 2);
});
