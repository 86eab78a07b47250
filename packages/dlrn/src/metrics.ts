import { DlrnError } from './error.ts';
import { checkEcho, countField, fieldsOf } from './fields.ts';
import { isDay } from './moment.ts';
import type { Requests } from './requests.ts';

/** Which builds are counted. */
export interface MetricsQuery {
  /** The first UTC day, such as `2026-01-31`. */
  readonly from: string;
  /** The UTC day before whose midnight the counting ends; of failures DLRN counts those of that very second, too. */
  readonly to: string;
  /** Of one package. Default: all. */
  readonly package?: string;
}

/** How many builds ended in a time. Those that DLRN will retry are in none of the counts. */
export interface BuildMetrics {
  readonly succeeded: number;
  readonly failed: number;
  readonly total: number;
}

/** Counts builds. */
export interface MetricsApi {
  /** @throws DlrnError `bad-input` for what is no day, and for a time that ends before it begins */
  buildMetrics(query: MetricsQuery): Promise<BuildMetrics>;
}

const path = '/api/metrics/builds';

export function createMetricsApi(requests: Requests): MetricsApi {
  return {
    async buildMetrics({ from, to, package: name }) {
      for (const day of [from, to]) if (!isDay(day)) throw badInput(`"${day}" is no day such as 2026-01-31`);
      if (from > to) throw badInput(`the time from ${from} to ${to} ends before it begins`);
      const query = { start_date: from, end_date: to, package_name: name ?? null };
      const where = requests.urlOf(path, query);
      const answer = fieldsOf(await requests.get(path, query), where);
      const succeeded = countField(answer, 'succeeded', where);
      const failed = countField(answer, 'failed', where);
      checkEcho(answer, { total: succeeded + failed }, where);
      return { succeeded, failed, total: succeeded + failed };
    },
  };
}

function badInput(message: string): DlrnError {
  return new DlrnError('bad-input', `build metrics: ${message}`, { outcome: 'invalid' });
}
