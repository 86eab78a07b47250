import { DlrnRefusal } from './answers.ts';
import type { HeadInput, Values } from './head-pydantic.ts';
import { checkName } from './promote.ts';
import { isTruthy } from './python-values.ts';
import { day } from './reads.ts';
import { checkSubject } from './writes.ts';

const optional = { kind: 'strict' } as const;
const needed = { kind: 'strict', required: true } as const;
const hashes = { commit_hash: optional, distro_hash: optional, extended_hash: optional };

const lastTested: HeadInput = {
  fields: {
    max_age: { kind: 'integer', required: true },
    success: { kind: 'truth' },
    job_id: optional,
    sequential_mode: { kind: 'truth' },
    previous_job_id: optional,
    component: optional,
  },
  check: {
    max_age: (value) => {
      const isNegative = (typeof value === 'number' || typeof value === 'bigint') && value < 0;
      if (isNegative) refuse('Max age parameter must be greater than or equal to 0');
    },
  },
  together: (values) => {
    if (values.get('sequential_mode') === true && (values.get('previous_job_id') ?? null) === null) {
      refuse('Missing parameter previous_job_id');
    }
  },
};

const promotion: HeadInput = {
  fields: { ...hashes, promote_name: needed },
  check: { promote_name: (value) => checkName(value, '') },
  together: (values) => {
    if (!has(values, 'commit_hash') || !has(values, 'distro_hash')) {
      refuse('Both commit_hash and distro_hash must be specified.');
    }
  },
};

/** What one item of POST /api/promote-batch is. */
export const batchItem: HeadInput = promotion;

const promotions: HeadInput = {
  fields: {
    ...hashes,
    aggregate_hash: optional,
    promote_name: optional,
    offset: { kind: 'count' },
    limit: { kind: 'count' },
    component: optional,
  },
  together: (values) => {
    if (has(values, 'commit_hash') !== has(values, 'distro_hash')) {
      refuse('Both commit_hash and distro_hash must be specified if one of them is.');
    }
  },
};

const result: HeadInput = {
  fields: {
    timestamp: { kind: 'integer', required: true },
    success: { kind: 'truth', required: true },
    job_id: needed,
    url: { kind: 'text', required: true },
    ...hashes,
    aggregate_hash: optional,
    notes: optional,
  },
  together: (values) => {
    const [commit, distro, aggregate] = [
      has(values, 'commit_hash'),
      has(values, 'distro_hash'),
      has(values, 'aggregate_hash'),
    ];
    if (!commit && !distro && !aggregate) {
      refuse('"Either the aggregate hash or both commit_hash and distro_hash must be provided"');
    }
    checkSubject(commit, distro, aggregate);
  },
};

const date = { kind: 'text', required: true } as const;
const metrics: HeadInput = {
  fields: { start_date: date, end_date: date, package_name: optional },
  check: { start_date: day, end_date: day },
};

const pages: HeadInput = { fields: { offset: { kind: 'count' } } };

const votesOfCommits: HeadInput = {
  fields: { commit_hash: optional, distro_hash: optional, component: optional, ci_name: optional },
  together: (values) => {
    const isCommit = has(values, 'commit_hash') && has(values, 'distro_hash');
    if (!isCommit && !has(values, 'component') && !has(values, 'ci_name')) {
      refuse('Please specify either commit_hash+distro_hash, component or ci_name as parameters.');
    }
  },
};

const votesOfAggregates: HeadInput = {
  fields: { ref_hash: optional, ci_name: optional },
  together: (values) => {
    if (!has(values, 'ref_hash') && !has(values, 'ci_name')) {
      refuse('Please specify either ref_hash or ci_name as parameters.');
    }
  },
};

/** What DLRN's development head takes, by method and path. An endpoint that is not here looks at nothing. */
export const headInputs: ReadonlyMap<string, HeadInput> = new Map([
  ['GET /api/promotions', promotions],
  ['GET /api/last_tested_repo', lastTested],
  ['POST /api/last_tested_repo', { ...lastTested, fields: { ...lastTested.fields, reporting_job_id: needed } }],
  [
    'GET /api/repo_status',
    { fields: { commit_hash: needed, distro_hash: needed, extended_hash: optional, success: { kind: 'truth' } } },
  ],
  ['GET /api/agg_status', { fields: { aggregate_hash: needed, success: { kind: 'truth' } } }],
  ['GET /api/metrics/builds', metrics],
  ['GET /api/civotes.html', pages],
  ['GET /api/civotes_agg.html', pages],
  ['GET /api/civotes_detail.html', votesOfCommits],
  ['GET /api/civotes_agg_detail.html', votesOfAggregates],
  ['POST /api/report_result', result],
  ['POST /api/promote', promotion],
  ['POST /api/remote/import', { fields: { repo_url: { kind: 'url', required: true } } }],
  ['POST /api/recheck_package', { fields: { package_name: needed } }],
]);

function has(values: Values, name: string): boolean {
  return isTruthy(values.get(name) ?? null);
}

function refuse(message: string): never {
  throw new DlrnRefusal(400, message);
}
