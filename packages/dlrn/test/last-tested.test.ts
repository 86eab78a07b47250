import test from 'ava';
import { parseCommitBuild, type Vote } from '@tagflow/model';
import { DlrnError, type LastTestedQuery } from '../src/index.ts';
import { isWanted, judgeTested, lastTestedParameters } from '../src/last-tested.ts';

const fields = {
  commit_hash: 'a'.repeat(40),
  distro_hash: 'b'.repeat(40),
  extended_hash: null,
  component: 'compute',
  in_progress: false,
  job_id: 'job-a',
  success: true,
  timestamp: 1_700_000_000,
  user: 'ciuser',
};

test('a question, as both DLRNs understand it', (t) => {
  const none = { success: null, job_id: null, sequential_mode: null, previous_job_id: null, component: null };
  t.deepEqual(lastTestedParameters({ maxAgeHours: 0 }), { ...none, max_age: 0 });
  t.deepEqual(lastTestedParameters({ maxAgeHours: 24, success: false, job: 'job-a', component: 'compute' }), {
    ...none,
    max_age: 24,
    success: 'false',
    job_id: 'job-a',
    component: 'compute',
  });
  const sequential = { sequential_mode: 'true', previous_job_id: 'job-a' };
  t.deepEqual(lastTestedParameters({ maxAgeHours: 1, sequentialAfter: 'job-a' }), {
    ...none,
    max_age: 1,
    ...sequential,
  });
  for (const bad of [{ maxAgeHours: -1 }, { maxAgeHours: 1.5 }, { maxAgeHours: 1, job: 'a', sequentialAfter: 'b' }]) {
    const error = t.throws(() => lastTestedParameters(bad), { instanceOf: DlrnError });
    t.deepEqual([error.code, error.outcome], ['bad-input', 'invalid']);
  }
});

const rows: readonly (readonly [Omit<LastTestedQuery, 'maxAgeHours'>, Partial<typeof fields>, RegExp | null])[] = [
  [{}, {}, null],
  [{ job: 'job-a', component: 'compute', success: true }, {}, null],
  [{ sequentialAfter: 'job-a' }, {}, null],
  [{ success: false }, { success: false, in_progress: true }, null],
  [{ job: 'consistent' }, { job_id: 'consistent' }, null],
  [{}, { job_id: 'consistent' }, /^no job has voted; DLRN took its own vote, consistent on a{40}_b{8}$/],
  [{ job: 'job-b' }, {}, /^no such vote of job-b is there; DLRN took that of job-a on a{40}_b{8}$/],
  [{ sequentialAfter: 'job-b' }, {}, /^no such vote of job-b/],
  [{ job: 'job-b' }, { job_id: 'consistent' }, /DLRN took that of consistent/],
  [{ component: 'network' }, {}, /^no such vote in component network is there; DLRN took .*, of component compute$/],
  [{ job: 'job-a', component: 'network' }, {}, /in component network/],
];

for (const [query, changes, reason] of rows) {
  test(`asked for ${JSON.stringify(query)}, answered ${JSON.stringify(changes)}`, (t) => {
    const judged = judgeTested({ maxAgeHours: 0, ...query }, { ...fields, ...changes }, 'GET x');
    t.is(judged.kind, reason === null ? 'match' : 'substitute');
    if (judged.kind === 'substitute') t.regex(judged.reason, reason ?? /^$/);
    t.is(judged.tested.result, changes.in_progress === true ? 'running' : 'success');
    t.is(judged.tested.build.component, 'compute');
  });
}

test('an answer that gives up the success is none', (t) => {
  const error = t.throws(() => judgeTested({ maxAgeHours: 0, success: false }, fields, 'GET x'), {
    instanceOf: DlrnError,
  });
  t.regex(error.message, /GET x was asked about success false and answered about true/);
});

test('a vote is what was looked for, or not', (t) => {
  const vote = (job: string, result: Vote['result']): Vote => ({
    ...{ job, result, timestamp: 1, url: '', notes: null, user: null },
  });
  const build = parseCommitBuild(fields);
  const wanted = (query: Omit<LastTestedQuery, 'maxAgeHours'>, job: string, result: Vote['result']): boolean =>
    isWanted({ maxAgeHours: 0, ...query }, build, vote(job, result));
  t.true(wanted({}, 'job-a', 'failure'));
  t.false(wanted({}, 'consistent', 'success'));
  t.true(wanted({ job: 'job-a', success: true }, 'job-a', 'success'));
  t.false(wanted({ job: 'job-a', success: true }, 'job-a', 'running'));
  t.true(wanted({ job: 'job-a', success: false }, 'job-a', 'running'), 'as DLRN counts it');
  t.false(wanted({ job: 'job-a' }, 'job-b', 'success'));
  t.false(wanted({ component: 'network' }, 'job-a', 'success'));
});
