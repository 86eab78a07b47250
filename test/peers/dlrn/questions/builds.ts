import type { Question } from '../question.ts';
import { graphqlLater } from './graphql.ts';
import { newer } from './hashes.ts';
import { prometheusLater } from './metrics.ts';

const build = (name: string): Question => ({ name: `build: ${name}`, ask: 'BUILD' });

/** What upstream does to `current` and `consistent`. */
export const builds: readonly Question[] = [
  { name: 'build: nothing else has changed a file', ask: 'LOOK' },
  build('one more'),
  build('and another'),
  { name: 'build: one that fails', ask: 'FAIL' },
  { name: 'build: the report of a failure', ask: 'TREE status_report.csv' },
  ...graphqlLater('after a failure'),
  prometheusLater('after a failure'),
  { name: 'build: promotions are what they were', ask: 'GET /api/promotions?limit=5' },
  // The package that failed holds consistent back until its turn comes again.
  ...['first', 'second', 'third', 'fourth', 'fifth', 'sixth'].map((turn) => build(`the ${turn} after the failure`)),
  { name: 'build: the report when all is well', ask: 'TREE status_report.csv' },
  { name: 'build: metrics', ask: 'GET /api/metrics/builds?start_date=2001-09-09&end_date=2100-01-01' },
  {
    name: 'build: metrics of a package',
    ask: 'GET /api/metrics/builds?start_date=2001-09-09&end_date=2100-01-01&package_name={good.project}',
  },
  { name: 'build: what to test next', ask: 'GET /api/last_tested_repo?max_age=1&job_id=nobody' },
  { name: 'build: what to test next, in progress or failed', ask: 'GET /api/last_tested_repo?max_age=1&success=false' },
  {
    name: 'build: promote what is older than the newest',
    ask: 'POST /api/promote',
    json: { ...newer, promote_name: 'older' },
  },
];
