import { createHash } from 'node:crypto';
import { type Foresight, isAggregate } from '@tagflow/model';
import { blockingFiles } from './blocking-files.ts';
import { parseDeloreanRepo } from './delorean-repo.ts';
import type { Member, PinnedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';
import type { LabelMove } from './whereabouts.ts';

/** Tells what promoting would come to, from files alone: DLRN itself looks at none of them before it moves a label. */
export interface DlrnForesight {
  /** Returns a sentence for every build of the hash whose directory could not serve as a repository. */
  directoriesOf(hash: PinnedHash): Promise<readonly string[]>;
  /** Returns what speaks against a move, and what of it could not be taken back. */
  of(move: LabelMove): Promise<Foresight>;
}

export function createForesight(tree: Pick<RepositoryTree, 'readFile' | 'reposUrl'>): DlrnForesight {
  // The directory of a build never changes, and it is asked about when a plan is made, staged and verified.
  const texts = new Map<string, string>();
  const read = async (path: string): Promise<string | null> => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    const text = await tree.readFile(path);
    if (text !== null) texts.set(path, text);
    return text;
  };

  const faultsOf = async ({ fullHash, path }: Member): Promise<readonly string[]> => {
    const repo = `${path}/delorean.repo`;
    const repomd = `${path}/repodata/repomd.xml`;
    const [repoText, repomdText] = await Promise.all([read(repo), read(repomd)]);
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
  };

  /** The md5 that DLRN will give the label's aggregate, or a sentence why it cannot be the wanted one. */
  const wrongAggregate = async ({ label, to }: LabelMove): Promise<string | null> => {
    const parts = await Promise.all(
      to.members.map(async ({ component, path }) => ({
        component: component ?? '',
        text: `${(await read(`${path}/delorean.repo`)) ?? ''}\n`,
      })),
    );
    const md5Of = (some: typeof parts): string => {
      const hash = createHash('md5');
      for (const { text } of some) hash.update(text);
      return hash.digest('hex');
    };
    // DLRN joins the files in the order of the components' names; before 2023 the order was another one, which the
    // aggregate itself shows.
    const sorted = parts.toSorted((a, b) => (a.component < b.component ? -1 : 1));
    if (md5Of(sorted) === to.fullHash || md5Of(parts) === to.fullHash) return null;
    const whole = (await read(`${to.repoUrl.slice(tree.reposUrl.length + 1)}/delorean.repo`)) ?? '';
    const changed = parts.filter(({ text }) => !whole.includes(text)).map(({ component }) => component);
    return (
      `promoting ${to.fullHash} to ${label} would give the aggregate ${md5Of(sorted)}: ` +
      (changed.length === 0
        ? 'the delorean.repo files of its components are joined otherwise'
        : `the delorean.repo of ${listed(changed)} is not what ${to.fullHash} was made of`)
    );
  };

  return {
    directoriesOf: async ({ members }) => (await Promise.all(members.map(faultsOf))).flat(),

    async of(move) {
      const { label, from, to } = move;
      const problems: string[] = [];
      const notes: string[] = [];
      const leftOver = leftOverComponents(move);
      if (leftOver !== null) problems.push(leftOver);
      if (from !== null && isAggregate(to.fullHash)) {
        const added = missingIn(from, to);
        if (added.length > 0) {
          notes.push(
            `${label} comes to the ${listed(added)}, which ${from.fullHash} has not: DLRN cannot take that away ` +
              `again, so once DLRN's label has moved there is no way back to ${from.fullHash}`,
          );
        }
      }
      const [wrong, blocked] = await Promise.all([
        isAggregate(to.fullHash) ? wrongAggregate(move) : null,
        blockingFiles(tree, move),
      ]);
      if (wrong !== null) problems.push(wrong);
      for (const file of blocked) {
        problems.push(
          `${file} was left behind by a promotion that broke off, and DLRN fails at every promotion of ${label} until it is deleted on the DLRN server`,
        );
      }
      return { problems, notes };
    },
  };
}

/**
 * Returns why a label can never become the wanted aggregate, or null. An aggregate is made of every component that has
 * the label, and no call takes a label away from one.
 */
export function leftOverComponents({ label, from, to }: LabelMove): string | null {
  const extra = from === null || !isAggregate(to.fullHash) ? [] : missingIn(to, from);
  if (extra.length === 0) return null;
  return (
    `label ${label} has the ${listed(extra)}, which ${to.fullHash} has not, and DLRN cannot remove a label: ` +
    `delete component/<name>/${label} on the DLRN server, or choose a hash that has ${extra.length === 1 ? 'it' : 'them'}`
  );
}

/** Returns the components that the second hash has and the first has not. */
function missingIn(first: PinnedHash, second: PinnedHash): readonly string[] {
  const there = new Set(first.members.map(({ component }) => component));
  return second.members.map(({ component }) => component ?? '').filter((component) => !there.has(component));
}

function listed(components: readonly string[]): string {
  return `${components.length === 1 ? 'component' : 'components'} ${components.join(', ')}`;
}
