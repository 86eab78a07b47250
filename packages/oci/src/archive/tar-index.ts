import type { FileHandle } from 'node:fs/promises';
import { Header, type HeaderData } from 'tar/header';
import { Pax } from 'tar/pax';
import { badArchive, insidePath } from './archive-files.ts';

/** A member of a tar: where its bytes are, or where it points. */
export type TarMember =
  | { readonly type: 'file'; readonly start: number; readonly size: number }
  /** `to` is relative to the folder of the member. */
  | { readonly type: 'symbolic'; readonly to: string }
  /** `to` is relative to the top of the tar. */
  | { readonly type: 'hard'; readonly to: string };

const block = 512;
const longestExtension = 1024 * 1024;
const mostMembers = 100_000;
const fileTypes: readonly string[] = ['File', 'OldFile', 'ContiguousFile'];
const pathTypes: readonly string[] = ['NextFileHasLongPath', 'OldGnuLongPath'];
const paxTypes: readonly string[] = ['ExtendedHeader', 'OldExtendedHeader'];

/**
 * Returns the members of a plain tar by path. Only headers are read, one read each, so that an archive of many gigabytes
 * is open at once and needs no room of its own; the tar library's parser would read all of it, and tells no offsets. Its
 * header and pax decoders do the rest. Of members of one path the last counts, as when it is unpacked; members whose path
 * is absolute or climbs out are left out, and so is everything that is neither file nor link.
 * @throws OciError `bad-archive`
 */
export async function indexTar(file: FileHandle, title: string): Promise<ReadonlyMap<string, TarMember>> {
  const { size: end } = await file.stat();
  const members = new Map<string, TarMember>();
  let extended: HeaderData = {};
  let shared: HeaderData = {};
  let count = 0;
  const bytesAt = async (start: number, length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
    if (bytesRead < length) throw badArchive(`${title} is cut short at byte ${start + bytesRead}`);
    return buffer;
  };

  for (let at = 0; at + block <= end;) {
    const header = new Header(await bytesAt(at, block), 0, extended, shared);
    if (header.nullBlock) break;
    const size = header.size ?? 0;
    if (!header.cksumValid || !Number.isSafeInteger(size)) {
      throw badArchive(at === 0 ? `${title} is no tar file` : `${title} has a broken tar header at byte ${at}`);
    }
    const path = header.path ?? '';
    const start = at + block;
    if (start + size > end) {
      throw badArchive(`${title} is cut short: "${path}" has ${size} bytes, and ${end - start} are left`);
    }
    const extension = async (): Promise<string> => {
      if (size > longestExtension) throw badArchive(`${title} has a tar header of ${size} bytes at byte ${at}`);
      return (await bytesAt(start, size)).toString('utf8');
    };
    if (paxTypes.includes(header.type)) extended = Pax.parse(await extension(), extended);
    else if (header.type === 'GlobalExtendedHeader') shared = Pax.parse(await extension(), shared, true);
    else if (pathTypes.includes(header.type)) extended = { ...extended, path: untilNul(await extension()) };
    else if (header.type === 'NextFileHasLongLinkpath') {
      extended = { ...extended, linkpath: untilNul(await extension()) };
    } else {
      const to = extended.linkpath ?? header.linkpath ?? '';
      const inside = insidePath(path);
      if (inside !== null) {
        if (fileTypes.includes(header.type)) members.set(inside, { type: 'file', start, size });
        if (header.type === 'SymbolicLink') members.set(inside, { type: 'symbolic', to });
        if (header.type === 'Link') members.set(inside, { type: 'hard', to });
      }
      extended = {};
    }
    count += 1;
    if (count > mostMembers) {
      throw badArchive(`${title} has more than ${mostMembers} members: it is no archive of containers`);
    }
    at = start + Math.ceil(size / block) * block;
  }
  if (members.size === 0) throw badArchive(`${title} is no tar file, or an empty one`);
  return members;
}

function untilNul(text: string): string {
  return text.replace(/\0.*/s, '');
}
