import type { ImageEntry } from '@tagflow/model';
import { joinPath } from '@tagflow/store';
import type { ChunkIndex } from './chunks/chunk-index.ts';
import { countBytes } from './count-bytes.ts';
import type { ImageDirectory, ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';
import type { FileReport } from './file-report.ts';
import { type ImageState, readImageState, writeSums } from './image-state.ts';
import type { WantedImage } from './local-file.ts';
import type { PublishOptions } from './publish.ts';
import { type Base, copyImage, partName } from './transfer/copy-image.ts';
import { findBases } from './transfer/find-bases.ts';
import { readIndex, writeIndex } from './transfer/index-beside.ts';
import { indexSource } from './transfer/index-source.ts';
import { findSource, type SourceFile } from './transfer/source-file.ts';

export interface PublishFilesOptions extends Pick<PublishOptions, 'directory' | 'sources' | 'indexes'> {
  readonly images: readonly WantedImage[];
  /** Where they are put: `directory` itself, or the one that is about to get its name. */
  readonly place: ImageDirectory;
}

/** What became of one image, and what it is. */
export interface PublishedFile extends FileReport {
  readonly image: ImageEntry;
  readonly wasThere: boolean;
}

/**
 * Puts images, their checksums and their indexes into a directory, those that are not there yet.
 * @throws ImagesError `published-differently` for other bytes in a directory that has its name already
 */
export async function publishFiles(
  options: PublishFilesOptions,
  effects: ImagesEffects,
): Promise<readonly PublishedFile[]> {
  const { images, place, directory } = options;
  const states = await Promise.all(images.map((image) => readImageState(place, image, 'sums', effects)));
  for (const state of states) {
    if (state.is !== 'different' || place.directory !== directory) continue;
    throw new ImagesError('published-differently', `${state.why}: it was published before, and is not overwritten`, {
      next: 'One hash has one set of images. Find out which build is the right one; the other needs a new hash.',
    });
  }
  const count = countBytes(effects, `publish images to ${place.store.url}`, images);
  const isWhole = states.every(({ is }) => is === 'whole');
  const bases = isWhole ? [] : [...(await findBases(place.store, directory, effects))];
  const publishOne = async (wanted: WantedImage, state: ImageState | undefined): Promise<PublishedFile> => {
    effects.signal.throwIfAborted();
    const wasThere = state?.is === 'whole';
    const { image, moved } = wasThere
      ? { image: state.image, moved: 0 }
      : await copyOne(wanted, options, bases, count, effects);
    if (wasThere) count(0, image.size);
    await writeSums(place, image);
    const { name, size } = image;
    return { name, size, moved, saved: Math.max(0, size - moved), image, wasThere };
  };
  const reports: PublishedFile[] = [];
  const work = images.map((image, at) => ({
    size: image.size ?? 0,
    run: async () => {
      reports[at] = await publishOne(image, states[at]);
    },
  }));
  // The largest first: it takes longest, whatever else there is.
  await runInPairs(work.sort((a, b) => b.size - a.size).map(({ run }) => run));
  return reports;
}

/** Two at a time: while one travels, the other is read here, or its digest is computed there. */
async function runInPairs(work: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...work];
  const lane = async (): Promise<void> => {
    try {
      for (let run = left.shift(); run !== undefined; run = left.shift()) await run();
    } finally {
      left.length = 0; // after a failure nothing new is begun
    }
  };
  for (const ended of await Promise.allSettled([lane(), lane()])) {
    if (ended.status === 'rejected') throw ended.reason;
  }
}

/** Copies an image. It becomes a base for those after it: two archives may hold the same kernel. */
async function copyOne(
  wanted: WantedImage,
  { place, sources, indexes }: PublishFilesOptions,
  bases: Base[],
  onBytes: (moved: number, saved: number) => void,
  effects: ImagesEffects,
): Promise<{ readonly image: ImageEntry; readonly moved: number }> {
  const { store, directory } = place;
  const source = await findSource(sources, wanted);
  const target = joinPath(directory, wanted.name);
  const { image, index, moved } = await copyImage(
    {
      ...{ source, wanted, target, bases: [...bases], onBytes, to: store, buildIndex: true },
      index: indexes?.get(wanted.name) ?? (await indexOf(source, wanted, effects)),
      part: joinPath(directory, partName(wanted)),
    },
    effects,
  );
  if (index !== null) {
    await writeIndex(store, target, index);
    bases.push({ path: target, index });
  }
  return { image, moved };
}

/** A file of this machine is read once more than it would have to be, so that far less of it travels. */
async function indexOf(source: SourceFile, image: WantedImage, effects: ImagesEffects): Promise<ChunkIndex | null> {
  const directory = source.path.slice(0, -image.name.length).replace(/\/$/, '');
  const published = await readIndex({ store: source.store, directory }, image, effects);
  if (published !== null || !source.store.local) return published;
  return indexSource(source, image, effects);
}
