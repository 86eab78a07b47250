import type { ImageEntry } from '@tagflow/model';
import { type Entry, joinPath, parentOf } from '@tagflow/store';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import { countBytes } from '../count-bytes.ts';
import type { ImageDirectory, ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import { type FileReport, reportOf } from '../file-report.ts';
import { type ImageState, readImageState, writeSums } from '../image-state.ts';
import { listWhatThereIs } from '../list-what-there-is.ts';
import type { WantedImage } from '../fetch/local-file.ts';
import type { PublishRun } from './publish.ts';
import { type Base, copyImage, type CopyReport } from '../transfer/copy-image.ts';
import { findBases } from '../transfer/find-bases.ts';
import { indexSuffix, readIndex, writeIndex } from '../transfer/index-beside.ts';
import { indexSource } from '../transfer/index-source.ts';
import { takePart } from '../transfer/part-name.ts';
import { findSource, type SourceFile } from '../transfer/source-file.ts';
import type { CountBytes } from '../transfer/tally.ts';

export interface PublishFilesOptions extends Pick<
  PublishRun,
  'directory' | 'sources' | 'indexes' | 'owner' | 'travelled'
> {
  readonly images: readonly WantedImage[];
  /** Where they are put: `directory` itself, or the one that is about to get its name. */
  readonly place: ImageDirectory;
}

/** What became of one image, and what it is. */
export interface PublishedFile extends FileReport {
  readonly image: ImageEntry;
  readonly wasThere: boolean;
}

/** What all images of one run share. */
interface Run extends PublishFilesOptions {
  /** Of the place, when the run began. */
  readonly entries: readonly Entry[];
  /** Grows with every image that is there. */
  readonly bases: Base[];
  readonly count: CountBytes;
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
  const entries = await listWhatThereIs(place.store, place.directory);
  // A set may list a hundred thousand: what is not in the folder need not be looked for.
  const isListed = ({ name }: WantedImage): boolean => entries === null || entries.some((entry) => entry.name === name);
  const states = await Promise.all(
    images.map(async (image): Promise<ImageState> =>
      isListed(image) ? await readImageState(place, image, 'sums', effects) : { is: 'absent' },
    ),
  );
  for (const state of states) refuseOther(options, state);
  const isWhole = states.every(({ is }) => is === 'whole');
  // A server that cannot give names in one step says so now, and not after gigabytes.
  if (!isWhole) await place.store.rename(place.directory, place.directory);
  const run: Run = {
    ...options,
    entries: entries ?? [],
    bases: isWhole ? [] : [...(await findBases(place.store, directory, effects))],
    count: countBytes(effects, `publish images to ${place.store.url}`, images),
  };
  const reports: PublishedFile[] = [];
  const work = images.map((image, at) => ({
    size: image.size ?? 0,
    run: async () => {
      reports[at] = await publishOne(image, states[at], run, effects);
    },
  }));
  // The largest first: it takes longest, whatever else there is.
  await runInPairs(work.sort((a, b) => b.size - a.size).map((one) => one.run));
  return reports;
}

/** Bytes that were published are never replaced by others; in a directory that nobody sees yet they may be anything. */
function refuseOther({ place, directory }: PublishFilesOptions, state: ImageState): void {
  if (state.is !== 'different' || place.directory !== directory) return;
  throw new ImagesError('published-differently', `${state.why}: it was published before, and is not overwritten`, {
    next: 'One hash has one set of images. Find out which build is the right one; the other needs a new hash.',
  });
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

async function publishOne(
  wanted: WantedImage,
  state: ImageState | undefined,
  run: Run,
  effects: ImagesEffects,
): Promise<PublishedFile> {
  effects.signal.throwIfAborted();
  const isWhole = state?.is === 'whole';
  const copied = isWhole ? { image: state.image, moved: 0 } : await copyOne(wanted, run, effects);
  const { image } = copied;
  if (isWhole) {
    run.count(0, image.size);
    await addIndex(image, run);
  }
  // A connection that was lost may have taken the first report with it.
  const moved = Math.max(copied.moved, run.travelled.get(wanted.name) ?? 0);
  const wasThere = isWhole && !run.travelled.has(wanted.name);
  await writeSums(run.place, image);
  return { ...reportOf(image, moved), image, wasThere };
}

/** Copies an image from the first place that has it as it should be. It becomes a base for those after it. */
async function copyOne(wanted: WantedImage, run: Run, effects: ImagesEffects): Promise<CopyReport> {
  let { sources } = run;
  for (;;) {
    const { file, others } = await findSource(sources, wanted);
    try {
      return await copyFrom(file, wanted, run, effects);
    } catch (error) {
      const isWrong = error instanceof ImagesError && error.code === 'checksum-mismatch';
      if (!isWrong || others.length === 0) throw error;
      effects.log.warning(`${error.message}; trying the next place`);
      sources = others;
    }
  }
}

async function copyFrom(
  source: SourceFile,
  wanted: WantedImage,
  run: Run,
  effects: ImagesEffects,
): Promise<CopyReport> {
  const { place, bases, indexes, count, travelled } = run;
  const { store, directory } = place;
  const target = joinPath(directory, wanted.name);
  const index = indexes?.get(wanted.name) ?? (await indexOf(source, wanted, effects));
  const part = await takePart(place, run.entries, wanted, { owner: run.owner, clock: effects.clock });
  const options = { source, wanted, target, index, bases: [...bases], to: store, part: part.path, buildIndex: true };
  try {
    return await copyImage(
      {
        ...options,
        onBytes: (moved, saved) => {
          travelled.set(wanted.name, (travelled.get(wanted.name) ?? 0) + moved);
          count(moved, saved);
        },
        beforeArrival: async (image, made) => {
          // It took a while: somebody may have published another file of the name.
          refuseOther(run, await readImageState(place, image, 'sums', effects));
          if (made === null) return;
          await writeIndex(store, target, made);
          bases.push({ path: target, index: made });
        },
      },
      effects,
    );
  } catch (error) {
    await part.leave();
    throw error;
  }
}

/** A file of this machine is read once more than it would have to be, so that far less of it travels. */
async function indexOf(source: SourceFile, image: WantedImage, effects: ImagesEffects): Promise<ChunkIndex | null> {
  const published = await readIndex({ store: source.store, directory: parentOf(source.path) }, image, effects);
  if (published !== null || !source.store.local) return published;
  return indexSource(source, image, effects);
}

/** What an older tool published has no index, and gets the one that is at hand. */
async function addIndex({ name, sha256 }: ImageEntry, { place, entries, indexes }: Run): Promise<void> {
  const index = indexes?.get(name);
  if (index?.sha256 !== sha256 || entries.some((entry) => entry.name === `${name}${indexSuffix}`)) return;
  await writeIndex(place.store, joinPath(place.directory, name), index);
}
