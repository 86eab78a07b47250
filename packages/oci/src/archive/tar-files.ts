import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Log } from '@tagflow/model';
import { type ArchiveFile, type ArchiveFiles, badArchive, insidePath, leadsOut } from './archive-files.ts';
import { compressionOf, unpackError } from './compression.ts';
import type { TarMember } from './tar-index.ts';
import type { TempFolder } from './temp-folder.ts';

export interface TarFilesOptions {
  readonly path: string;
  readonly title: string;
  readonly temp: TempFolder;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** As many links as Linux follows. */
const mostLinks = 40;

/**
 * Returns the members of a tar file, which are read where they lie. One that is compressed with gzip is unpacked into the
 * temporary folder first, and needs as much room there as the plain tar has bytes.
 */
export async function openTarFiles(options: TarFilesOptions): Promise<ArchiveFiles> {
  const { title } = options;
  const path = await plainTar(options);
  const members = await readIndex(path, title);

  const find = (asked: string): ArchiveFile | null => {
    let at: string | null = insidePath(asked);
    for (let links = 0; links < mostLinks; links++) {
      if (at === null) throw leadsOut(title, asked);
      const member: TarMember | undefined = members.get(at);
      if (member === undefined) return null;
      if (member.type === 'file') return { path, start: member.start, size: member.size };
      const isRelative = member.type === 'symbolic' && !member.to.startsWith('/');
      at = insidePath(isRelative ? `${posix.dirname(at)}/${member.to}` : member.to);
    }
    throw badArchive(`${title}: "${asked}" is a link that leads to no file`);
  };
  return { title, find: async (asked) => find(asked) };
}

async function readIndex(path: string, title: string): Promise<ReadonlyMap<string, TarMember>> {
  const { indexTar } = await import('./tar-index.ts');
  const file = await open(path);
  try {
    return await indexTar(file, title);
  } finally {
    await file.close();
  }
}

async function plainTar({ path, title, temp, log, signal }: TarFilesOptions): Promise<string> {
  const compression = await compressionOf({ path, start: 0 });
  if (compression === null) return path;
  if (compression !== 'gzip') {
    throw badArchive(`${title} is compressed with ${compression}; plain tar and gzip can be read`);
  }
  const plain = await temp.newFile('tar');
  log.info(`${title} is compressed: it is unpacked into ${plain}`);
  await pipeline(createReadStream(path), createGunzip(), createWriteStream(plain), { signal }).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw unpackError(error, title);
    },
  );
  return plain;
}
