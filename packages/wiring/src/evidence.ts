import { type DlrnClient, DlrnError, type RepositoryTree, voteTargetOf } from '@tagflow/dlrn';
import type { Evidence } from '@tagflow/promotion';

/** DLRN caps a page of promotions at 100 and so do we: a label whose hash left that window needs a hash given. */
const historyLimit = 100;

/** Returns what a DLRN knows for the decision. `component`: whose own labels and builds count, in the component line. */
export function createEvidence(client: DlrnClient, tree: RepositoryTree, component: string | null): Evidence {
  const place = component === null ? {} : { component };
  return {
    votes: (hash, builds) => client.votes(voteTargetOf(hash, builds)),
    history: async (label) => {
      const sets = await client.promotionsOf(label, { limit: historyLimit, ...place });
      return sets.map((set) => set.fullHash);
    },
    async describe(hash, labels) {
      const found = await tree.readHash(hash, { ...place, labels });
      if (found === null) {
        throw new DlrnError(
          'nothing-there',
          `${tree.reposUrl} has no build ${hash}${component === null ? '' : ` in component ${component}`}`,
          {
            outcome: 'invalid',
            next: 'Take the hash from get-repo-hash; DLRN may have purged an old one.',
          },
        );
      }
      return { url: found.repoUrl, builds: found.builds };
    },
  };
}
