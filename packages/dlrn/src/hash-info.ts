import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommitBuild, type FullHash, fullHashOfCommit } from '@tagflow/model';
import { DlrnError } from './error.ts';
import type { PinnedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';

/** What the `hash_info.sh` of a hash says besides the hash. */
export interface HashInfoPlace {
  /** Null where nobody said, as the release. */
  readonly apiUrl: string | null;
  readonly release: string | null;
  /** The Kerberos principal of the DLRN API; null where its users have passwords. */
  readonly serverPrincipal: string | null;
}

/**
 * Writes `hash_info.sh`, which scripts of RDO's CI source to know which build they are about, into an existing folder.
 * Returns its path.
 */
export function writeHashInfo(folder: string, pinned: PinnedHash, place: HashInfoPlace): Promise<string> {
  const { fullHash, build, component } = pinned;
  return writeExports(join(folder, 'hash_info.sh'), hashInfoOf(fullHash, build, component, place));
}

/**
 * Writes one such file for each build of a hash that has a component, `<component>_hash_info.sh`: whoever votes on the
 * parts of an aggregate needs their 40-digit hashes. Returns the folder, which is made, or null where there are none.
 * Such files of an earlier hash are removed, whatever comes of it: who reads all of them would take them for this one's.
 * @throws DlrnError `unexpected-answer` for a component that cannot be part of a file's name, or is there twice
 */
export async function writeComponentHashInfos(
  folder: string,
  tree: Pick<RepositoryTree, 'resolveBuilds'>,
  pinned: PinnedHash,
  place: HashInfoPlace,
): Promise<string | null> {
  await removeComponentFiles(folder);
  // A server chose them, and they become paths: they are looked at before anything is read or written.
  const components = pinned.members.map(({ component }) => component);
  for (const [index, name] of components.entries()) {
    if (name === null || (isFileName(name) && components.indexOf(name) === index)) continue;
    const problem = components.indexOf(name) < index ? 'twice' : 'which cannot be part of the name of a file';
    throw new DlrnError('unexpected-answer', `${pinned.sourceUrl} names component ${JSON.stringify(name)}, ${problem}`);
  }
  if (components.every((name) => name === null)) return null;
  const { builds } = await tree.resolveBuilds(pinned);
  await mkdir(folder, { recursive: true });
  for (const [index, build] of builds.entries()) {
    const name = components[index] ?? null;
    if (name === null) continue;
    const variables = hashInfoOf(fullHashOfCommit(build), build, name, place);
    await writeExports(join(folder, `${name}${ending}`), variables);
  }
  return folder;
}

const ending = '_hash_info.sh';

function isFileName(component: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(component);
}

/** Nothing else that is in the folder: it may be one of somebody's own. */
async function removeComponentFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const ours = names.filter((name) => name.endsWith(ending) && isFileName(name.slice(0, -ending.length)));
  await Promise.all(ours.map((name) => rm(join(folder, name))));
}

/** Writes shell lines that export variables, whatever their values hold. Returns the path. */
export async function writeExports(path: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(variables).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`,
  );
  await writeFile(path, lines.join(''));
  return path;
}

function hashInfoOf(
  fullHash: FullHash,
  build: CommitBuild | null,
  component: string | null,
  { apiUrl, release, serverPrincipal }: HashInfoPlace,
): Readonly<Record<string, string>> {
  return {
    DLRNAPI_URL: apiUrl ?? '',
    RELEASE: release ?? '',
    FULL_HASH: fullHash,
    COMMIT_HASH: build?.commitHash ?? '',
    DISTRO_HASH: build?.distroHash ?? '',
    COMPONENT_NAME: component ?? '',
    // Readers give it an empty default of their own before they source the file.
    ...(build?.extendedHash ? { EXTENDED_HASH: build.extendedHash } : {}),
    // Always both: some readers run under `set -u`, and compare with the word true.
    DLRNAPI_SERVER_PRINCIPAL: serverPrincipal ?? '',
    KERBEROS_AUTH: String(serverPrincipal !== null),
  };
}
