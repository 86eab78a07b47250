import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isContainerName, type Log } from '@tagflow/model';
import { OciError } from '../error.ts';
import type { SourcePlace } from '../place.ts';
import { parseNamePattern } from '../reference.ts';
import type { ArchiveFiles } from './archive-files.ts';
import type { ArchiveImages } from './archive-images.ts';
import { createArchiveSource } from './archive-source.ts';
import { type ArchiveUrl, parseArchiveUrl } from './archive-url.ts';
import { openDockerArchive } from './docker-archive.ts';
import { findByName, findByTag, imagesOf } from './find-image.ts';
import { nullWhenAbsent, openFolderFiles } from './folder-files.ts';
import { openOciLayout } from './oci-layout.ts';
import { openTarFiles } from './tar-files.ts';
import { createTempFolder, type TempFolder } from './temp-folder.ts';

export interface ArchivePlaceOptions {
  /** How the archive calls a container, such as `openstack-{name}`. Default `{name}`. */
  readonly namePattern?: string | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Where layers of docker archives are compressed and gzipped tars unpacked. Default the system's. */
  readonly tempDir?: string | undefined;
}

/** A place of files. */
export interface ArchivePlace extends SourcePlace {
  /** Ends what is under way and removes what was put into the temporary folder. */
  close(): Promise<void>;
}

const placeholder = '{name}';

/**
 * Returns the containers in the files that a build left: `oci:DIR`, `oci-archive:FILE` or `docker-archive:FILE`. Where
 * the path holds `{name}`, each container has a layout or archive of its own, and is found there by its tag; else one of
 * them holds all, and they are found by name and tag. Files are opened when a container is asked for.
 *
 * Layouts and plain tars are read where they lie. The temporary folder gets the plain tars of gzipped archives, and the
 * compressed layers of docker archives; `close` removes it.
 * @throws OciError `bad-reference`, `not-found` when the path (up to `{name}`) does not exist
 */
export async function openArchivePlace(text: string, options: ArchivePlaceOptions): Promise<ArchivePlace> {
  const url = parseArchiveUrl(text);
  const pattern = parseNamePattern(options.namePattern ?? placeholder);
  const isOnePerName = url.path.includes(placeholder);
  await requirePath(url);
  const temp = createTempFolder(options.tempDir);
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  const opened = new Map<string, Promise<ArchiveImages | null>>();
  const open = (path: string): Promise<ArchiveImages | null> => {
    signal.throwIfAborted();
    const known = opened.get(path) ?? openImages({ ...url, path }, temp, options.log, signal);
    opened.set(path, known);
    return known;
  };

  const reader = createArchiveSource(text, async (repository) => {
    const name = pattern.parse(repository);
    if (isOnePerName && (name === null || !isContainerName(name))) return null;
    const archive = await open(isOnePerName ? url.path.replaceAll(placeholder, name ?? '') : url.path);
    if (archive === null) return null;
    const find = isOnePerName ? findByTag : findByName;
    return {
      archive,
      images: isOnePerName ? archive.images : imagesOf(archive, repository),
      find: (tag) => find(archive, repository, tag),
    };
  });
  return {
    reader,
    pattern,
    title: text,
    repository: (name) => pattern.format(name),
    async close() {
      closing.abort();
      await temp.remove();
    },
  };
}

async function openImages(
  { kind, path }: ArchiveUrl,
  temp: TempFolder,
  log: Log,
  signal: AbortSignal,
): Promise<ArchiveImages | null> {
  const title = `${kind}:${path}`;
  const found = await stat(path).catch(nullWhenAbsent);
  if (found === null) return null;
  if (kind === 'oci') {
    if (!found.isDirectory()) throw wrongKind(title, 'is no directory', 'Write oci-archive: for a layout in a tar.');
    return openOciLayout(openFolderFiles(path, title));
  }
  if (!found.isFile()) throw wrongKind(title, 'is no regular file', 'Write oci: for a layout in a directory.');
  const files: ArchiveFiles = await openTarFiles({ path, title, temp, log, signal });
  return kind === 'oci-archive' ? openOciLayout(files) : openDockerArchive(files, temp, signal);
}

async function requirePath({ path, text }: ArchiveUrl): Promise<void> {
  const [before = ''] = path.split(placeholder);
  const fixed = before === path ? path : dirname(`${before}x`);
  if ((await stat(fixed).catch(nullWhenAbsent)) !== null) return;
  throw new OciError('not-found', `source "${text}": ${fixed} is not there`, {
    outcome: 'invalid',
    next: `Give the path that the build wrote${fixed.includes(':') ? '; a tag is not part of it' : ''}.`,
  });
}

function wrongKind(title: string, why: string, next: string): OciError {
  return new OciError('bad-archive', `${title} ${why}`, { outcome: 'invalid', next });
}
