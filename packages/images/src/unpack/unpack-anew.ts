import { lstat, mkdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openFolderStore } from '@tagflow/store';
import { diskFull } from '../cache/disk-full.ts';
import { withoutMissing } from '../cache/file-errors.ts';
import type { ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import { createBlockPool } from '../transfer/blocks.ts';
import { type ArchiveSource, openArchive } from './archive-source.ts';
import { arrive } from './arrive.ts';
import { badArchive, quote } from './bad-archive.ts';
import { filesOfOthers, type OthersFile, readUnpacked, type UnpackedFile } from './note.ts';
import { cutShort, membersOf, type TarMember } from './tar-members.ts';
import { stagingOf } from './turn.ts';
import { writeMember } from './write-member.ts';

interface Unpacking {
  readonly archive: string;
  /** Of the archive. */
  readonly sha256: string;
  readonly into: string;
  readonly taken: readonly string[];
  readonly freeBytes: (folder: string) => Promise<number>;
}

/** A few megabytes can hold any number of bytes when they are compressed. */
const mostFromCompressed = 64 * 1024 ** 3;

/** Reads an archive and puts what it holds in the folder, which no other job of this machine does at the same time. */
export async function unpackAnew(
  unpacking: Unpacking,
  { signal, clock }: Pick<ImagesEffects, 'signal' | 'clock'>,
): Promise<readonly UnpackedFile[]> {
  const { archive, sha256, into } = unpacking;
  const name = basename(archive);
  const staged = stagingOf(into, name);
  const others = await filesOfOthers(into, name);
  await mkdir(staged);
  try {
    const source = await openArchive(archive);
    const files = await unpackFiles(source, staged, unpacking, signal).finally(() => source.close());
    for (const file of files) assertNotOthers(archive, file, others);
    const before = await readUnpacked(into, name);
    await arrive(into, { name, note: { archive: sha256, files }, before, staged, others }, clock);
    return files;
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

async function unpackFiles(
  source: ArchiveSource,
  staged: string,
  unpacking: Unpacking,
  signal: AbortSignal,
): Promise<readonly UnpackedFile[]> {
  const { archive, taken } = unpacking;
  const disk = openFolderStore(pathToFileURL(resolve(staged)), signal);
  const pool = createBlockPool();
  const files: UnpackedFile[] = [];
  const names = new Set([basename(archive), ...taken].map((name) => name.toLowerCase()));
  for await (const member of membersOf(source, archive, names)) {
    await assertRoom(source, member, unpacking);
    const part = await disk.openPart(member.name);
    try {
      const written = await writeMember(source, member, { part, pool, signal });
      if ('there' in written) throw cutShort(archive, member.name, member.size, written.there);
      await part.finish(member.size);
      files.push({ ...member, sha256: written.sha256 });
    } finally {
      await part.close();
    }
  }
  await source.finish();
  if (await source.isChanged()) throw badArchive(archive, 'was changed while it was unpacked');
  return files;
}

async function assertRoom(source: ArchiveSource, { name, size }: TarMember, unpacking: Unpacking): Promise<void> {
  const { archive, into, freeBytes } = unpacking;
  if ((await withoutMissing(lstat(join(into, name))))?.isDirectory() === true) {
    throw new ImagesError('bad-layout', `${join(into, name)} is a folder, and ${archive} holds a file of that name`, {
      outcome: 'failed',
      next: 'Remove it, or name another folder.',
    });
  }
  if (source.size !== null) return; // it has no more bytes than the archive
  if (source.position() + size > mostFromCompressed) {
    throw badArchive(
      archive,
      `holds more than ${mostFromCompressed} bytes when it is decompressed: ${quote(name)} alone has ${size}`,
      {
        next: 'Nothing of it was unpacked. Pack images as large as that without compression.',
      },
    );
  }
  if (size > (await freeBytes(into))) throw diskFull(into, `${name} (${size} bytes) of ${archive}`);
}

function assertNotOthers(archive: string, file: UnpackedFile, others: ReadonlyMap<string, OthersFile>): void {
  const other = others.get(file.name.toLowerCase());
  if (other === undefined || (other.name === file.name && other.sha256 === file.sha256)) return;
  throw badArchive(archive, `holds ${quote(file.name)}, and so does ${other.from}, with other contents`, {
    next: 'Nothing of it was unpacked. Unpack the two into different folders, or remove the one that is not wanted.',
  });
}
