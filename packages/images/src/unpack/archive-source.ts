import { type FileHandle, open } from 'node:fs/promises';
import { badArchive } from './bad-archive.ts';
import { type Compression, decompress } from './decompress.ts';
import { headerSize, isEndMark, parseHeader } from './tar-header.ts';

/** The bytes of a tar from its beginning on, decompressed where it is compressed. One call at a time. */
export interface ArchiveSource {
  /** Fills as much of the buffer as there is; less than all of it only at the end. Returns how many bytes. */
  read(into: Buffer): Promise<number>;
  /** Bytes that were read so far. */
  position(): number;
  /** Bytes of the whole tar; null where it is compressed, and nobody knows. */
  readonly size: number | null;
  /** Reads what comes after the tar, where that proves what came before: a compressed file ends with a checksum. */
  finish(): Promise<void>;
  /** Tells whether the file was changed since it was opened. */
  isChanged(): Promise<boolean>;
  close(): Promise<void>;
}

/** What may follow the end of a compressed tar: it is padded to whole records, of 10 KiB by default. */
const mostPadding = 64 * 1024 * 1024;

// Beginnings of files: hex digits, and what such a file is.
const supported: readonly (readonly [RegExp, Compression])[] = [
  [/^1f8b/, 'gzip'],
  [/^(?:28b52ffd|5.2a4d18)/, 'zstd'],
];
const unsupported: readonly (readonly [RegExp, string])[] = [
  [/^425a68/, 'bzip2'],
  [/^fd377a585a00/, 'xz'],
  [/^5d0000/, 'lzma'],
  [/^04224d18/, 'lz4'],
  [/^4c5a4950/, 'lzip'],
  [/^1f9d/, 'compress (.Z)'],
  [/^504b0304/, 'zip'],
  [/^377abcaf271c/, '7z'],
];

/**
 * Opens a tar: plain, or compressed by gzip or zstd, which shows in its first bytes and not in its name.
 * @throws ImagesError `bad-archive` for other compressions
 */
export async function openArchive(archive: string): Promise<ArchiveSource> {
  const file = await open(archive, 'r');
  try {
    const { size, mtimeNs } = await file.stat({ bigint: true });
    const first = Buffer.alloc(headerSize);
    const { bytesRead } = await file.read(first, 0, first.length, 0);
    const reader = chooseReader(archive, file, Number(size), first.subarray(0, bytesRead));
    return {
      ...reader,
      isChanged: async () => {
        const now = await file.stat({ bigint: true });
        return now.size !== size || now.mtimeNs !== mtimeNs;
      },
      close: async () => {
        await reader.close();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

type Reader = Omit<ArchiveSource, 'isChanged'>;

function chooseReader(archive: string, file: FileHandle, size: number, first: Buffer): Reader {
  // A tar begins with a name, which may be anything.
  const isTar = first.length === headerSize && (isEndMark(first) || parseHeader(first) !== null);
  const start = first.toString('hex');
  const compression = isTar ? undefined : supported.find(([sign]) => sign.test(start))?.[1];
  if (compression !== undefined) return readCompressed(archive, decompress(file, size, compression));
  const other = isTar ? undefined : unsupported.find(([sign]) => sign.test(start))?.[1];
  if (other === undefined) return readPlain(file, size);
  throw badArchive(archive, `is compressed by ${other}, which is not unpacked here`, {
    next: 'Pack it as a plain tar, or compress it with gzip or zstd.',
  });
}

function readPlain(file: FileHandle, size: number): Reader {
  let position = 0;
  return {
    size,
    position: () => position,
    async read(into) {
      const start = position;
      for (;;) {
        const done = position - start;
        const { bytesRead } = await file.read(into, done, into.length - done, position);
        position += bytesRead;
        if (bytesRead === 0 || position - start === into.length) return position - start;
      }
    },
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function readCompressed(archive: string, pieces: AsyncGenerator<Buffer>): Reader {
  let position = 0;
  let rest: Buffer = Buffer.alloc(0);
  /** Returns false at the end. */
  const more = async (): Promise<boolean> => {
    try {
      const { value, done } = await pieces.next();
      if (done !== true) rest = value;
      return done !== true;
    } catch (cause) {
      throw badArchive(archive, `is damaged after ${position} bytes of what it holds`, { cause });
    }
  };
  return {
    size: null,
    position: () => position,
    async read(into) {
      let done = 0;
      while (done < into.length && (rest.length > 0 || (await more()))) {
        const length = rest.copy(into, done);
        rest = rest.subarray(length);
        position += length;
        done += length;
      }
      return done;
    },
    async finish() {
      for (let padding = 0; padding <= mostPadding; padding += rest.length) {
        if (!(await more())) return;
      }
      throw badArchive(archive, `goes on for more than ${mostPadding} bytes after its end`);
    },
    close: async () => void (await pieces.return(undefined)),
  };
}
