import { createHash } from 'node:crypto';
import {
  createRepositoryTree,
  type PinnedHash,
  parseVersionsCsv,
  pinKnownHash,
  placeOf,
  type RepositoryTree,
  splitRepoUrl,
} from '@tagflow/dlrn';
import {
  type ArtifactSet,
  type CommitBuild,
  fullHashOfCommit,
  type HandOffManifest,
  type PinnedFile,
  type PinnedVersions,
} from '@tagflow/model';
import { labelsOf } from '../known-labels.ts';
import type { SetPlaces } from '../set-places.ts';
import { HandOffError } from './error.ts';

export interface ReadRepository {
  readonly facts: HandOffManifest['repository'];
  /** The lists of packages, by the names that they are delivered under. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Returns the repository of a set with its files pinned. Of a directory that is gone there is what the set says. What
 * cannot be read now rejects: it may be read later, and a delivery is never completed.
 */
export async function readRepository(
  set: ArtifactSet,
  component: string | null,
  places: SetPlaces,
): Promise<ReadRepository> {
  const found = await findPinned(set, component, places);
  const { repository, fullHash } = set;
  if (found === null) {
    const where = repository.url ?? 'a place that nobody knows';
    places.effects.log.warning(`the repository of ${fullHash} is not there (${where}): its files are unknown`);
    return { facts: { ...repository, deloreanRepo: null, versions: [] }, files: new Map() };
  }
  const { tree, pinned } = found;
  const deloreanRepo = await readPinned(tree, `${pathOf(tree, pinned)}/delorean.repo`);
  const lists = await readVersions(tree, pinned);
  if (lists.length === 0) places.effects.log.warning(`${pinned.repoUrl} has no versions.csv: its packages are unknown`);
  return {
    facts: {
      url: pinned.repoUrl,
      builds: await buildsOf(repository.builds, tree, pinned),
      deloreanRepo: deloreanRepo?.file ?? null,
      versions: lists.map(({ facts }) => facts),
    },
    files: new Map(lists.map(({ facts, text }) => [facts.file, text])),
  };
}

async function findPinned(
  { fullHash, repository }: ArtifactSet,
  component: string | null,
  { config, dlrn, api, effects }: SetPlaces,
): Promise<{ readonly tree: RepositoryTree; readonly pinned: PinnedHash } | null> {
  if (config !== null && dlrn !== null) {
    const where = { ...placeOf(component), labels: labelsOf(config) };
    const pinned = await pinKnownHash(dlrn.client, dlrn.tree, fullHash, where);
    return pinned === null ? null : { tree: dlrn.tree, pinned };
  }
  if (repository.url === null) return null;
  const parts = splitRepoUrl(repository.url, fullHash);
  const tree = createRepositoryTree(api, { reposUrl: parts.reposUrl, effects });
  const labels = parts.label === null ? [] : [parts.label];
  const pinned = await tree.pinHash(fullHash, { ...placeOf(parts.component), labels });
  return pinned === null ? null : { tree, pinned };
}

/** A set that was published names its builds; DLRN is asked where it does not name those that the repository has. */
async function buildsOf(
  known: readonly CommitBuild[],
  tree: RepositoryTree,
  pinned: PinnedHash,
): Promise<readonly CommitBuild[]> {
  const members = new Set<string>(pinned.members.map(({ fullHash }) => fullHash));
  const isSame = known.length === members.size && known.every((build) => members.has(fullHashOfCommit(build)));
  return isSame ? known : (await tree.resolveBuilds(pinned)).builds;
}

interface VersionsFile {
  readonly facts: PinnedVersions;
  readonly text: string;
}

/** An aggregate's own list is what its components' lists are joined to. */
async function readVersions(tree: RepositoryTree, pinned: PinnedHash): Promise<readonly VersionsFile[]> {
  const whole = await versionsAt(tree, pathOf(tree, pinned), null);
  if (whole !== null) return [whole];
  if (pinned.kind === 'commit') return [];
  const lists = await Promise.all(pinned.members.map(({ path, component }) => versionsAt(tree, path, component)));
  return lists.filter((list) => list !== null);
}

async function versionsAt(
  tree: RepositoryTree,
  directory: string,
  component: string | null,
): Promise<VersionsFile | null> {
  const found = await readPinned(tree, `${directory}/versions.csv`);
  if (found === null) return null;
  const rows = parseVersionsCsv(found.text, found.file.url).length;
  const file = component === null ? 'versions.csv' : `versions-${component}.csv`;
  return { facts: { ...found.file, component, rows, file }, text: found.text };
}

async function readPinned(
  tree: RepositoryTree,
  path: string,
): Promise<{ readonly file: PinnedFile; readonly text: string } | null> {
  const text = await tree.readFile(path);
  if (text === null) return null;
  const url = `${tree.reposUrl}/${path}`;
  // Of bytes that are no UTF-8 the text is not what the server has, and neither would its checksum be.
  if (text.includes('\uFFFD')) throw new HandOffError('not-there', `${url} is not UTF-8: it cannot be pinned`);
  return { file: { url, sha256: createHash('sha256').update(text).digest('hex') }, text };
}

function pathOf(tree: RepositoryTree, pinned: PinnedHash): string {
  return pinned.repoUrl.slice(tree.reposUrl.length + 1);
}
