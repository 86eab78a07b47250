import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { messageOf } from '@tagflow/model';
import { DlrnError } from '../error.ts';

const opened = { gzip: createGunzip, zstd: createZstdDecompress } as const;

// Beginnings of files as hex digits, and what such a file is.
const kinds: readonly (readonly [RegExp, keyof typeof opened])[] = [
  [/^1f8b/, 'gzip'],
  [/^28b52ffd/, 'zstd'],
];
const closed: readonly (readonly [RegExp, string])[] = [
  [/^425a68/, 'bzip2'],
  [/^fd377a585a00/, 'xz'],
  [/^005a434b31/, 'zchunk'],
];
/** How far the beginnings above reach. */
const longestStart = 6;
/** Where nobody said how much it holds: gigabytes fit in a few megabytes. */
const mostFromCompressed = 1024 ** 3;

/**
 * Yields what a file holds: gzip, zstd or plain, which shows in its first bytes.
 * @param openSize how many bytes it may hold; null where nobody said
 * @throws DlrnError `unsupported` for other compressions, `unexpected-answer` for what is damaged or holds more
 */
export async function* decompressed(
  pieces: AsyncIterable<Uint8Array>,
  where: string,
  openSize: number | null,
): AsyncGenerator<Uint8Array> {
  const most = openSize ?? mostFromCompressed;
  let size = 0;
  for await (const piece of inside(pieces, where)) {
    size += piece.length;
    if (size > most) {
      const why = openSize === null ? '' : `, repomd.xml says ${openSize}`;
      throw bad(where, `holds more than ${most} bytes when it is decompressed${why}`);
    }
    yield piece;
  }
  if (openSize !== null && size !== openSize) {
    throw bad(where, `holds ${size} bytes when it is decompressed, repomd.xml says ${openSize}`);
  }
}

async function* inside(pieces: AsyncIterable<Uint8Array>, where: string): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  for (let length = 0; length < longestStart;) {
    const { value, done } = await iterator.next();
    if (done === true) break;
    first.push(value);
    length += value.length;
  }
  const start = Buffer.concat(first);
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    yield start;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  const hex = start.subarray(0, longestStart).toString('hex');
  const unreadable = closed.find(([sign]) => sign.test(hex))?.[1];
  if (unreadable !== undefined) {
    throw new DlrnError(
      'unsupported',
      `${where} is compressed by ${unreadable}, which cannot be read here: its packages were not looked at`,
      { next: 'Have the metadata made with gzip or zstd (createrepo_c --general-compress-type=gz).' },
    );
  }
  const kind = kinds.find(([sign]) => sign.test(hex))?.[1];
  if (kind === undefined) return yield* rest();
  const stream = opened[kind]();
  try {
    for await (const piece of pipeline(Readable.from(rest()), stream, () => undefined)) yield piece as Uint8Array;
  } catch (error) {
    if (!isZlib(error)) throw error;
    throw bad(where, `is damaged, ${kind} cannot be decompressed: ${messageOf(error)}`, error);
  } finally {
    stream.destroy();
  }
}

function isZlib(error: unknown): boolean {
  return /^(?:Z_|ZSTD_|ERR_ZSTD)/.test(String((error as NodeJS.ErrnoException).code));
}

function bad(where: string, why: string, cause?: unknown): DlrnError {
  return new DlrnError('unexpected-answer', `${where} ${why}`, { cause });
}
