import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { ImageEntry } from '@tagflow/model';
import { type Content, joinPath, readResuming } from '@tagflow/store';
import { type ChecksumState, startChecksum } from './checksum.ts';
import type { ImageDirectory, ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';
import { matchImage, needsMd5, type WantedImage } from './local-file.ts';
import { claimPart } from './part-lock.ts';

export interface DownloadOptions {
  readonly source: ImageDirectory;
  readonly wanted: WantedImage;
  /** Where the bytes grow; in the folder of `target`. */
  readonly part: string;
  readonly target: string;
}

const writeSize = 1024 * 1024;

/**
 * Downloads one file to `target` and returns what it is and how many bytes travelled. A part file of an earlier run is
 * continued when the source says that it still has the same version of the file (ETag and If-Range over HTTP).
 * @throws ImagesError `checksum-mismatch`; nothing is left behind then
 */
export async function downloadImage(
  options: DownloadOptions,
  effects: ImagesEffects,
  onBytes: (bytes: number) => void,
): Promise<{ readonly image: ImageEntry; readonly bytesMoved: number }> {
  const claim = await claimPart(options.part);
  const note = `${claim.path}.from`;
  let bytesMoved = 0;
  try {
    for (;;) {
      const attempt = await downloadPart(options, claim.path, note, effects, onBytes);
      bytesMoved += attempt.bytesMoved;
      await rm(note, { force: true });
      if (attempt.image !== null) {
        await rename(claim.path, options.target);
        return { image: attempt.image, bytesMoved };
      }
      await rm(claim.path, { force: true });
      if (!attempt.resumed) throw mismatch(options, attempt.actual);
      effects.log.warning(`${options.wanted.name}: the part of an earlier run was of no use; beginning again`);
    }
  } finally {
    if (!claim.resumable) await rm(note, { force: true });
    await claim.release();
  }
}

interface Attempt {
  readonly image: ImageEntry | null;
  readonly actual: string;
  readonly bytesMoved: number;
  readonly resumed: boolean;
}

async function downloadPart(
  { source, wanted }: DownloadOptions,
  part: string,
  note: string,
  effects: ImagesEffects,
  onBytes: (bytes: number) => void,
): Promise<Attempt> {
  const path = joinPath(source.directory, wanted.name);
  const from = joinPath(source.store.url, path);
  const begun = await readNote(part, note, from);
  const content = await source.store.read(path, begun ?? {});
  const resumed = content.offset > 0;
  const state = startChecksum(needsMd5(wanted));
  if (resumed) {
    await hashFile(part, state, effects.signal);
    onBytes(content.offset);
  }
  // Before the first byte: a part without its note is never continued.
  await writeFile(note, JSON.stringify({ from, version: content.version }));
  const bytesMoved = await writeBody(source, path, content, part, effects, (bytes) => {
    state.update(bytes);
    onBytes(bytes.length);
  });
  const actual = state.finish();
  return {
    image: matchImage(wanted, actual),
    actual: `${actual.size} bytes, sha256 ${actual.sha256}`,
    bytesMoved,
    resumed,
  };
}

async function writeBody(
  source: ImageDirectory,
  path: string,
  content: Content,
  part: string,
  effects: ImagesEffects,
  onChunk: (bytes: Uint8Array) => void,
): Promise<number> {
  const file = await open(part, content.offset > 0 ? 'r+' : 'w');
  let position = content.offset;
  let waiting: Uint8Array[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    for (let batch = Buffer.concat(waiting, length); batch.length > 0;) {
      const { bytesWritten } = await file.write(batch, 0, batch.length, position);
      position += bytesWritten;
      batch = batch.subarray(bytesWritten);
    }
    waiting = [];
    length = 0;
  };
  try {
    for await (const chunk of readResuming(source.store, path, content, { effects })) {
      effects.signal.throwIfAborted();
      onChunk(chunk);
      waiting.push(chunk);
      length += chunk.length;
      if (length >= writeSize) await flush();
    }
    await flush();
    await file.sync();
    return position - content.offset;
  } finally {
    // What came before the failure is kept: the next run goes on from there.
    await flush().catch(() => undefined);
    await file.close();
  }
}

/** Returns where to go on, or null where there is no part that belongs to this source. */
async function readNote(
  part: string,
  note: string,
  from: string,
): Promise<{ readonly offset: number; readonly ifVersion: string } | null> {
  const size = await stat(part).then(
    (facts) => facts.size,
    () => 0,
  );
  const text = await readFile(note, 'utf8').catch(() => null);
  if (size === 0 || text === null) return null;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null; // torn by a crash
  }
  if (typeof data !== 'object' || data === null || !('from' in data) || !('version' in data)) return null;
  return data.from === from && typeof data.version === 'string' ? { offset: size, ifVersion: data.version } : null;
}

async function hashFile(path: string, state: ChecksumState, signal: AbortSignal): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: writeSize, signal })) {
    if (chunk instanceof Uint8Array) state.update(chunk);
  }
}

function mismatch({ source, wanted }: DownloadOptions, actual: string): ImagesError {
  const expected = [
    wanted.size === null ? '' : `${wanted.size} bytes`,
    wanted.sha256 === null ? `md5 ${wanted.md5 ?? ''}` : `sha256 ${wanted.sha256}`,
  ];
  return new ImagesError(
    'checksum-mismatch',
    `${joinPath(source.store.url, source.directory, wanted.name)} has ${actual}; ` +
      `expected ${expected.filter((part) => part !== '').join(', ')}`,
    { next: 'The file is being replaced, or is damaged at its source: verify the store.' },
  );
}
