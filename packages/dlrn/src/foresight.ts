import { createHash } from 'node:crypto';
import { type Foresight, isAggregate } from '@tagflow/model';
import { blockingFiles } from './blocking-files.ts';
import { parseDeloreanRepo } from './delorean-repo.ts';
import { componentsOf, type LabelEnd, type LabelMove, type LabelState } from './label-state.ts';
import type { Member, PinnedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';

type Tree = Pick<RepositoryTree, 'readFile' | 'reposUrl'>;

/** Returns a sentence for every build of a hash whose directory could not serve as a repository: DLRN looks at none. */
export async function faultyDirectories(
  tree: Tree,
  { members }: Pick<PinnedHash, 'members'>,
): Promise<readonly string[]> {
  return (await Promise.all(members.map((member) => faultsOf(tree, member)))).flat();
}

async function faultsOf(tree: Tree, { fullHash, path }: Member): Promise<readonly string[]> {
  const repo = `${path}/delorean.repo`;
  const repomd = `${path}/repodata/repomd.xml`;
  const [repoText, repomdText] = await Promise.all([tree.readFile(repo), tree.readFile(repomd)]);
  const faults: string[] = [];
  if (repoText === null) faults.push(`${tree.reposUrl}/${repo} is not there`);
  else {
    const named = parseDeloreanRepo(repoText, `${tree.reposUrl}/${repo}`).map((section) => section.baseurl);
    if (!named.some((baseurl) => baseurl.endsWith(`/${fullHash}`))) {
      faults.push(`${tree.reposUrl}/${repo} names ${named.join(', ')}, expected ${fullHash}`);
    }
  }
  if (repomdText === null) faults.push(`${tree.reposUrl}/${repomd} is not there: no package could be installed`);
  return faults;
}

/** Returns what speaks against a move, and what of it could not be taken back. */
export async function foreseeMove(tree: Tree, move: LabelMove, state: LabelState): Promise<Foresight> {
  const { label, from, to } = move;
  const leftOver = leftOverComponents(move, state);
  const [wrong, blocked, gone] = await Promise.all([
    leftOver === null && isAggregate(to.fullHash) ? wrongAggregate(tree, move, state) : null,
    blockingFiles(tree, move),
    buildsGone(tree, from, to),
  ]);
  const problems = [leftOver, wrong].filter((problem) => problem !== null);
  for (const file of blocked) {
    problems.push(
      `${file} was left behind by a promotion that broke off, and DLRN fails at every promotion of ${label} ` +
        `until it is deleted on the DLRN server`,
    );
  }
  const notes: string[] = [];
  const added = from === null || !isAggregate(to.fullHash) ? [] : missingIn(from, to);
  if (added.length > 0 && from !== null) {
    notes.push(
      `${label} comes to the ${listed(added)}, which ${from.fullHash} has not: DLRN cannot take that away ` +
        `again, so once DLRN's label has moved there is no way back to ${from.fullHash}`,
    );
  }
  if (gone && from !== null) {
    notes.push(`the builds of ${from.fullHash}, which ${label} leaves, are gone: there is no way back to it`);
  }
  return { problems, notes };
}

/**
 * Returns why a label can never become the wanted aggregate, or null. An aggregate is made of every component that has
 * the label, and no call takes a label away from one.
 */
export function leftOverComponents({ label, to }: LabelMove, state: LabelState): string | null {
  if (!isAggregate(to.fullHash)) return null;
  const wanted = componentsOf(to);
  const extra = state.components.filter((one) => !wanted.includes(one) && (state.links.get(one) ?? null) !== null);
  if (extra.length === 0) return null;
  const [it, places] = [extra.length === 1 ? 'it' : 'them', extra.map((one) => `component/${one}/${label}`).join(', ')];
  return (
    `label ${label} has the ${listed(extra)}, which ${to.fullHash} has not, and DLRN cannot remove a label: ` +
    `delete ${places} on the DLRN server, or choose a hash that has ${it}`
  );
}

/** Returns why the aggregate that DLRN will make cannot be the wanted one, or null. */
async function wrongAggregate(tree: Tree, { label, to }: LabelMove, state: LabelState): Promise<string | null> {
  const dropped = componentsOf(to).filter((one) => !state.components.includes(one));
  if (dropped.length > 0) {
    return `${to.fullHash} has the ${listed(dropped)}, of which DLRN makes no aggregates any more (see current/delorean.repo)`;
  }
  const parts = await Promise.all(
    to.members.map(async ({ component, path }) => ({
      component: component ?? '',
      text: await tree.readFile(`${path}/delorean.repo`),
    })),
  );
  const gone = parts.filter(({ text }) => text === null).map(({ component }) => component);
  if (gone.length > 0) return `the delorean.repo of the ${listed(gone)} of ${to.fullHash} is gone`;
  // In the order in which this DLRN joins them; before 2023 it was another one than that of their names.
  const ordered = parts.toSorted(
    (a, b) => state.components.indexOf(a.component) - state.components.indexOf(b.component),
  );
  const hash = createHash('md5');
  for (const { text } of ordered) hash.update(`${text}\n`);
  const md5 = hash.digest('hex');
  if (md5 === to.fullHash) return null;
  const whole = (await tree.readFile(`${to.repoUrl.slice(tree.reposUrl.length + 1)}/delorean.repo`)) ?? '';
  const changed = parts.filter(({ text }) => text !== null && !whole.includes(text)).map(({ component }) => component);
  return (
    `promoting ${to.fullHash} to ${label} would give the aggregate ${md5}: ` +
    (changed.length === 0
      ? `DLRN joins the components as ${state.components.join(', ')} now`
      : `the delorean.repo of the ${listed(changed)} is not what ${to.fullHash} was made of`)
  );
}

async function buildsGone(tree: Tree, from: LabelEnd | null, to: LabelEnd): Promise<boolean> {
  if (from === null || from.fullHash === to.fullHash) return false;
  if (from.members.length === 0) return true;
  const kept = new Set(to.members.map(({ fullHash }) => fullHash));
  const others = from.members.filter(({ fullHash }) => !kept.has(fullHash));
  const texts = await Promise.all(others.map(({ path }) => tree.readFile(`${path}/commit.yaml`)));
  return texts.includes(null);
}

/** Returns the components that the second end has and the first has not. */
function missingIn(first: LabelEnd, second: LabelEnd): readonly string[] {
  const there = componentsOf(first);
  return componentsOf(second).filter((component) => !there.includes(component));
}

function listed(components: readonly string[]): string {
  return `${components.length === 1 ? 'component' : 'components'} ${components.join(', ')}`;
}
