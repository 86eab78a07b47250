import type { Api } from '@tagflow/http';
import type { Log } from '@tagflow/model';
import { createHealthApi, type HealthApi } from './api-health.ts';
import { createLastTestedApi, type LastTestedApi } from './api-last-tested.ts';
import { createPackagesApi, type PackagesApi } from './api-packages.ts';
import { createPromoteApi, type PromoteApi } from './api-promote.ts';
import { createPromotionsApi, type PromotionsApi } from './api-promotions.ts';
import { createVotesApi, type VotesApi } from './api-votes.ts';
import { parseBaseUrl } from './base-url.ts';
import { createMetricsApi, type MetricsApi } from './metrics.ts';
import { createRequests, type RequestOptions } from './requests.ts';

/** One DLRN's API. Every answer is compared with the question; every failure is a {@link DlrnError}. */
export interface DlrnClient
  extends HealthApi, PromotionsApi, PromoteApi, VotesApi, LastTestedApi, MetricsApi, PackagesApi {
  /** The part before `/api/…`, without a slash at the end. */
  readonly apiUrl: string;
}

export interface DlrnClientOptions extends RequestOptions {
  /** Hears of rows that are left out because they are of an old form. */
  readonly log?: Pick<Log, 'warning'>;
}

/** Returns a client that works with DLRN 0.26.1 and with its development head. */
export function createDlrnClient(api: Api, options: DlrnClientOptions): DlrnClient {
  const requests = createRequests(api, options);
  const health = createHealthApi(requests);
  return {
    apiUrl: parseBaseUrl(options.apiUrl, 'apiUrl'),
    ...health,
    ...createPromotionsApi(requests, options.log),
    ...createPromoteApi(requests),
    ...createVotesApi(requests),
    ...createLastTestedApi(requests),
    ...createMetricsApi(requests),
    ...createPackagesApi(requests, health),
  };
}
