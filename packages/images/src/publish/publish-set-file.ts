import { type ArtifactSet, formatSet, mergeSets, ParseError } from '@tagflow/model';
import { joinPath } from '@tagflow/store';
import type { ImageDirectory, ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import { readPublishedSet, setFile } from '../read-set.ts';

// Another publisher may have read the file before ours was written, and write its own now. Milliseconds.
const settleDelays = [200, 400, 800, 1600, 3200];

/**
 * Completes the `set.json` of a directory with a set, and returns what stands there then. A store has no «write if
 * unchanged»: the file is read right before it is written, and read back a moment later; where another publisher wrote
 * at the same time, the two are merged once more.
 * @throws ImagesError `published-differently` when it contradicts the set, `not-taken` when what was written never stays
 */
export async function publishSetFile(
  place: ImageDirectory,
  wanted: ArtifactSet,
  { clock, signal }: Pick<ImagesEffects, 'clock' | 'signal'>,
): Promise<{ readonly set: ArtifactSet; readonly changed: boolean }> {
  const path = joinPath(place.directory, setFile);
  for (const [attempt, delay] of [...settleDelays, null].entries()) {
    const present = await readPublishedSet(place, wanted.fullHash);
    const set = mergePublished(present, wanted, place);
    if (present !== null && formatSet(present) === formatSet(set)) return { set, changed: attempt > 0 };
    if (delay === null) break;
    signal.throwIfAborted();
    await place.store.write(path, formatSet(set));
    await clock.sleep(delay, signal);
  }
  throw new ImagesError(
    'not-taken',
    `${place.store.url}/${path} was written ${settleDelays.length} times, and lacks parts of the set of ${wanted.fullHash} still`,
    { next: 'Others publish parts of the same hash at the same time. Run the same command again.' },
  );
}

/**
 * Returns what is published and what is wanted as one set.
 * @throws ImagesError `published-differently` when the two contradict each other
 */
export function mergePublished(present: ArtifactSet | null, wanted: ArtifactSet, place: ImageDirectory): ArtifactSet {
  if (present === null) return wanted;
  try {
    return mergeSets([present, wanted]);
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    throw new ImagesError(
      'published-differently',
      `${place.store.url}/${place.directory}/${setFile} contradicts the set that is to be published: ${cause.message}`,
      { cause, next: 'One hash has one set. Find out which build is the right one; the other needs a new hash.' },
    );
  }
}
