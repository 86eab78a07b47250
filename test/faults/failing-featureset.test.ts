import test from 'ava';
import { buildCommit, type LabWorld, runArgs, startLabWorld } from '../pipelines/lab-world.ts';
import { answerOf } from '../pipelines/tagflow.ts';
import { readTruth } from '../pipelines/truth.ts';
import { allOn, label } from './scenario.ts';

const failing = 'periodic-tripleo-ci-centos-7-ovb-3ctlr_1comp-featureset001-master';
const informing = 'periodic-tripleo-ci-centos-7-ovb-1ctlr_1comp-featureset020-master';

test('a featureset that fails blocks the promotion; when it passes on a later run, the set is promoted', async (t) => {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const { lab } = world;
  const hash = await buildCommit(lab);
  const nowhere = { repository: null, rdo: null, docker: null, public: null, internal: null };

  lab.ci.failJobs.add(failing).add(informing);
  const blocked = await world.run(runArgs(world));
  t.is(blocked.exitCode, 5, blocked.stderr);
  const answer = answerOf(blocked);
  t.is(answer.outcome, 'blocked');
  t.regex(answer.error?.message ?? '', new RegExp(`${hash} may not become ${label}: ${failing} failed$`));
  t.regex(blocked.stderr, new RegExp(`test ${failing}: failed`));
  t.notRegex(blocked.stderr, /rdo-phase-1/, 'no later phase was begun');
  t.is((await readTruth(lab, 'tripleo-ci-testing')).repository, hash, 'it stays the candidate');
  t.deepEqual(await readTruth(lab, label), nowhere);
  const votes = votesOf(world);
  t.is(votes.length, 6, 'every job has voted');
  t.deepEqual(
    votes.filter(({ success }) => !success).map(({ job }) => job),
    [failing, informing].toSorted(),
  );
  t.true(
    votes.every(({ url }) => url !== ''),
    'every vote says where its log is',
  );

  // Somebody made it work; the job that only informs goes on failing.
  lab.ci.failJobs.delete(failing);
  const passed = await world.run(runArgs(world, 'upstream'));
  t.is(passed.exitCode, 0, passed.stderr);
  t.is(answerOf(passed).outcome, 'done');
  t.is(answerOf(passed).outputs['full-hash'], hash);
  t.deepEqual(await readTruth(lab, label), allOn(hash));
  const ofJob = votesOf(world).filter(({ job }) => job === failing);
  t.deepEqual(
    ofJob.map(({ success }) => success),
    [false, true],
    'votes are added, never replaced',
  );
});

test('a label that named a set keeps it while the next one fails', async (t) => {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const { lab } = world;
  const first = await buildCommit(lab);
  t.is((await world.run(runArgs(world, 'upstream'))).exitCode, 0);
  const second = await buildCommit(lab);
  lab.ci.failJobs.add(failing);
  const blocked = await world.run(runArgs(world, 'upstream'));
  t.is(blocked.exitCode, 5, blocked.stderr);
  t.is((await readTruth(lab, 'tripleo-ci-testing')).repository, second);
  t.deepEqual(await readTruth(lab, label), allOn(first));
});

function votesOf({
  lab,
}: LabWorld): readonly { readonly job: string; readonly success: boolean; readonly url: string | null }[] {
  const votes = lab.dlrn.state.votes
    .filter(({ user }) => user !== null)
    .map((vote) => ({ ...vote, job: vote.job ?? '' }));
  return votes.toSorted((a, b) => (a.job < b.job ? -1 : a.job > b.job ? 1 : 0));
}
