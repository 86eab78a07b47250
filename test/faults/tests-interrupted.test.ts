import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseResults } from '@tagflow/featureset';
import test from 'ava';
import { answerOf, startTagflow } from '../pipelines/tagflow.ts';

// The job writes down that it began, and ends when it is told to.
const job = `
  const { appendFileSync, existsSync } = require('node:fs');
  const { MARKS } = process.env;
  appendFileSync(MARKS + '/begun', process.pid + '\\n');
  console.log('begun');
  setInterval(() => { if (existsSync(MARKS + '/go')) { console.log('ended'); process.exit(0); } }, 20);
`;

test('tagflow is killed while a job runs: the next one finds the job, and it is not started twice', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-interrupted-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const script = join(folder, 'job.cjs');
  await writeFile(script, job);
  const args = [
    ...['run-featureset-tests', '--full-hash', 'a'.repeat(32), '--job', 'slow', '--logs-to', join(folder, 'logs')],
    ...['--command', `${process.execPath} ${script}`, '--env', `MARKS=${folder}`],
  ];
  const begun = async (): Promise<readonly string[]> =>
    (await readFile(join(folder, 'begun'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

  const first = startTagflow(args, {}, folder);
  while ((await begun()).length === 0) await setTimeout(20);
  first.child.kill('SIGKILL');
  await once(first.child, 'close').catch(() => undefined);

  const second = startTagflow(args, {}, folder);
  await writeFile(join(folder, 'go'), '');
  const answer = answerOf(await second.ended);
  t.is(answer.outcome, 'done');
  t.is((await begun()).length, 1);
  const { jobs } = parseResults(await readFile(answer.outputs['results'] ?? '', 'utf8'), 'results');
  t.like(jobs[0], { job: 'slow', status: 'success', attempts: 1 });
  t.is(await readFile(join(folder, 'logs', 'slow', 'job.log'), 'utf8'), 'begun\nended\n');

  const third = answerOf(await startTagflow(args, {}, folder).ended);
  t.is(third.outcome, 'done');
  t.is((await begun()).length, 2, 'its result was handed over: who asks again wants it run again');
});
