import type { Digest } from '@tagflow/model';
import { resolveArches } from '../choose/resolve-arches.ts';
import type { Chosen } from '../choose/which-containers.ts';
import { isSamePlace } from '../place.ts';
import { type Resolution, resolveContainers } from '../resolve.ts';
import { forEachTarget, type Owed } from '../stage-all.ts';
import type { PushEffects, PushJob, PushTarget } from './push-job.ts';

/** What the containers are, and where they are already. */
export interface Survey extends Resolution {
  readonly warnings: readonly string[];
  /** What the tag of the hash names in each destination that could be read, by container. */
  readonly seen: ReadonlyMap<PushTarget, ReadonlyMap<string, Digest | null>>;
  readonly owed: readonly Owed[];
}

/**
 * Looks at the destinations first, so that the source is asked for no more than is needed: for the manifest of what has
 * to be copied or tagged, for the digest alone of what is there already, and for nothing where a set has pinned it.
 */
export async function survey(job: PushJob, chosen: Chosen, effects: PushEffects): Promise<Survey> {
  const { asked, targets, manifests, source, concurrency, tags } = job;
  const { signal } = effects;
  const names = chosen.wanted.map(({ name }) => name);
  const own = targets.find(({ destination }) => isSamePlace(source, destination.place, names[0] ?? 'base'));
  const seen = new Map<PushTarget, ReadonlyMap<string, Digest | null>>();
  const others = targets.filter((target) => target !== own);
  // The first answer tells for all whether this is a second run, which asks both sides at once.
  const { promise: isRepeated, resolve: tell } = Promise.withResolvers<boolean>();
  const look = async (): Promise<readonly Owed[]> => {
    const { owed } = await forEachTarget(others, effects, async (target) => {
      const told = (digest: Digest | null): void => tell(digest !== null);
      seen.set(target, await target.destination.look(names, asked.fullHash, told));
    });
    return owed;
  };

  const lookAtOwn = async (known: ReadonlyMap<string, Digest> | null): Promise<void> => {
    if (own === undefined) return;
    const { destination } = own;
    if (known !== null) destination.saw(asked.fullHash, known);
    seen.set(own, known ?? (await destination.look(names, asked.fullHash)));
  };

  if (chosen.pinned !== null) {
    const [owed] = await Promise.all([look(), lookAtOwn(null)]);
    const { pinned } = chosen;
    const isCopied = (name: string): boolean => [...seen.values()].some((now) => now.get(name) !== pinned.get(name));
    const copied = names.filter(isCopied);
    const options = { concurrency: concurrency * 4, signal, wanted: new Set(copied), manifests };
    const { missing } = await resolveContainers(source, copied, (name) => pinned.get(name) ?? '', options);
    const found = [...pinned].flatMap(([name, digest]) => (missing.includes(name) ? [] : [{ name, digest }]));
    return { found: found.sort((a, b) => (a.name < b.name ? -1 : 1)), missing, warnings: [], seen, owed };
  }
  if (job.arches !== null) {
    const owed = await look();
    const all = await resolveArches(source, names, asked.sourceTag, job.arches, { concurrency, signal, manifests });
    await lookAtOwn(null);
    return { ...all, seen, owed };
  }
  const isRetag = own !== undefined && (asked.sourceTag !== asked.fullHash || tags.length > 0);
  const isAbsent = (name: string): boolean => [...seen.values()].some((now) => now.get(name) === null);
  const resolve = (wanted: readonly string[]): Promise<Resolution> => {
    const options = { concurrency: concurrency * 4, signal, wanted: new Set(wanted), manifests };
    return resolveContainers(source, names, asked.sourceTag, options);
  };
  const looking = look().finally(() => tell(false));
  const speculating = isRepeated.then((repeated) => (repeated && !isRetag ? resolve([]) : null));
  const [owed, told] = await Promise.all([looking, speculating]);
  const resolution = told ?? (await resolve(isRetag ? names : names.filter(isAbsent)));
  const digests = new Map(resolution.found.map(({ name, digest }) => [name, digest]));
  await lookAtOwn(asked.sourceTag === asked.fullHash ? digests : null);
  return { ...resolution, warnings: [], seen, owed };
}
