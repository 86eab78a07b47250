import {
  type ArtifactSet,
  type Destination,
  type Effects,
  type FullHash,
  fullHashOfCommit,
  isAggregate,
  type Label,
  parseBuildHash,
  parseFullHash,
  parseLabel,
  parseTargetLabel,
} from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import { faultyDirectories, foreseeMove, leftOverComponents } from './foresight.ts';
import { hashChanged } from './hash-changed.ts';
import { readLabelNow } from './label-now.ts';
import { placeOf } from './label-place.ts';
import { type LabelEnd, type LabelMove, readLabelState } from './label-state.ts';
import { pinKnownHash } from './past.ts';
import { promoteHash } from './promote.ts';
import { readBuilds } from './read-builds.ts';
import { splitRepoUrl } from './repo-url.ts';
import { memberOf, type ResolvedHash } from './pinned.ts';
import type { RepositoryTree } from './tree.ts';
import { voteTargetOf } from './votes.ts';
import { whereaboutsOf } from './whereabouts.ts';

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
  const place = placeOf(component);

  const refuseOtherKind = (hash: FullHash): void => {
    const wantsAggregate = options.mode === 'component' && component === null;
    if (isAggregate(hash) === wantsAggregate) return;
    const expected = wantsAggregate ? 'the hash of an aggregate (component mode)' : 'the hash of a build';
    throw new DlrnError('bad-input', `${name}: ${hash} cannot be promoted here, expected ${expected}`, {
      outcome: 'invalid',
    });
  };

  const observeLabel = async (pointer: string): Promise<FullHash | null> => {
    try {
      return await readLabelNow(client, tree, parseLabel(pointer), name, place);
    } catch (error) {
      if (!(error instanceof DlrnError) || error.code !== 'label-vanished') throw error;
      // Its link is gone, or what it leads to was purged: promoting is what heals it.
      effects.log.warning(`${error.message}: taken for a label that is not there`);
      return null;
    }
  };

  // A hash never changes what it means, and a flip has to be short.
  const resolved = new Map<FullHash, ResolvedHash>();

  const resolve = async (hash: FullHash, labels: readonly string[]): Promise<ResolvedHash | null> => {
    const found = await readBuilds(client, tree, hash, { ...place, labels });
    if (found !== null) resolved.set(hash, found);
    return found;
  };

  const lookUp = async (hash: FullHash, labels: readonly string[]): Promise<ResolvedHash | null> =>
    resolved.get(hash) ?? resolve(hash, labels);

  const known = async (hash: FullHash, labels: readonly string[]): Promise<ResolvedHash> => {
    const found = await lookUp(hash, labels);
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
    faults.push(...(await faultyDirectories(tree, found)));
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

  /** What a label moves from: nothing of it has to exist any more but its name. */
  const endOf = async (hash: FullHash, label: Label): Promise<LabelEnd> => {
    if (isAggregate(hash)) {
      const pinned = await pinKnownHash(client, tree, hash, { labels: [label] });
      return pinned ?? { fullHash: hash, members: [] };
    }
    const fullHash = parseBuildHash(hash, label);
    return { fullHash, members: [memberOf(fullHash, component)] };
  };

  const labelMove = async (label: Label, now: FullHash | null, to: FullHash): Promise<LabelMove> => ({
    label,
    component,
    from: now === null ? null : await endOf(now, label),
    to: await known(to, [label]),
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

    async unfinished(pointers) {
      const found: string[] = [];
      for (const { name: pointer, value } of pointers) {
        const label = parseTargetLabel(pointer);
        const hash = parseFullHash(value);
        const to = await lookUp(hash, [label]);
        // Of what was purged nothing can be mended.
        if (to === null) continue;
        const here = { label, component, from: to, to };
        const state = await readLabelState(client, tree, here);
        if (state.hash === hash && whereaboutsOf(state, here).state !== 'there') found.push(pointer);
      }
      return found;
    },

    // DLRN is written last, so what a flip would run into has to be known before containers and images move.
    async foresee(moves) {
      const problems: string[] = [];
      const notes: string[] = [];
      for (const move of moves) {
        const label = parseTargetLabel(move.pointer);
        const to = parseFullHash(move.to);
        const wanted = await labelMove(label, await observeLabel(label), to).catch((error: unknown) => {
          if (!(error instanceof DlrnError) || !isGone(error)) throw error;
          problems.push(error.message);
          return null;
        });
        if (wanted === null) continue;
        const found = await foreseeMove(tree, wanted, await readLabelState(client, tree, wanted));
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
        // A label that is gone is nobody's.
        if (now !== null && now !== to && now !== move.from) {
          throw hashChanged(name, { label, from: move.from }, now);
        }
        const wanted = await labelMove(label, now, to);
        const state = await readLabelState(client, tree, wanted);
        if (whereaboutsOf(state, wanted).state !== 'there') {
          const leftOver = leftOverComponents(wanted, state);
          if (leftOver !== null) throw new DlrnError('component-left-over', `${leftOver}: nothing was written`);
          await promoteHash(wanted, { client, tree, effects, name, before: () => before(move) });
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

/** Whether builds are not there, or not what an aggregate says: DLRN purges them one by one. */
function isGone({ code }: DlrnError): boolean {
  return code === 'nothing-there' || code === 'unexpected-answer';
}

/** @throws DlrnError `unauthorized`; a DLRN that is too old to be asked is believed. */
async function assertCredentials(client: DlrnClient): Promise<void> {
  try {
    await client.health({ withCredentials: true });
  } catch (error) {
    if (!(error instanceof DlrnError) || error.code !== 'not-found') throw error;
  }
}
