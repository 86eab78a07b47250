import type { Question } from '../question.ts';
import { asJson } from './parts.ts';

const count = (query: string): Question => ({ name: `metrics: ${query}`, ask: `GET /api/metrics/builds?${query}` });
const body = (name: string, json: unknown): Question => ({
  name: `metrics with a body: ${name}`,
  ask: 'GET /api/metrics/builds',
  json,
});
const ever = 'start_date=2000-01-01&end_date=2100-01-01';

/** How much was built. The failed and the purged build are of midnight, 2001-09-09. */
export const metrics: readonly Question[] = [
  count(ever),
  count(`${ever}&package_name={good.project}`),
  count(`${ever}&package_name=nothing`),
  count(`${ever}&package_name=`),
  count('start_date=2001-09-09&end_date=2001-09-10'),
  count('start_date=2001-09-08&end_date=2001-09-09'),
  count('start_date=2001-09-09&end_date=2001-09-09'),
  count('start_date=2001-09-10&end_date=2001-09-09'),
  count('start_date=2100-01-01&end_date=2000-01-01'),
  count('start_date=2001-09-08&end_date=2001-09-09&package_name={failed.project}'),
  count('start_date=2001-9-8&end_date=2001-9-10'),
  count('start_date=2001-09-%208&end_date=2001-09-10'),
  ...[
    '2001-02-30',
    '2001-13-01',
    '2001-00-01',
    '2001-01-00',
    '01-02-03',
    '2001/01/01',
    '1.2.2018',
    'today',
    '',
    '2001-01-01T00:00:00',
    '2001-01-01+',
    '+2001-01-01',
    '20010101',
    '0000-01-01',
    '0001-01-01',
  ].map((day) => count(`start_date=${day}&end_date=2100-01-01`)),
  count('start_date=2000-01-01&end_date=x'),
  count('start_date=2000-01-01'),
  count('end_date=2100-01-01'),
  { name: 'metrics of nothing', ask: 'GET /api/metrics/builds' },
  { name: 'metrics as JSON without a body', ask: `GET /api/metrics/builds?${ever}`, ...asJson },
  {
    name: 'metrics as JSON without a body, with the whole query',
    ask: `GET /api/metrics/builds?${ever}&package_name=x`,
    ...asJson,
  },
  body('dates', { start_date: '2000-01-01', end_date: '2100-01-01' }),
  body('dates that are numbers', { start_date: 2000, end_date: 2100 }),
  body('a date that is null', { start_date: null, end_date: '2100-01-01' }),
  body('a package that is a list', { start_date: '2000-01-01', end_date: '2100-01-01', package_name: ['x'] }),
  body('a package that is an empty list', { start_date: '2000-01-01', end_date: '2100-01-01', package_name: [] }),
];

// The other lines are of the process that serves them.
const counted = { ask: 'GET /metrics', lines: 'dlrn_builds' };

/** What Prometheus reads of the builds. */
export const prometheus: readonly Question[] = [
  { name: 'prometheus', ...counted },
  { name: 'prometheus with wrong credentials', ...counted, headers: { authorization: 'Basic x' } },
  ...['HEAD', 'POST', 'OPTIONS'].map((method): Question => ({
    name: `prometheus: ${method}`,
    ask: `${method} /metrics`,
    headers: { authorization: null },
  })),
  { name: 'prometheus, below /api', ask: 'GET /api/metrics' },
  { name: 'prometheus with a slash at the end', ask: 'GET /metrics/' },
];

/** What it reads when builds came, failed, or were imported. */
export const prometheusLater = (when: string): Question => ({ name: `prometheus: ${when}`, ...counted });
