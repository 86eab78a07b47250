import type { Answer } from '../http-server.ts';
import type { DlrnState } from './state.ts';

/**
 * Answers GET /metrics: how many builds there are in each state, with the tree's address as the label `baseurl`. The
 * real one adds how long it took to count, and what is known of its Python process.
 */
export function prometheusAnswer(state: DlrnState): Answer {
  const count = (status: string): number => state.commits.filter((row) => row.status === status).length;
  const families = [
    ['dlrn_builds_succeeded', 'Total number of successful builds', count('SUCCESS')],
    ['dlrn_builds_failed', 'Total number of failed builds', count('FAILED')],
    ['dlrn_builds_retry', 'Total number of builds in retry state', count('RETRY')],
    ['dlrn_builds', 'Total number of builds', state.commits.length],
  ] as const;
  const lines = families.map(
    ([name, help, value]) =>
      `# HELP ${name}_total ${help}\n# TYPE ${name}_total counter\n` +
      `${name}_total{baseurl="${state.baseUrl}"} ${value}.0\n`,
  );
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: lines.join('') };
}
