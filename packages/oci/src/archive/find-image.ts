import type { ArchiveImage, ArchiveImages } from './archive-images.ts';
import { badArchive } from './archive-files.ts';
import { type ImageName, isNamed } from './image-name.ts';
import { OciError } from '../error.ts';

/**
 * Returns the image of a repository under a tag in an archive of many; null when there is none.
 * @throws OciError `bad-archive` when two images answer to it, or when none in the archive has a name to go by
 */
export function findByName(archive: ArchiveImages, repository: string, tag: string): ArchiveImage | null {
  const isIt = (name: ImageName): boolean => name.tag === tag && isNamed(name, repository);
  const found = onlyOne(archive, `${repository}:${tag}`, matching(archive.images, isIt));
  if (found !== null) return found;
  const hasNames = archive.images.some(({ names }) => names.some(({ path }) => path !== null));
  if (hasNames || archive.images.length === 0) return null;
  throw new OciError(
    'bad-archive',
    `${archive.title} holds ${archive.images.length === 1 ? 'an image' : 'images'} without the name of a container`,
    {
      outcome: 'invalid',
      next: 'Write {name} in the path, where each container has its own, or have the build write name:tag.',
    },
  );
}

/**
 * Returns the image under a tag in the archive of one container: by the tag alone, or the only image when it has no name
 * at all; null when there is none.
 * @param repository decides between images of one tag
 * @throws OciError `bad-archive` when two images answer to it
 */
export function findByTag(archive: ArchiveImages, repository: string, tag: string): ArchiveImage | null {
  const [only, ...others] = archive.images;
  if (only?.names.length === 0 && others.length === 0) return only;
  const tagged = matching(archive.images, (name) => name.tag === tag);
  const named = matching(archive.images, (name) => name.tag === tag && isNamed(name, repository));
  return onlyOne(archive, `${repository}:${tag}`, named.length > 0 ? named : tagged);
}

/** Returns the images of a repository under any tag. */
export function imagesOf(archive: ArchiveImages, repository: string): readonly ArchiveImage[] {
  return archive.images.filter(({ names }) => names.some((name) => isNamed(name, repository)));
}

interface Match {
  readonly image: ArchiveImage;
  readonly name: ImageName;
}

function matching(images: readonly ArchiveImage[], isIt: (name: ImageName) => boolean): readonly Match[] {
  return images.flatMap((image) => image.names.filter(isIt).map((name) => ({ image, name })));
}

/** An image may be listed several times, under one name or under several. */
function onlyOne({ title }: ArchiveImages, wanted: string, matches: readonly Match[]): ArchiveImage | null {
  const distinct = [...new Map(matches.map((match) => [match.image.identity, match])).values()];
  if (distinct.length > 1) {
    const all = distinct.map(({ image, name }) => `${name.text} (${image.identity})`);
    throw badArchive(`${title} holds ${distinct.length} images for ${wanted}: ${all.join(' and ')}`);
  }
  return distinct[0]?.image ?? null;
}
