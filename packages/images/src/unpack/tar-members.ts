import type { ArchiveSource } from './archive-source.ts';
import { badArchive, quote } from './bad-archive.ts';
import { refusalOfName, refusedMember, withoutDot } from './member-name.ts';
import { nextEntry, paddingOf, type TarEntry } from './tar-entries.ts';

/** A file in a tar. The source stands at its first byte. */
export interface TarMember {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

const mostMembers = 1000;
const fileTypes = ['File', 'OldFile', 'ContiguousFile'];
const otherTypes: Readonly<Record<string, string>> = {
  Link: 'a hard link',
  SymbolicLink: 'a symbolic link',
  CharacterDevice: 'a device',
  BlockDevice: 'a device',
  FIFO: 'a FIFO',
  Directory: 'a folder',
};

/**
 * Gives the files of a tar in their order; each has to be read to its end before the next one is asked for. Everything
 * else in it is refused, since images are plain files beside each other.
 * @param taken names that the files must not have, in lower case
 * @throws ImagesError `bad-archive`
 */
export async function* membersOf(
  source: ArchiveSource,
  archive: string,
  taken: ReadonlySet<string>,
): AsyncGenerator<TarMember> {
  const names = new Set<string>();
  for (let padding = 0, count = 1; ; count++) {
    const entry = await nextEntry(source, archive, padding);
    if (entry === null) break;
    if (count > mostMembers) throw badArchive(archive, `holds more than ${mostMembers} files`);
    const name = withoutDot(entry.path);
    if (entry.type === 'Directory' && (name === '' || name === '.')) {
      padding = 0;
      continue;
    }
    const refusal = refusalOfType(entry) ?? refusalOfName(name, taken);
    if (refusal !== null) throw badArchive(archive, refusedMember(entry.path, refusal), { next: packAnew });
    if (names.has(name.toLowerCase())) throw badArchive(archive, `holds ${quote(name)} twice`, { next: packAnew });
    names.add(name.toLowerCase());
    const { size } = entry;
    if (source.size !== null && source.position() + size > source.size) {
      throw cutShort(archive, name, size, source.size - source.position());
    }
    yield { name, size };
    padding = paddingOf(size);
  }
  if (names.size === 0) throw badArchive(archive, 'holds no files');
}

/** Returns the error for a member of which only `there` bytes are in the archive. */
export function cutShort(archive: string, name: string, size: number, there: number): Error {
  return badArchive(archive, `is cut short: ${quote(name)} has ${size} bytes, and ${there} are there`);
}

const packAnew = 'Nothing of it was unpacked. Have it packed anew: with plain files, and nothing else.';

function refusalOfType({ type, path, sparse }: TarEntry): string | null {
  if (type === 'SparseFile' || sparse !== null) {
    const how = sparse === null ? 'GNU' : `pax, ${sparse}`;
    return `is packed as a sparse file (${how}): pack it without --sparse; holes come back by themselves`;
  }
  if (fileTypes.includes(type)) return path === '' ? 'has no name' : null;
  return `is ${otherTypes[type] ?? `of a type that is no file (${type})`}`;
}
