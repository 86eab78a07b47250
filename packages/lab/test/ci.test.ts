import test from 'ava';
import { startLabCi } from '../src/ci.ts';
import { fetchPlain } from '../src/fetch.ts';
import { vote } from '../src/vote.ts';
import { startSeeded } from './lab-dlrn.ts';

test('verdicts follow the script, and flakes the seed', async (t) => {
  const ci = await startLabCi({ seed: 'a', flakePercent: 30 });
  const steady = await startLabCi({ seed: 'a' });
  const verdicts = Array.from({ length: 200 }, (_, index) => ci.verdict('job', `hash${index}`));
  const failed = verdicts.filter((verdict) => verdict === 'failure').length;
  t.true(failed > 30 && failed < 90, `${failed} of 200 failed`);
  t.deepEqual(
    verdicts,
    Array.from({ length: 200 }, (_, index) => ci.verdict('job', `hash${index}`)),
  );
  const ask = async (job: string): Promise<string> =>
    (await fetchPlain(`${steady.url}/verdict?job=${job}&hash=h`)).text;
  t.is(await ask('job'), 'success');
  steady.failJobs.add('job');
  t.is(await ask('job'), 'failure');
  t.is(await ask('other'), 'success');
  t.is((await fetchPlain(`${steady.url}/verdict?job=job`)).status, 400);
  await Promise.all([ci.close(), steady.close()]);
});

test('keeps logs and lists them', async (t) => {
  const ci = await startLabCi({ seed: 'a' });
  const url = ci.logUrl('job', 'hash');
  t.is((await fetchPlain(url)).status, 404);
  t.is((await fetchPlain(`${url}job-output.txt`, { method: 'PUT', body: 'words' })).status, 201);
  t.is((await fetchPlain(`${url}job-output.txt`)).text, 'words');
  t.regex((await fetchPlain(url)).text, /href="job-output.txt"/);
  t.regex((await fetchPlain(`${ci.url}/logs/`)).text, /href="hash\/"/);
  await ci.close();
});

test('another CI reports to DLRN, and hears when it was not taken', async (t) => {
  const { lab, dlrn } = await startSeeded('classic');
  const row = lab.state.commits.at(-1);
  const subject = { commitHash: row?.commitHash ?? '', distroHash: row?.distroHash ?? '', extendedHash: null };
  const result = { job: 'weirdo', success: false, subject, url: 'http://ci.example/1', timestamp: 12.7 };
  await vote(dlrn, result);
  t.like(lab.state.votes.at(-1), { job: 'weirdo', success: false, timestamp: 12, user: 'ciuser' });
  await t.throwsAsync(vote({ ...dlrn, password: 'wrong' }, result), { message: /vote of weirdo: 401/ });
  await t.throwsAsync(vote(dlrn, { ...result, subject: { aggregateHash: 'a'.repeat(32) } }), {
    message: /aggregate_hash not found/,
  });
  await lab.close();
});
