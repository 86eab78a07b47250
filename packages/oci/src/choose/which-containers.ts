import type { Api } from '@tagflow/http';
import type { ArtifactSet, Digest, FullHash } from '@tagflow/model';
import { OciError } from '../error.ts';
import type { SourcePlace } from '../place.ts';
import { fetchTripleoList } from './fetch-list.ts';
import { listNamespace } from './list-namespace.ts';
import { readListed } from './read-listed.ts';
import { type Rules, selectContainers, type Selection } from './select-containers.ts';
import { oncePerName } from './wanted.ts';

/** Who says which containers belong to a hash. */
export type ContainerOrigin =
  /** Names, or the path or address of one list of any form. */
  | { readonly type: 'listed'; readonly listed: readonly string[] }
  /** tripleo-common at a commit; `template` is an address with `{sha}`. */
  | { readonly type: 'tripleo'; readonly sha: string; readonly template?: string }
  /** All repositories of the source. */
  | { readonly type: 'namespace' }
  /** The set that was given, if it has containers, else the one that the source has published for the hash. */
  | { readonly type: 'set' };

/** What is asked for. */
export interface Asked extends Rules {
  readonly origin: ContainerOrigin;
  readonly fullHash: FullHash;
  /** The tag that the containers have in the source. */
  readonly sourceTag: string;
  /** What is known of the set beforehand. */
  readonly set: ArtifactSet | null;
}

/** Where the answer is looked for. */
export interface Reach {
  readonly source: SourcePlace;
  readonly api: Api;
  /** The part of the repositories' names before the containers'; empty where there is none. */
  readonly namespacePath: string;
  /** Null where the source cannot list: files. */
  readonly catalog: { listRepositories(): Promise<readonly string[]> } | null;
  /** Null where the source publishes no sets. */
  readonly readSet: ((hash: FullHash) => Promise<ArtifactSet | null>) | null;
}

/** Which containers belong to a hash, and why. */
export interface Chosen extends Selection {
  /** The digests of all wanted containers, where a set has them; null where the source's tag says it. */
  readonly pinned: ReadonlyMap<string, Digest> | null;
  /** What is known of the set besides its containers. */
  readonly base: Omit<ArtifactSet, 'containers'> | null;
}

/**
 * Returns the containers of a hash by name, without asking the source for any of them.
 * @throws OciError `empty-list`, `bad-list`, `bad-reference`, `not-found`, `refused`, `unexpected-answer`
 */
export async function whichContainers(asked: Asked, reach: Reach): Promise<Chosen> {
  const { origin, set } = asked;
  if (origin.type === 'set') return fromSet(asked, reach);
  const named = await namedBy(origin, asked, reach);
  const selection = selectContainers(named.wanted, asked, reach.source.pattern);
  const left = new Set(selection.wanted.map(({ name }) => name));
  const excluded = [...selection.excluded, ...named.excluded].filter(({ name }) => !left.has(name));
  return { ...selection, excluded: oncePerName(excluded), pinned: null, base: baseOf(set) };
}

async function namedBy(origin: Exclude<ContainerOrigin, { type: 'set' }>, asked: Asked, reach: Reach) {
  const { source, api, catalog, namespacePath: path } = reach;
  const { pattern, title } = source;
  switch (origin.type) {
    case 'listed':
      return readListed(origin.listed, pattern, asked, api);
    case 'tripleo': {
      const list = await fetchTripleoList(api, origin.sha, origin.template);
      // The parser of YAML is loaded by those who read it.
      const { parseTripleoList } = await import('./tripleo-list.ts');
      return parseTripleoList(list.text, list.title);
    }
    case 'namespace':
      if (catalog === null) throw unknown(`${title} lists no repositories`);
      return listNamespace({ path, pattern, title }, catalog);
  }
}

async function fromSet(asked: Asked, { source, readSet }: Reach): Promise<Chosen> {
  const { fullHash } = asked;
  const isGiven = asked.set !== null && asked.set.containers.length > 0;
  const set = isGiven ? asked.set : ((await readSet?.(fullHash)) ?? null);
  if (set === null || set.containers.length === 0) {
    throw unknown(`${source.title} has published no set for ${fullHash}`);
  }
  const why = isGiven ? 'set.json' : `set of ${fullHash} in ${source.title}`;
  const all = set.containers.map(({ name }) => ({ name, why }));
  const selection = selectContainers(all, asked, source.pattern);
  const left = new Set(selection.wanted.map(({ name }) => name));
  const pinned = set.containers.filter(({ name }) => left.has(name)).map(({ name, digest }) => [name, digest] as const);
  return { ...selection, pinned: new Map(pinned), base: baseOf(set) };
}

function baseOf(set: ArtifactSet | null): Omit<ArtifactSet, 'containers'> | null {
  if (set === null) return null;
  const { fullHash, release, repository, images } = set;
  return { fullHash, release, repository, images };
}

function unknown(why: string): OciError {
  return new OciError('empty-list', `containers: ${why}, so they must be named`, {
    outcome: 'invalid',
    next: 'Give containers, such as the containers-built.log of their build, or a set.',
  });
}
