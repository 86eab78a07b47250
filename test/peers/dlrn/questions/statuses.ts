import type { Question } from '../question.ts';
import { good, goodQuery, newerQuery } from './hashes.ts';
import { asJson, component } from './parts.ts';

const status = (query: string): Question => ({ name: `repo_status: ${query}`, ask: `GET /api/repo_status?${query}` });
const aggregate = (query: string): Question => ({
  name: `agg_status: ${query}`,
  ask: `GET /api/agg_status?${query}`,
  ...(query.includes('{newest') ? component : {}),
});
const body = (name: string, path: string, json: unknown): Question => ({
  name: `${path} with a body: ${name}`,
  ask: `GET /api/${path}`,
  json,
});
const words = ['true', 'false', 'TRUE', '0', 'yes', 'maybe', ''];

/** What was said. */
export const statuses: readonly Question[] = [
  status(goodQuery),
  status(newerQuery),
  status('commit_hash={purged.commit}&distro_hash={purged.distro}'),
  status(`${goodQuery}&extended_hash={good.extended}`),
  status(`${goodQuery}&extended_hash=`),
  status(`${goodQuery}&extended_hash=None`),
  ...words.map((word) => status(`${goodQuery}&success=${word}`)),
  status('commit_hash={good.commit}'),
  status('distro_hash={good.distro}'),
  status('commit_hash=&distro_hash='),
  status('commit_hash={failed.commit}&distro_hash={failed.distro}'),
  status('commit_hash={good.shard}&distro_hash={good.distro}'),
  status('commit_hash=x&distro_hash=x&success=maybe'),
  status('commit_hash=x&success=maybe'),
  { name: 'repo_status of nothing', ask: 'GET /api/repo_status' },
  { name: 'repo_status as JSON without a body', ask: 'GET /api/repo_status', ...asJson },
  {
    name: 'repo_status as JSON without a body, with half the query',
    ask: `GET /api/repo_status?${goodQuery}`,
    ...asJson,
  },
  {
    name: 'repo_status as JSON without a body, with the whole query',
    ask: 'GET /api/repo_status?commit_hash=x&distro_hash=x&extended_hash=x&success=1',
    ...asJson,
  },
  {
    name: 'repo_status as JSON of another kind',
    ask: `GET /api/repo_status?${goodQuery}`,
    text: 'x',
    headers: { 'content-type': 'text/plain' },
  },
  body('hashes', 'repo_status', good),
  body('success as a text', 'repo_status', { ...good, success: 'false' }),
  body('success as a truth', 'repo_status', { ...good, success: false }),
  body('success null', 'repo_status', { ...good, success: null }),
  body('numbers', 'repo_status', { commit_hash: 7, distro_hash: 8 }),
  body('lists', 'repo_status', { commit_hash: ['x'], distro_hash: ['x'] }),
  body('a list', 'repo_status', [good]),
  aggregate('aggregate_hash={newest.aggregate}'),
  ...words.map((word) => aggregate(`aggregate_hash={newest.aggregate}&success=${word}`)),
  aggregate('aggregate_hash=nothing'),
  aggregate('aggregate_hash='),
  aggregate('aggregate_hash=nothing&success=maybe'),
  aggregate('success=maybe'),
  { name: 'agg_status of nothing', ask: 'GET /api/agg_status' },
  { name: 'agg_status as JSON without a body', ask: 'GET /api/agg_status?aggregate_hash=x', ...asJson },
  {
    name: 'agg_status as JSON without a body, with the whole query',
    ask: 'GET /api/agg_status?aggregate_hash=x&success=0',
    ...asJson,
  },
  body('an aggregate', 'agg_status', { aggregate_hash: 'd41d8cd98f00b204e9800998ecf8427e' }),
  body('an aggregate that is a number', 'agg_status', { aggregate_hash: 7 }),
  body('an aggregate that is a list', 'agg_status', { aggregate_hash: ['x'] }),
  body('success as a truth', 'agg_status', { aggregate_hash: 'x', success: true }),
];
