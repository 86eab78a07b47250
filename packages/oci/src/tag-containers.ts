import type { ContainerEntry, Digest, Progress } from '@tagflow/model';
import { incomplete } from './incomplete.ts';
import { doAll, tryAll } from './limited.ts';
import type { Manifest } from './manifest.ts';
import type { ContainerPlace } from './place.ts';
import { type TagWrite, writeTag } from './tag.ts';

export interface TagOptions extends Pick<TagWrite['effects'], 'clock' | 'log'> {
  /** Containers at a time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Where the bytes of a manifest come from. */
  readonly manifest: (name: string, digest: Digest) => Promise<Manifest>;
  /** Called once, before the first write; rejects when there must be none. */
  readonly before?: () => Promise<void>;
}

/** A container, and a tag that does not name it. */
export interface WrongTag extends ContainerEntry {
  readonly tag: string;
}

/** Returns which of the tags do not name the containers' digests: a HEAD for each. */
export async function wrongTags(
  place: ContainerPlace,
  containers: readonly ContainerEntry[],
  tags: readonly string[],
  concurrency: number,
): Promise<readonly WrongTag[]> {
  const all = containers.flatMap((container) => tags.map((tag) => ({ ...container, tag })));
  const wrong = new Set<WrongTag>();
  await doAll(all, concurrency, async (one) => {
    if (!(await isRight(place, one))) wrong.add(one);
  });
  return all.filter((one) => wrong.has(one));
}

async function isRight(place: ContainerPlace, { name, digest, tag }: WrongTag): Promise<boolean> {
  return (await place.client.headManifest(place.repository(name), tag))?.digest === digest;
}

/**
 * Points the tags to the containers' digests, which the place holds already, and reads them back: a PUT and a HEAD for
 * each tag. Where the first container has a tag already as it should be, this is taken for a second run, and each is
 * looked at before it is written. Returns the number of tags that were written.
 * @throws OciError `incomplete` naming every container that failed
 */
export async function tagContainers(
  place: ContainerPlace,
  containers: readonly ContainerEntry[],
  tags: readonly string[],
  options: TagOptions,
): Promise<number> {
  const { signal, progress } = options;
  const what = `tag containers in ${place.title}`;
  const [first] = containers;
  const repeated = new Set<string>();
  for (const tag of tags) if (first !== undefined && (await isRight(place, { ...first, tag }))) repeated.add(tag);
  let allowed: Promise<void> | null = null;

  let done = 0;
  let written = 0;
  const failures = await tryAll(containers, options.concurrency, async (container) => {
    for (const tag of tags) {
      signal.throwIfAborted();
      if (repeated.has(tag) && (container === first || (await isRight(place, { ...container, tag })))) continue;
      await (allowed ??= options.before?.() ?? Promise.resolve());
      const manifest = await options.manifest(container.name, container.digest);
      const repository = place.repository(container.name);
      // Whoever asked for this tag wants it moved, whatever it names by now.
      const mayWrite = (): Promise<boolean> => Promise.resolve(true);
      const isWritten = await writeTag({ client: place.client, repository, tag, manifest, mayWrite, effects: options });
      if (isWritten) written += 1;
    }
    done += 1;
    progress({ what, done, total: containers.length, unit: 'containers' });
  });
  signal.throwIfAborted();
  if (failures.length > 0) throw incomplete(what, failures, containers.length);
  return written;
}
