import { fetchPlain, type PlainAnswer } from '../src/fetch.ts';
import {
  both,
  type DlrnUnderTest,
  type Expectation,
  first,
  get,
  good,
  hashes,
  json,
  post,
  vote,
} from './dlrn-requests.ts';

const notFound = 'commit_hash+distro_hash+extended_hash combination not found';

/** Requests that are refused, and how. A text is the JSON message; null is a page of HTML. */
interface Refusal {
  readonly title: string;
  readonly ask: (dlrn: DlrnUnderTest) => Promise<PlainAnswer>;
  readonly status: number;
  readonly message: string | null;
}

const aVote = (dlrn: DlrnUnderTest, without: string, more: Record<string, unknown> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...vote(good(dlrn), 'x'), ...more }).filter(([name]) => name !== without));

const promotion = (
  dlrn: DlrnUnderTest,
  label: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  ...hashes(good(dlrn)),
  promote_name: label,
  ...more,
});

const refusals: readonly Refusal[] = [
  {
    title: 'a GET that says JSON and has no body',
    ask: (dlrn) => fetchPlain(`${dlrn.apiUrl}/api/promotions`, { headers: { 'content-type': json } }),
    status: 400,
    message: null,
  },
  {
    title: 'a POST of JSON with a charset',
    ask: (dlrn) => post(dlrn, '/api/promote', {}, { 'content-type': `${json}; charset=utf-8` }),
    status: 415,
    message: 'Unsupported Media Type, use JSON',
  },
  { title: 'a body that is not JSON', ask: (dlrn) => post(dlrn, '/api/promote', '{'), status: 400, message: null },
  { title: 'an unknown path', ask: (dlrn) => get(dlrn, '/api/last_tested_aggregate'), status: 404, message: null },
  { title: 'a slash at the end', ask: (dlrn) => get(dlrn, '/api/promotions/'), status: 404, message: null },
  { title: 'a GET of promote', ask: (dlrn) => get(dlrn, '/api/promote'), status: 405, message: null },
  { title: 'a POST of promotions', ask: (dlrn) => post(dlrn, '/api/promotions', {}), status: 405, message: null },
  {
    title: 'promotions of half a commit',
    ask: (dlrn) => get(dlrn, '/api/promotions', { commit_hash: good(dlrn).commit_hash }),
    status: 400,
    message: 'Both commit_hash and distro_hash must be specified if any of them is.',
  },
  {
    title: 'a limit that is not a number',
    ask: (dlrn) => get(dlrn, '/api/promotions', { limit: 'many' }),
    status: 500,
    message: null,
  },
  {
    title: 'repo_status of nothing',
    ask: (dlrn) => get(dlrn, '/api/repo_status'),
    status: 400,
    message: 'Missing parameters',
  },
  {
    title: 'repo_status of a short hash',
    ask: (dlrn) => {
      const { commit_hash, distro_hash } = good(dlrn);
      return get(dlrn, '/api/repo_status', { commit_hash: commit_hash.slice(0, 8), distro_hash });
    },
    status: 400,
    message: notFound,
  },
  {
    title: 'agg_status of nothing',
    ask: (dlrn) => get(dlrn, '/api/agg_status'),
    status: 400,
    message: 'Missing parameters',
  },
  {
    title: 'last_tested_repo without max_age',
    ask: (dlrn) => get(dlrn, '/api/last_tested_repo'),
    status: 400,
    message: 'Missing parameters',
  },
  {
    title: 'last_tested_repo in sequence after no job',
    ask: (dlrn) => get(dlrn, '/api/last_tested_repo', { max_age: '0', sequential_mode: 'true' }),
    status: 400,
    message: 'Missing parameter previous_job_id',
  },
  {
    title: 'last_tested_repo after a job that never voted',
    ask: (dlrn) =>
      get(dlrn, '/api/last_tested_repo', { max_age: '0', sequential_mode: 'true', previous_job_id: 'nobody' }),
    status: 400,
    message: 'No vote found',
  },
  {
    title: 'metrics of a day that is none',
    ask: (dlrn) => get(dlrn, '/api/metrics/builds', { start_date: '1.2.2018', end_date: '2018-02-01' }),
    status: 400,
    message: 'Invalid date format, it must be YYYY-mm-dd',
  },
  {
    title: 'a vote without url',
    ask: (dlrn) => post(dlrn, '/api/report_result', aVote(dlrn, 'url')),
    status: 400,
    message: 'Missing parameters',
  },
  {
    title: 'a vote whose success is a boolean',
    ask: (dlrn) => post(dlrn, '/api/report_result', aVote(dlrn, '', { success: true })),
    status: 500,
    message: null,
  },
  {
    title: 'a vote whose timestamp is no number',
    ask: (dlrn) => post(dlrn, '/api/report_result', aVote(dlrn, '', { timestamp: 'now' })),
    status: 500,
    message: null,
  },
  {
    title: 'a vote on a commit without its distro hash',
    ask: (dlrn) => post(dlrn, '/api/report_result', aVote(dlrn, 'distro_hash')),
    status: 400,
    message: 'If commit_hash is provided, distro_hash must be provided too',
  },
  {
    title: 'a vote on a commit and an aggregate',
    ask: (dlrn) => post(dlrn, '/api/report_result', aVote(dlrn, '', { aggregate_hash: 'a'.repeat(32) })),
    status: 400,
    message: 'aggregate_hash and commit/distro_hash cannot be combined',
  },
  {
    title: 'a vote on an aggregate that was never promoted',
    ask: (dlrn) =>
      post(dlrn, '/api/report_result', {
        ...{ job_id: 'x', success: 'true', url: 'u', timestamp: 1 },
        aggregate_hash: 'a'.repeat(32),
      }),
    status: 400,
    message: 'aggregate_hash not found',
  },
  {
    title: 'a vote on nothing',
    ask: (dlrn) => post(dlrn, '/api/report_result', { job_id: 'x', success: 'true', url: 'u', timestamp: 1 }),
    status: 400,
    message: 'Missing parameters',
  },
  {
    title: 'a vote on an extended hash called None',
    ask: (dlrn) => post(dlrn, '/api/report_result', aVote(dlrn, '', { extended_hash: 'None' })),
    status: 400,
    message: notFound,
  },
  {
    title: 'promote without a name',
    ask: (dlrn) => post(dlrn, '/api/promote', hashes(good(dlrn))),
    status: 400,
    message: 'Missing parameters',
  },
  {
    title: 'promote to current',
    ask: (dlrn) => post(dlrn, '/api/promote', promotion(dlrn, 'current')),
    status: 403,
    message: 'Invalid promote_name current',
  },
  {
    title: 'promote to the folder above',
    ask: (dlrn) => post(dlrn, '/api/promote', promotion(dlrn, '../x')),
    status: 403,
    message: 'Invalid promote_name ../x',
  },
  {
    title: 'promote below a folder that is there',
    ask: (dlrn) => post(dlrn, '/api/promote', promotion(dlrn, `${good(dlrn).commit_hash.slice(0, 2)}/x`)),
    status: 403,
    message: 'Invalid promote_name SHARD/x',
  },
  {
    title: 'promote to no name',
    ask: (dlrn) => post(dlrn, '/api/promote', promotion(dlrn, '')),
    status: 403,
    message: 'Invalid promote_name ',
  },
  {
    title: 'promote below a folder that is not there',
    ask: (dlrn) => post(dlrn, '/api/promote', promotion(dlrn, 'no-such/x')),
    status: 500,
    message: null,
  },
  {
    title: 'promote a failed build',
    ask: (dlrn) =>
      post(dlrn, '/api/promote', { ...hashes(first(dlrn, (each) => each.status === 'FAILED')), promote_name: 'x' }),
    status: 400,
    message: notFound,
  },
  {
    title: 'promote a purged build',
    ask: (dlrn) =>
      post(dlrn, '/api/promote', { ...hashes(first(dlrn, (each) => each.flags === 2)), promote_name: 'x' }),
    status: 410,
    message: 'commit_hash+distro_hash+extended_hash has been purged, cannot promote it',
  },
  {
    title: 'promote over the folder of a shard',
    ask: (dlrn) => post(dlrn, '/api/promote', promotion(dlrn, good(dlrn).commit_hash.slice(0, 2))),
    status: 500,
    message: null,
  },
  {
    title: 'a batch with a purged build',
    ask: (dlrn) => {
      const wish = { ...hashes(first(dlrn, (each) => each.flags === 2)), promote_name: 'x' };
      return post(dlrn, '/api/promote-batch', [wish]);
    },
    status: 410,
    message: 'commit_hash+distro_hash+extended_hash PURGED has been purged, cannot promote it',
  },
  { title: 'a batch of nothing', ask: (dlrn) => post(dlrn, '/api/promote-batch', []), status: 500, message: null },
  {
    title: 'a batch that is an object',
    ask: (dlrn) => post(dlrn, '/api/promote-batch', promotion(dlrn, 'x')),
    status: 500,
    message: null,
  },
  {
    title: 'a batch to consistent',
    ask: (dlrn) => post(dlrn, '/api/promote-batch', [promotion(dlrn, 'consistent')]),
    status: 403,
    message: 'Invalid promote_name consistent for hash COMMIT_DISTRO',
  },
  {
    title: 'a batch with an unknown build',
    ask: (dlrn) => post(dlrn, '/api/promote-batch', [promotion(dlrn, 'x', { distro_hash: 'd'.repeat(40) })]),
    status: 400,
    message: `${notFound} for COMMIT_${'d'.repeat(40)}_EXTENDED`,
  },
];

/** How DLRN 0.26.1 refuses. */
export const refusalExpectations = refusals.map(({ title, ask, status, message }): Expectation => {
  return {
    title: `refuses ${title}`,
    modes: both,
    check: async (t, dlrn) => {
      const answer = await ask(dlrn);
      t.is(answer.status, status, answer.text);
      if (message === null) {
        t.regex(answer.headers['content-type'] ?? '', /^text\/html/);
        return;
      }
      const { commit_hash, distro_hash, extended_hash } = good(dlrn);
      const purged = first(dlrn, (each) => each.flags === 2);
      const filled = message
        .replace('PURGED', `${purged.commit_hash}_${purged.distro_hash}_${purged.extended_hash ?? 'None'}`)
        .replace('SHARD', commit_hash.slice(0, 2))
        .replace('COMMIT', commit_hash)
        .replace('DISTRO', distro_hash)
        .replace('EXTENDED', extended_hash ?? 'None');
      t.is(answer.headers['content-type'], json);
      t.deepEqual(JSON.parse(answer.text), { message: filled });
    },
  };
});
