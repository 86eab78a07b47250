import {
  type ArtifactSet,
  type Destination,
  type Effects,
  type FullHash,
  fullHashOfCommit,
  isAggregate,
  type Label,
  parseFullHash,
  parseLabel,
  parseTargetLabel,
} from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import { createForesight } from './foresight.ts';
import { hashChanged } from './hash-changed.ts';
import { readLabelNow } from './label-now.ts';
import { promoteHash } from './promote.ts';
import { readBuilds } from './read-builds.ts';
import { splitRepoUrl } from './repo-url.ts';
import type { ResolvedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';
import { voteTargetOf } from './votes.ts';
import { type LabelMove, strayComponents } from './whereabouts.ts';

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

  const foresight = createForesight(tree);
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
    faults.push(...(await foresight.directoriesOf(found)));
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

    // DLRN is written last, so what a flip would run into has to be known before containers and images move.
    async foresee(moves) {
      const problems: string[] = [];
      const notes: string[] = [];
      for (const move of moves) {
        const label = parseTargetLabel(move.pointer);
        const to = parseFullHash(move.to);
        const now = await observeLabel(label);
        if (now === to) continue;
        const found = await foresight.of(await labelMove(label, now, to));
        problems.push(...found.problems);
        notes.push(...found.notes);
      }
      return { problems, notes };
    },

    async stage(set) {
      const [fault] = await faultsOf(set);
      if (fault !== undefined) throw new DlrnError('nothing-there', `${name}: ${fault}`);
      // DLRN is written last: a wrong password must not show when everything else has moved.
      await assertCredentials(client);
      return { bytesMoved: 0, bytesSaved: 0 };
    },

    verify: faultsOf,

    async flip(moves, { before, after }) {
      for (const move of moves) {
        const label = parseTargetLabel(move.pointer);
        const to = parseFullHash(move.to);
        refuseOtherKind(to);
        const now = await observeLabel(label);
        if (now !== to && now !== move.from) throw hashChanged(name, { label, from: move.from }, now);
        const wanted = await labelMove(label, now, to);
        // Where somebody broke off, the label of the whole may name the hash while a component's own does not.
        const holds = now === to && (await strayComponents(tree, label, wanted.to)).length === 0;
        if (!holds) await promoteHash(wanted, { client, tree, effects, name, before: () => before(move) });
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
