// What a person is told where DLRN did a promotion in part, or could not.
import { directoryOf } from '@tagflow/lab';
import test from 'ava';
import { moveOf } from '../../packages/dlrn/test/client-suite.ts';
import { candidate, component, consistent, label, previous, startReady, startRig } from './dlrn-rig.ts';

test('component: the label names a set that DLRN purged, and previous-label is kept: it moves on', async (t) => {
  const rig = await startRig(t, component);
  const oldest = await rig.resolve(consistent);
  const first = await rig.build();
  const second = await rig.build(3);
  rig.give(previous, oldest.builds);
  for (const name of [candidate, label]) rig.give(name, first.builds);
  rig.give(candidate, second.builds);
  const needed = [oldest, second].flatMap((set) => set.members.map(({ path }) => path));
  for (const { path } of first.members.filter((member) => !needed.includes(member.path))) {
    rig.lab.state.tree.prune(path);
    Object.assign(
      rig.lab.state.commits.find((row) => directoryOf(row) === path)!,
      { purged: true },
    );
  }
  const report = await rig.run();
  t.is(report.outcome, 'done', report.message);
  t.deepEqual(rig.where(), rig.at(second));
});

test('component: a promotion that left a component behind is not failed', async (t) => {
  const rig = await startRig(t, component);
  const whole = await rig.resolve(consistent);
  for (const name of [candidate, label]) rig.give(name, whole.builds.slice(0, 2));
  const first = await rig.resolve(label);
  const second = await rig.build(3);
  rig.give(candidate, second.builds);
  rig.answerPromotions((turn) => {
    if (turn === 1) rig.lab.break('left-over', { label });
    return undefined;
  });
  const report = await rig.run({ keepPrevious: false });
  t.true(report.outcome !== 'failed' || t.deepEqual(rig.where(), rig.at(first)));
});

test('component: all but the row moved: the file that has to be deleted is named', async (t) => {
  const { lab, ...rig } = await startReady(t, component);
  rig.answerPromotions((turn) => {
    if (turn === 1) lab.break('left-over', { label, file: 'versions.csv' });
    return turn === 4 ? { status: 503, body: 'away', contentType: 'text/plain' } : undefined;
  });
  const report = await rig.run();
  t.is(report.outcome, 'half-done');
  t.regex(report.result?.debts.join('\n') ?? '', /versions\.csv_/);
});

test('component: of a member whose delorean.repo is gone, foresight says that', async (t) => {
  const { lab, first, second, ...rig } = await startReady(t, component);
  lab.state.tree.remove(`${second.members[0]?.path}/delorean.repo`);
  const found = await rig.destination().foresee?.([moveOf(label, first.fullHash, second.fullHash)]);
  t.notRegex(found?.problems.join('\n') ?? '', /DLRN joins the components as/);
});

test('component: somebody else promotes right before the label is written: the message says so', async (t) => {
  const { lab, ...rig } = await startReady(t, component);
  const third = await rig.build();
  let [isPreviousWritten, isTheirs] = [false, false];
  lab.setFaults(({ method, path, body }) => {
    if (method === 'POST' && body.includes(`"${previous}"`)) isPreviousWritten = true;
    else if (isPreviousWritten && !isTheirs && path === '/api/promotions') {
      isTheirs = true;
      rig.give(label, third.builds);
    }
    return undefined;
  });
  const report = await rig.run();
  t.is(report.outcome, 'half-done');
  t.notRegex(report.message, /could not be read back/);
});
