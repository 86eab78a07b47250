import type { ContainerEntry, Progress } from '@tagflow/model';
import { incomplete } from './incomplete.ts';
import { tryAll } from './limited.ts';
import type { ContainerPlace } from './place.ts';
import { retag } from './tag.ts';

export interface TagOptions {
  /** Containers at a time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Points the tags to the containers' digests, which the place holds already, and reads them back. Returns the number of
 * tags that were written.
 * @throws OciError `incomplete` naming every container that failed
 */
export async function tagContainers(
  place: ContainerPlace,
  containers: readonly ContainerEntry[],
  tags: readonly string[],
  options: TagOptions,
): Promise<number> {
  let done = 0;
  const what = `tag containers in ${place.title}`;
  const failures = await tryAll(containers, options.concurrency, async ({ name, digest }) => {
    options.signal.throwIfAborted();
    await retag(place.client, place.repository(name), digest, tags);
    done += 1;
    options.progress({ what, done, total: containers.length, unit: 'containers' });
  });
  options.signal.throwIfAborted();
  if (failures.length > 0) throw incomplete(what, failures, containers.length);
  return done * tags.length;
}
