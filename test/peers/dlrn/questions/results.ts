import type { Question } from '../question.ts';
import { extendedGood, failed, good, goodQuery, newer, other, purged, retried } from './hashes.ts';
import { component } from './parts.ts';

const said = { job_id: 'job', success: 'true', url: 'http://ci.example/1', timestamp: 1_600_000_000 };
const onGood = { ...said, ...good };
const report = (name: string, json: Readonly<Record<string, unknown>>, more: Partial<Question> = {}): Question => ({
  name: `report: ${name}`,
  ask: 'POST /api/report_result',
  json,
  ...more,
});
const raw = (name: string, members: string): Question => ({
  name: `report: ${name}`,
  ask: 'POST /api/report_result',
  text: `{"job_id":"raw","success":"true","url":"u","timestamp":1600000500,"commit_hash":"{good.commit}","distro_hash":"{good.distro}",${members}}`,
});
const without = (name: keyof typeof onGood): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(onGood).filter(([key]) => key !== name));
const onAggregate = { ...said, aggregate_hash: '{newest.aggregate}' };

/** What jobs say. */
export const results: readonly Question[] = [
  report('success', onGood),
  report('failure', { ...onGood, success: 'false', timestamp: 1_600_000_001 }),
  report('notes', { ...onGood, notes: 'seen\ntwice "quoted"' }),
  report('the extended hash', { ...said, ...extendedGood, job_id: 'extended' }),
  report('a newer build', { ...said, ...newer, job_id: 'newer', timestamp: 1_600_000_100 }),
  report('another package', { ...said, ...other, job_id: 'other', timestamp: 1_600_000_200 }),
  report('a purged build', { ...said, ...purged, job_id: 'purged', timestamp: 1_600_000_000 }),
  report('a failed build', { ...said, ...failed }),
  report('a retried build', { ...said, ...retried }),
  report('an unknown build', { ...said, commit_hash: 'f'.repeat(40), distro_hash: 'f'.repeat(40) }),
  report('a short hash', { ...onGood, commit_hash: '{good.shard}' }),
  report('a wrong extended hash', { ...onGood, extended_hash: 'x' }),
  report('an extended hash called None', { ...onGood, extended_hash: 'None' }),
  report('an empty extended hash', { ...onGood, extended_hash: '' }),
  report('nothing', {}),
  ...(['job_id', 'success', 'url', 'timestamp', 'commit_hash', 'distro_hash'] as const).map((name) =>
    report(`without ${name}`, without(name)),
  ),
  report('without any hash', said),
  ...(['job_id', 'success', 'url', 'timestamp', 'commit_hash', 'distro_hash'] as const).map((name) =>
    report(`${name} null`, { ...onGood, [name]: null }),
  ),
  report('notes null', { ...onGood, job_id: 'no notes', notes: null }),
  ...(['job_id', 'success', 'url', 'timestamp', 'commit_hash', 'distro_hash'] as const).map((name) =>
    report(`${name} empty`, { ...onGood, [name]: '' }),
  ),
  ...(['job_id', 'success', 'url', 'timestamp', 'commit_hash', 'notes'] as const).map((name) =>
    report(`${name} a number`, { ...onGood, [name]: 5 }),
  ),
  ...(['job_id', 'success', 'url', 'timestamp', 'commit_hash', 'notes'] as const).map((name) =>
    report(`${name} a list`, { ...onGood, [name]: ['x'] }),
  ),
  ...(['job_id', 'success', 'url', 'timestamp', 'commit_hash', 'notes'] as const).map((name) =>
    report(`${name} true`, { ...onGood, [name]: true }),
  ),
  report('commit_hash zero', { ...onGood, commit_hash: 0 }),
  report('commit_hash an empty list', { ...onGood, commit_hash: [] }),
  report('notes an object', { ...onGood, notes: {} }),
  ...['True', 'FALSE', 'yes', 'n', 'on', 'off', '1', '0', 't', 'F', 'success', ' true', 'wahr'].map((success) =>
    report(`success "${success}"`, { ...onGood, job_id: `says ${success}`, success }),
  ),
  ...['1600000300', ' 1600000301 ', '1_600_000_302', '1600000303.5', '-1', '+1600000304', 'now', '0x5', '1e9'].map(
    (timestamp) => report(`timestamp "${timestamp}"`, { ...onGood, job_id: `at ${timestamp}`, timestamp }),
  ),
  report('timestamp 0', { ...onGood, job_id: 'at 0', timestamp: 0 }),
  report('timestamp negative', { ...onGood, job_id: 'at -5', timestamp: -5 }),
  raw('timestamp 1600000400.0', '"job_id":"fraction","timestamp":1600000400.0'),
  raw('timestamp 1600000401.9', '"job_id":"fraction","timestamp":1600000401.9'),
  raw('timestamp -1.9', '"job_id":"fraction","timestamp":-1.9'),
  raw('timestamp 1.6e9', '"job_id":"fraction","timestamp":1.6e9'),
  raw('timestamp 1e400', '"timestamp":1e400'),
  raw('timestamp NaN', '"timestamp":NaN'),
  raw('timestamp beyond 64 bits', '"timestamp":99999999999999999999'),
  raw('job_id 1.0', '"job_id":1.0'),
  raw('job_id beyond 53 bits', '"job_id":9007199254740993'),
  raw('notes 1e-7', '"notes":1e-7'),
  raw('notes 0.1', '"notes":0.1'),
  raw('notes 123456789.5', '"notes":123456789.5'),
  raw('notes NaN', '"notes":NaN'),
  report('unicode', { ...onGood, job_id: 'jöb 😀 日本', notes: '\u2028\u0000\u007f', url: 'http://ci.example/é' }),
  report('markup', { ...onGood, job_id: '<b>&amp;', notes: '</script>' }),
  report('half a face', { ...onGood, notes: '\ud83d' }),
  report('long texts', { ...onGood, job_id: 'j'.repeat(2000), url: 'u'.repeat(5000), notes: 'n'.repeat(20_000) }),
  report('a url that is none', { ...onGood, url: 'not a url' }),
  report('members that DLRN does not know', { ...onGood, in_progress: true, user: 'root', component: 'x', id: 1 }),
  report("DLRN's own job", { ...onGood, job_id: 'consistent', timestamp: 1_600_000_002 }),
  report('an aggregate', onAggregate, component),
  report('an aggregate that failed', { ...onAggregate, success: 'no', notes: 'bad' }, component),
  report('an aggregate with an extended hash', { ...onAggregate, extended_hash: 'x' }, component),
  report('an aggregate with empty hashes', { ...onAggregate, commit_hash: '', distro_hash: null }, component),
  report(
    'an aggregate with a zero and a list for hashes',
    { ...onAggregate, commit_hash: 0, distro_hash: [] },
    component,
  ),
  report('an aggregate and a build', { ...onAggregate, ...good }),
  report('an aggregate and a commit', { ...onAggregate, commit_hash: '{good.commit}' }),
  report('an aggregate and a distro', { ...onAggregate, distro_hash: '{good.distro}' }),
  report('an aggregate and an unknown build', { ...said, aggregate_hash: 'x', commit_hash: 'x', distro_hash: 'x' }),
  report('an aggregate whose job is null', { ...onAggregate, job_id: null, notes: null }, component),
  report('an aggregate whose success is true', { ...onAggregate, success: true }, component),
  report(
    'an aggregate whose timestamp is a text',
    { ...onAggregate, job_id: 'text', timestamp: '1600000005' },
    component,
  ),
  report('an aggregate in capitals', { ...said, aggregate_hash: 'ABCDEF' }),
  report('an aggregate that was never promoted', { ...said, aggregate_hash: 'a'.repeat(32) }),
  report('an aggregate that was never promoted, success wrong', {
    ...said,
    aggregate_hash: 'a'.repeat(32),
    success: 'x',
  }),
  report('an unknown build, success wrong', { ...said, commit_hash: 'f', distro_hash: 'f', success: 'x' }),
  report('an empty aggregate', { ...said, aggregate_hash: '' }),
  report('an empty aggregate and a build', { ...onGood, aggregate_hash: '', job_id: 'empty aggregate' }),
  report('an aggregate that is a number', { ...said, aggregate_hash: 7 }),
  report('an aggregate that is a list', { ...said, aggregate_hash: ['x'] }),
];

/** Votes that are newer than all others for ever: last_tested_repo finds nothing else afterwards. */
export const lastResults: readonly Question[] = [
  raw('timestamp 1e16', '"job_id":"fraction","timestamp":1e16'),
  report('timestamp of the year 2200', { ...onGood, job_id: 'late', timestamp: 7_258_118_400 }),
  { name: 'repo_status of the year 2200', ask: `GET /api/repo_status?${goodQuery}` },
  { name: 'last_tested_repo of the year 2200', ask: 'GET /api/last_tested_repo?max_age=-1' },
  { name: 'last_tested_repo of a job of the year 2200', ask: 'GET /api/last_tested_repo?max_age=1&job_id=late' },
];
