import type { ResolvedHash } from '@tagflow/dlrn';
import { directoryOf } from '@tagflow/lab';
import test from 'ava';
import {
  candidate,
  component,
  consistent,
  label,
  lines,
  previous,
  type Rig,
  startReady,
  startRig,
} from './dlrn-rig.ts';

for (const line of lines) {
  test(`${line.name}: previous-label names a set that DLRN purged: it comes to the set that the label leaves`, async (t) => {
    const rig = await startReady(t, line);
    const { oldest, first, second } = rig;
    purge(rig, oldest, [first, second]);
    const report = await rig.run();
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(second));
    t.is(rig.named(previous), first.fullHash);
  });

  test(`${line.name}: the label itself names a set that DLRN purged: it moves on`, async (t) => {
    const rig = await startRig(t, line);
    const first = await rig.resolve(consistent);
    const second = await rig.build(3);
    for (const name of [candidate, label]) rig.give(name, first.builds);
    rig.give(candidate, second.builds);
    purge(rig, first, [second]);
    const report = await rig.run({ keepPrevious: false });
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(second));
    t.is((await rig.run({ keepPrevious: false })).outcome, 'nothing-to-do');
  });

  test(`${line.name}: a rollback to a set whose own predecessor was purged is made, and previous-label stays`, async (t) => {
    const rig = await startRig(t, line);
    const oldest = await rig.resolve(consistent);
    const [middle, newest] = [await rig.build(3), await rig.build()];
    for (const set of [oldest, middle, newest]) rig.give(label, set.builds);
    rig.give(previous, middle.builds);
    purge(rig, oldest, [middle, newest]);
    const report = await rig.run({ mode: 'rollback', fullHash: middle.fullHash, candidateLabel: null });
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(middle));
    t.is(rig.named(previous), middle.fullHash);
    const why = `${previous} stays as it is: of ${oldest.fullHash}, which it named before,`;
    t.true(
      report.plan?.notes.some((note) => note.startsWith(why)),
      report.plan?.notes.join('\n'),
    );
  });
}

test('component: the label names a set that DLRN purged, and previous-label is kept: it moves on', async (t) => {
  const rig = await startReady(t, component);
  const newest = await rig.build(3);
  rig.give(candidate, newest.builds);
  purge(rig, rig.first, [rig.oldest, newest]);
  const report = await rig.run();
  t.is(report.outcome, 'done', report.message);
  t.deepEqual(rig.where(), rig.at(newest));
});

/** Purges what a set has for itself, as DLRN does: the directories go, the rows stay with a flag. */
function purge({ lab }: Rig, { members }: ResolvedHash, kept: readonly ResolvedHash[]): void {
  const needed = new Set(kept.flatMap((set) => set.members.map(({ path }) => path)));
  for (const { path } of members) {
    if (needed.has(path)) continue;
    lab.state.tree.prune(path);
    Object.assign(
      lab.state.commits.find((row) => directoryOf(row) === path)!,
      { purged: true },
    );
  }
}
