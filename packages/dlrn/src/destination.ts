import {
  type ArtifactSet,
  type Destination,
  type Effects,
  type FullHash,
  fullHashOfCommit,
  isAggregate,
  type Label,
  type Move,
  parseFullHash,
  parseLabel,
  parseTargetLabel,
} from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { parseDeloreanRepo } from './delorean-repo.ts';
import { DlrnError } from './error.ts';
import { hashChanged } from './hash-changed.ts';
import { readLabelNow } from './label-now.ts';
import { refuseLeftOvers } from './left-overs.ts';
import { promoteHash } from './promote.ts';
import { readBuilds } from './read-builds.ts';
import { splitRepoUrl } from './repo-url.ts';
import type { ResolvedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';
import { voteTargetOf } from './votes.ts';
import type { LabelMove } from './whereabouts.ts';

export interface RepositoryDestinationOptions {
  readonly client: DlrnClient;
  readonly tree: RepositoryTree;
  readonly mode: 'classic' | 'component';
  /** Unique among the destinations of one promotion. */
  readonly name: string;
  /** The component whose own label is moved, in the component line; default the whole repository. */
  readonly component?: string;
  readonly effects: Pick<Effects, 'clock' | 'log' | 'signal'>;
}

/**
 * Returns the labels of a DLRN as a destination: the pointer is the label itself, its value a full hash. There is
 * nothing to stage, because DLRN has built what it serves; a label cannot be removed again.
 */
export function createRepositoryDestination(options: RepositoryDestinationOptions): Destination {
  const { client, tree, name, effects } = options;
  const component = options.component ?? null;
  const place = component === null ? {} : { component };

  const refuseOtherKind = (hash: FullHash): void => {
    const wantsAggregate = options.mode === 'component' && component === null;
    if (isAggregate(hash) === wantsAggregate) return;
    const expected = wantsAggregate ? 'the hash of an aggregate (component mode)' : 'the hash of a build';
    throw new DlrnError('bad-input', `${name}: ${hash} cannot be promoted here, expected ${expected}`, {
      outcome: 'invalid',
    });
  };

  const observeLabel = (pointer: string): Promise<FullHash | null> =>
    readLabelNow(client, tree, parseLabel(pointer), name, place);

  // A hash never changes what it means, and a flip has to be short.
  const resolved = new Map<FullHash, ResolvedHash>();

  const resolve = async (hash: FullHash, labels: readonly string[]): Promise<ResolvedHash | null> => {
    const found = await readBuilds(client, tree, hash, { ...place, labels });
    if (found !== null) resolved.set(hash, found);
    return found;
  };

  const known = async (hash: FullHash, labels: readonly string[]): Promise<ResolvedHash> => {
    const found = resolved.get(hash) ?? (await resolve(hash, labels));
    if (found !== null) return found;
    throw new DlrnError('nothing-there', `${name}: ${tree.reposUrl} has no directory of ${hash}`, {
      next: 'The build may have been purged; choose a newer hash.',
    });
  };

  /** A sentence for everything that keeps a set from being promoted here. */
  const faultsOf = async (set: ArtifactSet): Promise<readonly string[]> => {
    const hash = set.fullHash;
    refuseOtherKind(hash);
    const { url, builds } = set.repository;
    const label = url === null || !isAggregate(hash) ? null : splitRepoUrl(url, hash).label;
    const found = await resolve(hash, label === null ? [] : [label]);
    if (found === null) return [`${tree.reposUrl} has no directory of ${hash}`];
    const faults: string[] = [];
    const wanted = new Set(builds.map((build) => fullHashOfCommit(build)));
    const there = found.builds.map((build) => fullHashOfCommit(build));
    if (wanted.size > 0 && (wanted.size !== there.length || !there.every((one) => wanted.has(one)))) {
      faults.push(
        `the repository of ${hash} consists of ${there.join(', ')}, and the set says ${[...wanted].join(', ')}`,
      );
    }
    if (!isAggregate(hash)) {
      const path = `${found.repoUrl.slice(tree.reposUrl.length + 1)}/delorean.repo`;
      const text = await tree.readFile(path);
      const named =
        text === null ? [] : parseDeloreanRepo(text, `${tree.reposUrl}/${path}`).map((section) => section.baseurl);
      if (!named.some((baseurl) => baseurl.endsWith(`/${hash}`))) {
        faults.push(
          `${tree.reposUrl}/${path} ${text === null ? 'is not there' : `names ${named.join(', ')}`}, expected ${hash}`,
        );
      }
    }
    for (const build of found.builds) {
      const one = fullHashOfCommit(build);
      try {
        await client.votes(voteTargetOf(one, [build]));
      } catch (error) {
        if (!(error instanceof DlrnError) || error.code !== 'nothing-there') throw error;
        faults.push(
          `the API at ${client.apiUrl} does not know ${one}: is it of another repository than ${tree.reposUrl}?`,
        );
      }
    }
    return faults;
  };

  const labelMove = async (label: Label, now: FullHash | null, to: FullHash): Promise<LabelMove> => ({
    label,
    component,
    from: now === null ? null : await known(now, [label]),
    to: await known(to, []),
  });

  /** DLRN is written last, so what a flip would refuse has to be known before containers and images move. */
  const refuseImpossible = async (moves: readonly Move[] = []): Promise<void> => {
    if (options.mode !== 'component' || component !== null) return;
    for (const move of moves.filter((one) => one.destination === name)) {
      const label = parseTargetLabel(move.pointer);
      const to = parseFullHash(move.to);
      const now = await observeLabel(label);
      if (now !== null && now !== to) refuseLeftOvers(await labelMove(label, now, to));
    }
  };

  return {
    name,
    kind: 'repository',
    canUnset: false,

    // The same for all components of a label: each of them rewrites the label's aggregate.
    leaseKey: (label) => `dlrn:${client.apiUrl}:${label}`,

    desired: (label, set) => [{ name: label, value: set.fullHash }],

    async observe(pointers) {
      const positions = new Map<string, string | null>();
      for (const pointer of new Set(pointers)) positions.set(pointer, await observeLabel(pointer));
      return positions;
    },

    async stage(set, { moves }) {
      const [fault] = await faultsOf(set);
      if (fault !== undefined) throw new DlrnError('nothing-there', `${name}: ${fault}`);
      await refuseImpossible(moves);
      // DLRN is written last: a wrong password must not show when everything else has moved.
      await assertCredentials(client);
      return { bytesMoved: 0, bytesSaved: 0 };
    },

    async verify(set, { moves }) {
      const faults = await faultsOf(set);
      try {
        await refuseImpossible(moves);
        return faults;
      } catch (error) {
        if (!(error instanceof DlrnError) || error.code !== 'component-left-over') throw error;
        return [...faults, error.message];
      }
    },

    async flip(moves, { before, after }) {
      for (const move of moves) {
        const label = parseTargetLabel(move.pointer);
        const to = parseFullHash(move.to);
        refuseOtherKind(to);
        const now = await observeLabel(label);
        if (now !== to) {
          if (now !== move.from) throw hashChanged(name, { label, from: move.from }, now);
          const work = { client, tree, effects, name, before: () => before(move) };
          await promoteHash(await labelMove(label, now, to), work);
        }
        after(move);
      }
    },

    async unset(moves) {
      if (moves.length === 0) return;
      const labels = moves.map((move) => move.pointer).join(', ');
      throw new DlrnError('refused', `${name}: DLRN has no way to remove a label (${labels})`, {
        outcome: 'half-done',
      });
    },

    readSet: async () => null,
  };
}

/** @throws DlrnError `unauthorized`; a DLRN that is too old to be asked is believed. */
async function assertCredentials(client: DlrnClient): Promise<void> {
  try {
    await client.health({ withCredentials: true });
  } catch (error) {
    if (!(error instanceof DlrnError) || error.code !== 'not-found') throw error;
  }
}
