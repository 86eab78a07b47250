import { createHash } from 'node:crypto';
import { type FullHash, isAggregate, type Label } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { parseDeloreanRepo } from './delorean-repo.ts';
import { placeOf } from './label-place.ts';
import type { Member, ResolvedHash } from './pinned.ts';
import { memberAt } from './repo-url.ts';
import type { RepositoryTree } from './tree.ts';

/** One end of a move: what a hash consists of, as far as it is needed to tell whether a label is there. */
export interface LabelEnd {
  readonly fullHash: FullHash;
  /** Empty where the files of an old aggregate are gone. */
  readonly members: readonly Member[];
}

/** A label that goes from one hash to another. */
export interface LabelMove {
  readonly label: Label;
  /** Of a component's own label. */
  readonly component: string | null;
  /** Null when the label did not exist. */
  readonly from: LabelEnd | null;
  readonly to: ResolvedHash;
}

/** What a label is now, by everything that can be asked. A promotion that broke off leaves these at odds. */
export interface LabelState {
  /** What the label says: `delorean.repo.md5` of the whole in component mode, else `commit.yaml`. */
  readonly hash: FullHash | null;
  /** The newest promotion. */
  readonly recorded: FullHash | null;
  /** The components that DLRN makes aggregates of, in its order; none in classic mode. */
  readonly components: readonly string[];
  /** Of a whole in component mode: what each component's own label names. */
  readonly links: ReadonlyMap<string, FullHash | null>;
  /** In component mode: the md5 of the label's aggregate as it is served, which is moved before the md5's own file. */
  readonly served: string | null;
  /** In component mode: whether that md5 is what the md5's file says. */
  readonly isServed: boolean;
  /** In component mode: the builds that the label's aggregate names. */
  readonly aggregated: ReadonlySet<string>;
}

type Client = Pick<DlrnClient, 'promotionsOf'>;
type Tree = Pick<RepositoryTree, 'readLabel' | 'readFile'>;

/** Reads what the label of a move is now. Asks once; rejects when it cannot be read. */
export async function readLabelState(client: Client, tree: Tree, move: LabelMove): Promise<LabelState> {
  const { label, component, from, to } = move;
  const place = placeOf(component);
  const isWhole = isAggregate(to.fullHash);
  const inComponents = isWhole || component !== null;
  const [hash, [newest], known, text, md5] = await Promise.all([
    tree.readLabel(label, { ...place, retry: false }),
    client.promotionsOf(label, { limit: 1, ...place }),
    inComponents ? readComponents(tree) : [],
    inComponents ? tree.readFile(`${label}/delorean.repo`, { fresh: true }) : null,
    inComponents ? tree.readFile(`${label}/delorean.repo.md5`, { fresh: true }) : null,
  ]);
  const ends = [...new Set([...componentsOf(to), ...componentsOf(from)])].sort();
  const components = known.length > 0 || !isWhole ? known : ends;
  const wanted = isWhole ? new Set([...components, ...ends]) : [];
  const links = await Promise.all(
    [...wanted].map(async (one) => [one, await tree.readLabel(label, { component: one, retry: false })] as const),
  );
  const served = text === null ? null : createHash('md5').update(text).digest('hex');
  return {
    hash,
    recorded: newest?.fullHash ?? null,
    components,
    links: new Map(links),
    served,
    isServed: served === (md5?.trim() ?? null),
    aggregated: new Set(text === null || text === '' ? [] : hashesOf(text, label)),
  };
}

/** Returns the components of an end. */
export function componentsOf(end: LabelEnd | null): readonly string[] {
  return (end?.members ?? []).map(({ component }) => component ?? '');
}

/**
 * Returns the components that DLRN makes aggregates of, in the order in which it joins them: those of `current`. A
 * component that was taken off its package list keeps its folder and its labels, and is in no aggregate any more.
 */
async function readComponents(tree: Pick<RepositoryTree, 'readFile'>): Promise<readonly string[]> {
  const text = await tree.readFile('current/delorean.repo', { fresh: true });
  if (text === null || text === '') return [];
  return parseDeloreanRepo(text, 'current/delorean.repo').flatMap(({ baseurl }) => memberAt(baseurl)?.component ?? []);
}

function hashesOf(text: string, label: string): readonly string[] {
  return parseDeloreanRepo(text, `${label}/delorean.repo`).flatMap(({ baseurl }) => memberAt(baseurl)?.fullHash ?? []);
}
