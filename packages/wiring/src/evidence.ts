import {
  type DlrnClient,
  DlrnError,
  firstNamed,
  isUnrecorded,
  listCandidates,
  namedBefore,
  namedEarlier,
  type NamedHash,
  pinKnownHash,
  placeOf,
  readBuilds,
  type RepositoryTree,
  voteTargetOf,
} from '@tagflow/dlrn';
import { type FullHash, fullHashOfCommit, isAggregate, type Label } from '@tagflow/model';
import type { Evidence } from '@tagflow/promotion';

/** How far back candidates are looked for: one page of DLRN's promotions. */
const historyLimit = 100;

/** How many hashes a person wants to choose from. */
const recentLimit = 20;

/** Returns what a DLRN knows for the decision. `component`: whose own labels and builds count, in the component line. */
export function createEvidence(client: DlrnClient, tree: RepositoryTree, component: string | null): Evidence {
  const place = placeOf(component);
  const of = component === null ? '' : `component ${component} of `;

  /** DLRN finds a commit by its whole hashes only, which its directory has, or where that was purged its promotions. */
  const asked = async (label: Label, hash: FullHash): Promise<NamedHash | null> => {
    if (isAggregate(hash)) return hash;
    const pinned = await tree.pinHash(hash, place);
    if (pinned !== null && pinned.build !== null) return pinned.build;
    const sets = await client.promotionsOf(label, { limit: historyLimit, ...place });
    const builds = sets.flatMap(({ promotions }) => promotions.map(({ build }) => build));
    return builds.find((build) => fullHashOfCommit(build) === hash) ?? null;
  };

  return {
    place: `${of}DLRN at ${client.apiUrl}`,
    // DLRN itself votes once a build became consistent, under that name and with no log: nobody tested anything.
    votes: async (hash, builds) =>
      (await client.votes(voteTargetOf(hash, builds))).filter(({ job, url }) => job !== 'consistent' || url !== ''),
    isUnrecorded,
    candidates: (candidateLabel, targetLabel, current) =>
      listCandidates(client, tree, { candidateLabel, targetLabel, current, limit: historyLimit, ...place }),
    async recent(label) {
      const sets = await client.promotionsOf(label, { limit: recentLimit, ...place });
      return sets.map((set) => set.fullHash);
    },
    async firstNamed(label, hash) {
      const named = await asked(label, hash);
      return named === null ? null : firstNamed(client, label, named, place);
    },
    async namedEarlier(label, hash, than) {
      const [named, other] = await Promise.all([asked(label, hash), asked(label, than)]);
      if (named === null || other === null) return null;
      return namedEarlier(client, label, { hash, named }, { hash: than, named: other }, place);
    },
    async namedBefore(label, hash, left) {
      const named = await asked(label, hash);
      return named === null ? null : namedBefore(client, label, { hash, named, left }, place);
    },
    async builtAt(hash) {
      const pinned = await pinKnownHash(client, tree, hash, place);
      if (pinned?.kind === 'commit') return pinned.builtAt;
      // An aggregate is as old as the newest of its builds.
      const members = await Promise.all(
        (pinned?.members ?? []).map(({ fullHash, component: of }) => tree.pinHash(fullHash, placeOf(of))),
      );
      const times = members.flatMap((member) => member?.builtAt ?? []);
      return times.length === 0 || times.length < members.length ? null : Math.max(...times);
    },
    async describe(hash, labels) {
      const found = await readBuilds(client, tree, hash, { ...place, labels });
      if (found !== null) return { url: found.repoUrl, builds: found.builds };
      throw new DlrnError('nothing-there', `${of}${tree.reposUrl} has no build ${hash}`, {
        outcome: 'invalid',
        next: 'Take the hash from get-repo-hash; DLRN may have purged an old one.',
      });
    },
  };
}
