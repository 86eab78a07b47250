import { readFile, stat } from 'node:fs/promises';
import type { ArtifactSet, FullHash } from '@tagflow/model';
import { containerNames, excludeContainers, parseContainerList } from './container-list.ts';
import { OciError } from '../error.ts';
import type { ContainerPlace } from '../place.ts';
import { resolveContainers } from '../resolve.ts';
import { readPublishedSet } from '../set-artifact.ts';

/** Whose containers are wanted. */
export interface WantedContainers {
  readonly fullHash: FullHash;
  readonly release: string;
  /** Bare names or repository names. */
  readonly exclude: readonly string[];
  /** The tag of the source whose digests count, for containers that are only named. */
  readonly sourceTag: string;
  /** What is known of the set beforehand; with containers, their digests are fixed. */
  readonly set: ArtifactSet | null;
}

/** The set to stage, and the names of containers that the source lacks. */
export interface Choice {
  readonly set: ArtifactSet;
  readonly missing: readonly string[];
  /** How many were looked for. */
  readonly total: number;
}

/**
 * Returns the containers of the set that was given; else those of the list, with the digests that the source's tag names
 * now; else those of the set that the source has published for the hash.
 * @param listed names, or the path of a file that has them
 * @throws OciError `empty-list`, `bad-list`
 */
export async function chooseContainers(
  wanted: WantedContainers,
  listed: readonly string[],
  source: ContainerPlace,
  concurrency: number,
): Promise<Choice> {
  const { fullHash, release, exclude, sourceTag } = wanted;
  if (listed.length > 0) {
    const names = excludeContainers(await readNames(listed, source), exclude, source.pattern);
    const { found, missing } = await resolveContainers(source, names, sourceTag, concurrency);
    const known = wanted.set ?? { repository: { url: null, builds: [] }, images: [] };
    return { set: { ...known, fullHash, release, containers: found }, missing, total: names.length };
  }
  const isFixed = wanted.set !== null && wanted.set.containers.length > 0;
  const set = isFixed ? wanted.set : await readPublishedSet(source, fullHash);
  if (set === null || set.containers.length === 0) {
    throw new OciError(
      'empty-list',
      `containers: ${source.title} has published no set for ${fullHash}, so they must be named`,
      {
        outcome: 'invalid',
        next: 'Give containers, such as the containers-built.log of their build, or a set.',
      },
    );
  }
  const all = set.containers.map(({ name }) => name);
  const names = excludeContainers(all, exclude, source.pattern);
  const containers = set.containers.filter(({ name }) => names.includes(name));
  return { set: { ...set, containers }, missing: [], total: names.length };
}

async function readNames(listed: readonly string[], source: ContainerPlace): Promise<readonly string[]> {
  const [only] = listed.length === 1 ? listed : [];
  if (only === undefined) return containerNames(listed, source.pattern, 'containers');
  const isFile = await stat(only).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return parseContainerList(await readFile(only, 'utf8'), source.pattern, only);
  if (/^[./~]|\.(?:log|txt|list)$/.test(only)) {
    throw new OciError('bad-list', `containers: the file ${only} is not there`, {
      outcome: 'invalid',
      next: 'Give the list that the build of the containers left, or their names.',
    });
  }
  return containerNames(listed, source.pattern, 'containers');
}
