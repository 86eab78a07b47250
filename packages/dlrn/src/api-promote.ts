import type { CommitBuild, Label } from '@tagflow/model';
import { DlrnError } from './error.ts';
import { checkEcho, fieldsOf, presentOf } from './fields.ts';
import { parsePromotion, type Promotion } from './promotions.ts';
import type { Requests } from './requests.ts';
import { targetFields } from './votes.ts';

/**
 * Gives labels. A failure for which {@link isUnclear} holds may have happened all the same; see {@link promoteHash},
 * which reads back what it promotes.
 */
export interface PromoteApi {
  /**
   * Gives one build a label. In component mode that makes a new aggregate of the label's components.
   * @throws DlrnError `refused` for DLRN's own labels, `nothing-there` for a build that it does not know, `purged`
   */
  promote(build: CommitBuild, label: Label): Promise<Promotion>;
  /**
   * Gives the builds of several components a label at once. Returns the last row, which has the aggregate's hash.
   * @throws DlrnError as {@link PromoteApi.promote}, `bad-input` for no builds
   */
  promoteBatch(builds: readonly CommitBuild[], label: Label): Promise<Promotion>;
}

export function createPromoteApi(requests: Requests): PromoteApi {
  const bodyOf = (build: CommitBuild, label: Label): Record<string, string> => ({
    ...presentOf(targetFields({ kind: 'commit', build })),
    promote_name: label,
  });

  const promotionFrom = (answer: unknown, build: CommitBuild, label: Label, path: string): Promotion => {
    const where = `POST ${requests.urlOf(path)}`;
    const row = fieldsOf(answer, where);
    checkEcho(row, { promote_name: label, ...targetFields({ kind: 'commit', build }) }, where);
    return parsePromotion(row, where);
  };

  return {
    async promote(build, label) {
      const path = '/api/promote';
      return promotionFrom(await requests.post(path, bodyOf(build, label)), build, label, path);
    },

    async promoteBatch(builds, label) {
      const path = '/api/promote-batch';
      const last = builds.at(-1);
      if (last === undefined) {
        throw new DlrnError('bad-input', `nothing to promote to ${label}: the list of builds is empty`, {
          outcome: 'invalid',
        });
      }
      const body = builds.map((build) => bodyOf(build, label));
      return promotionFrom(await requests.post(path, body), last, label, path);
    },
  };
}
