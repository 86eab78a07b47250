import { parseBaseUrl } from './base-url.ts';
import type { VoteTarget } from './votes.ts';

/**
 * Returns the page of DLRN's API that shows the votes on a hash to people. Of builds that differ in their extended hash
 * alone DLRN shows the newest.
 * @param apiUrl the part before `/api/…`
 */
export function voteLink(apiUrl: string, target: VoteTarget): string {
  return target.kind === 'aggregate'
    ? pageOf(apiUrl, 'civotes_agg_detail.html', { ref_hash: target.hash })
    : pageOf(apiUrl, 'civotes_detail.html', {
        commit_hash: target.build.commitHash,
        distro_hash: target.build.distroHash,
      });
}

/** Which builds the report shows. */
export interface ReportFilter {
  readonly package?: string;
  readonly component?: string;
  readonly success?: boolean;
}

/**
 * Returns the page of DLRN's API that shows the last hundred builds to people. It is for browsers alone: a script fills
 * it in. What a program may read is {@link readStatusReport}.
 * @param apiUrl the part before `/api/…`
 */
export function reportLink(apiUrl: string, filter: ReportFilter = {}): string {
  const { success, ...names } = filter;
  return pageOf(apiUrl, 'report.html', {
    ...names,
    ...(success === undefined ? {} : { success: success ? '1' : '0' }),
  });
}

function pageOf(apiUrl: string, page: string, query: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams(query).toString();
  return `${parseBaseUrl(apiUrl, 'apiUrl')}/api/${page}${parameters === '' ? '' : `?${parameters}`}`;
}
