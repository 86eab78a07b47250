import type { ArchiveSource } from './archive-source.ts';
import { badArchive } from './bad-archive.ts';
import { type PaxFacts, parsePax } from './pax.ts';
import { headerSize, isEndMark, parseHeader, type TarHeader } from './tar-header.ts';

/** One member may have a pax header, a long path, a long link target. */
const mostExtensions = 8;
const longestExtension = 1024 * 1024;
const paxTypes = ['ExtendedHeader', 'OldExtendedHeader'];

/** A header with what the extensions before it say. */
export interface TarEntry extends TarHeader {
  /** What says that the member is sparse in pax's way. */
  readonly sparse: string | null;
}

/**
 * Returns the next header with what the extensions before it say; null at the end of the tar.
 * @param padding bytes before it
 * @throws ImagesError `bad-archive`
 */
export async function nextEntry(source: ArchiveSource, archive: string, padding: number): Promise<TarEntry | null> {
  let extended: PaxFacts = {};
  for (let count = 0; count <= mostExtensions; count++) {
    const header = await readHeader(source, archive, padding);
    if (header === null) {
      if (count === 0) return null;
      throw badArchive(archive, 'ends with a header that announces another file');
    }
    const { type } = header;
    if (paxTypes.includes(type)) {
      const facts = parsePax(await readExtension(source, archive, header));
      if (facts === null) throw badArchive(archive, `has a pax header that cannot be read before ${where(source)}`);
      extended = { ...extended, ...facts };
    } else if (type === 'GlobalExtendedHeader') {
      const facts = parsePax(await readExtension(source, archive, header));
      // Nobody means one path or one length for all files; what else stands there, such as git's comment, is no matter.
      if (facts === null || Object.keys(facts).length > 0) {
        throw badArchive(archive, `has a global pax header that cannot be true before ${where(source)}`);
      }
    } else if (type === 'NextFileHasLongPath') {
      const path = (await readExtension(source, archive, header)).toString('utf8').replace(/\0.*$/s, '');
      extended = { path, ...extended };
    } else if (type === 'NextFileHasLongLinkpath') await readExtension(source, archive, header);
    else {
      const { path = header.path, size = header.size, sparse = null } = extended;
      return { type, path, size, sparse };
    }
    padding = paddingOf(header.size);
  }
  throw badArchive(archive, `has more than ${mostExtensions} headers for one file before ${where(source)}`);
}

async function readHeader(source: ArchiveSource, archive: string, padding: number): Promise<TarHeader | null> {
  const bytes = await readBytes(source, padding + headerSize);
  if (bytes.length < padding + headerSize) {
    if (source.position() === 0) throw badArchive(archive, 'is empty');
    if (source.position() < headerSize) throw noTar(archive, bytes);
    throw badArchive(archive, `is cut short: it ends at ${where(source)}, without the zeros that mark its end`);
  }
  const block = bytes.subarray(padding);
  if (isEndMark(block)) return null;
  const header = parseHeader(block);
  if (header !== null) return header;
  if (source.position() === headerSize) throw noTar(archive, block);
  throw badArchive(archive, `has a broken header before ${where(source)}`);
}

async function readExtension(source: ArchiveSource, archive: string, { size }: TarHeader): Promise<Buffer> {
  if (size > longestExtension) throw badArchive(archive, `has a header of ${size} bytes after ${where(source)}`);
  const bytes = await readBytes(source, size);
  if (bytes.length < size) throw badArchive(archive, `is cut short: it ends in a header, at ${where(source)}`);
  return bytes;
}

async function readBytes(source: ArchiveSource, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, await source.read(bytes));
}

function noTar(archive: string, start: Buffer): Error {
  const isPage = /^\s*<(?:!doctype|html|\?xml)/i.test(start.toString('latin1'));
  return badArchive(archive, isPage ? 'is no tar archive, but a web page' : 'is no tar archive');
}

/** What follows is aligned to blocks of 512 bytes. */
export function paddingOf(size: number): number {
  return (headerSize - (size % headerSize)) % headerSize;
}

function where(source: ArchiveSource): string {
  return `byte ${source.position()}`;
}
