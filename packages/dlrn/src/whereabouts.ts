import { createHash } from 'node:crypto';
import { type Effects, type FullHash, fullHashOfCommit, isAggregate, type Label } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import type { ResolvedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';

/**
 * Where a label is, by everything that can be asked: `there` when the tree, each component's own link and the newest
 * row of promotions say the target; `back` when the tree and the links say what was before; else `between`.
 */
export type Whereabouts = { readonly state: 'there' | 'back' } | { readonly state: 'between'; readonly facts: string };

export interface LabelMove {
  readonly label: Label;
  /** Of a component's own label. */
  readonly component: string | null;
  /** Null when the label did not exist. */
  readonly from: ResolvedHash | null;
  readonly to: ResolvedHash;
}

/** Reads where the label of a move is. Asks once; rejects when it cannot be read. */
async function findLabel(
  client: Pick<DlrnClient, 'promotionsOf'>,
  tree: Pick<RepositoryTree, 'readLabel' | 'readFile'>,
  move: LabelMove,
): Promise<Whereabouts> {
  const { label, from, to } = move;
  const component = move.component === null ? {} : { component: move.component };
  const isWhole = isAggregate(to.fullHash);
  const [named, [newest], links, served] = await Promise.all([
    tree.readLabel(label, { ...component, retry: false }),
    client.promotionsOf(label, { limit: 1, ...component }),
    isWhole ? linksOf(tree, move) : [],
    isWhole ? servedHash(tree, label) : null,
  ]);
  const strayTo = links.filter((link) => link.now !== link.to);
  const strayFrom = links.filter((link) => link.now !== link.from);
  const recorded = newest?.fullHash === to.fullHash;
  const serves = (hash: string | null): boolean => named === hash && (!isWhole || served === hash);
  if (serves(to.fullHash) && recorded && strayTo.length === 0) return { state: 'there' };
  if (serves(from?.fullHash ?? null) && strayFrom.length === 0 && !recorded) return { state: 'back' };
  const facts = [
    `${label} names ${named ?? 'nothing'} in the repository`,
    ...(isWhole && served !== named ? [`its delorean.repo is that of ${served ?? 'nothing'}`] : []),
    `the newest promotion is ${newest?.fullHash ?? 'none'}`,
    ...strayTo.map((link) => `component ${link.component} names ${link.now ?? 'nothing'}`),
  ];
  return { state: 'between', facts: facts.join(', ') };
}

/** The hash of what a label serves as an aggregate: DLRN moves its files one by one, the md5 after the file itself. */
async function servedHash(tree: Pick<RepositoryTree, 'readFile'>, label: Label): Promise<string | null> {
  const text = await tree.readFile(`${label}/delorean.repo`);
  return text === null ? null : createHash('md5').update(text).digest('hex');
}

/**
 * As {@link findLabel}, asking again after each of the delays (milliseconds) until the label is where it is wanted: a
 * cache may stand in between, or the server be at work still. Rejects when the last look fails; an earlier one may.
 */
export async function waitForLabel(
  client: Pick<DlrnClient, 'promotionsOf'>,
  tree: Pick<RepositoryTree, 'readLabel' | 'readFile'>,
  move: LabelMove,
  effects: Pick<Effects, 'clock' | 'signal'>,
  { wanted, delays }: { readonly wanted: 'there' | 'back'; readonly delays: readonly number[] },
): Promise<Whereabouts> {
  for (const delay of delays) {
    const seen = await findLabel(client, tree, move).catch((error: unknown) => {
      if (error instanceof DlrnError) return null;
      throw error;
    });
    if (seen?.state === wanted) return seen;
    await effects.clock.sleep(delay, effects.signal);
  }
  return findLabel(client, tree, move);
}

/**
 * Returns the components whose own link is not what a hash wants, where the label of the whole says that hash already:
 * a promotion that broke off moves the links first. Empty for a hash that is no aggregate.
 */
export async function strayComponents(
  tree: Pick<RepositoryTree, 'readLabel'>,
  label: Label,
  to: ResolvedHash,
): Promise<readonly string[]> {
  if (!isAggregate(to.fullHash)) return [];
  const links = await linksOf(tree, { label, component: null, from: null, to });
  return links.filter((link) => link.now !== link.to).map((link) => link.component);
}

/** One component's own link, which DLRN moves before it writes the aggregate. */
interface ComponentLink {
  readonly component: string;
  readonly now: FullHash | null;
  readonly from: FullHash | null;
  readonly to: FullHash | null;
}

async function linksOf(tree: Pick<RepositoryTree, 'readLabel'>, move: LabelMove): Promise<readonly ComponentLink[]> {
  const hashes = (side: ResolvedHash | null): ReadonlyMap<string, FullHash> =>
    new Map((side?.builds ?? []).map((build) => [build.component ?? '', fullHashOfCommit(build)]));
  const from = hashes(move.from);
  const to = hashes(move.to);
  return Promise.all(
    [...new Set([...to.keys(), ...from.keys()])].map(async (component) => ({
      component,
      now: await tree.readLabel(move.label, { component, retry: false }),
      from: from.get(component) ?? null,
      to: to.get(component) ?? null,
    })),
  );
}
