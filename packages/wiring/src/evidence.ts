import {
  listCandidates,
  type DlrnClient,
  DlrnError,
  readBuilds,
  type RepositoryTree,
  voteTargetOf,
} from '@tagflow/dlrn';
import type { Evidence } from '@tagflow/promotion';

/** How far back candidates are looked for: one page of DLRN's promotions. */
const historyLimit = 100;

/** Returns what a DLRN knows for the decision. `component`: whose own labels and builds count, in the component line. */
export function createEvidence(client: DlrnClient, tree: RepositoryTree, component: string | null): Evidence {
  const place = component === null ? {} : { component };
  const of = component === null ? '' : `component ${component} of `;
  return {
    place: `${of}DLRN at ${client.apiUrl}`,
    votes: (hash, builds) => client.votes(voteTargetOf(hash, builds)),
    candidates(candidate, target) {
      return listCandidates(client, tree, {
        candidateLabel: candidate,
        targetLabel: target,
        limit: historyLimit,
        ...place,
      });
    },
    async history(label) {
      const sets = await client.promotionsOf(label, { limit: historyLimit, ...place });
      return sets.map((set) => set.fullHash);
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
