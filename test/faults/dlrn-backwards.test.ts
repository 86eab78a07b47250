import type { ResolvedHash } from '@tagflow/dlrn';
import { type Label, parseLabel } from '@tagflow/model';
import test from 'ava';
import { candidate, consistent, label, lines, previous, type Rig, startReady, startRig } from './dlrn-rig.ts';

const backwards = /a promotion never moves a label backwards \(a rollback does\)$/;

/** Where a pin is made from: a label whose history DLRN keeps, and the one of which it keeps none. */
const sources: readonly Label[] = [parseLabel('promoted-components'), consistent];

for (const line of lines) {
  test(`${line.name}: a candidate label that was rolled back does not pull the label along`, async (t) => {
    const { first, second, ...rig } = await startReady(t, line);
    rig.give(label, second.builds);
    const rollback = { mode: 'rollback', candidateLabel: null, keepPrevious: false } as const;
    const back = await rig.run({ ...rollback, label: candidate, fullHash: first.fullHash });
    t.is(back.outcome, 'done', back.message);
    t.is(rig.named(candidate), first.fullHash);

    const walk = await rig.run();
    t.is(walk.outcome, 'nothing-to-do', walk.message);
    const given = await rig.run({ fullHash: first.fullHash });
    t.is(given.outcome, 'blocked', given.message);
    t.regex(given.message, backwards);
    t.deepEqual(rig.where(), rig.at(second));
    t.is(rig.promotions(), 0);
  });

  for (const source of sources) {
    test(`${line.name}: a pin of ${source} that comes late, after a newer one, is blocked`, async (t) => {
      const rig = await startRig(t, line);
      const older = await rig.resolve(consistent);
      rig.give(sources[0]!, older.builds);
      const newer = await rig.build();
      rig.give(sources[0]!, newer.builds);
      const pin = { mode: 'pin', candidateLabel: source, keepPrevious: false } as const;
      const first = await rig.run({ ...pin, fullHash: newer.fullHash });
      t.is(first.outcome, 'done', first.message);
      const late = await rig.run({ ...pin, fullHash: older.fullHash });
      t.is(late.outcome, 'blocked', late.message);
      t.regex(late.message, backwards);
      t.deepEqual(rig.where(), rig.at(newer));
      t.is(rig.promotions(), 1);
    });
  }

  test(`${line.name}: what the label named longer ago than a page of its history: no pin goes there, a rollback does`, async (t) => {
    const rig = await startRig(t, line);
    const oldest = await rig.resolve(consistent);
    const [middle, newest] = [await rig.build(), await rig.build()];
    rig.give(label, oldest.builds);
    fillHistory(rig, [middle, newest]);
    const pin = { mode: 'pin', candidateLabel: consistent, keepPrevious: false } as const;
    const pinned = await rig.run({ ...pin, fullHash: oldest.fullHash });
    t.is(pinned.outcome, 'blocked', pinned.message);
    t.regex(pinned.message, backwards);
    t.deepEqual(rig.where(), rig.at(newest));

    const report = await rig.run({ mode: 'rollback', candidateLabel: null, fullHash: oldest.fullHash });
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(oldest));
    t.is(rig.named(previous), null);
    t.true(report.plan?.notes.some((note) => note.startsWith(`${previous} stays as it is: `)));
  });

  test(`${line.name}: after a rollback previous-label is what came before its first time, however long ago that was`, async (t) => {
    const rig = await startRig(t, line);
    const oldest = await rig.resolve(consistent);
    const [middle, other, newest] = [await rig.build(), await rig.build(), await rig.build()];
    for (const set of [oldest, middle]) rig.give(label, set.builds);
    fillHistory(rig, [other, middle]);
    rig.give(label, newest.builds);
    rig.give(previous, middle.builds);
    const report = await rig.run({ mode: 'rollback', candidateLabel: null, fullHash: middle.fullHash });
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(middle));
    t.is(rig.named(previous), oldest.fullHash);
  });

  test(`${line.name}: rollbacks go back set by set, and never to what was rolled back`, async (t) => {
    const { oldest, first, second, ...rig } = await startReady(t, line);
    t.is((await rig.run()).outcome, 'done');
    t.is(rig.named(previous), first.fullHash);
    const rollBack = async ({ fullHash }: ResolvedHash): Promise<string> =>
      (await rig.run({ mode: 'rollback', candidateLabel: null, fullHash })).outcome;

    t.is(await rollBack(first), 'done');
    t.deepEqual(rig.where(), rig.at(first));
    t.is(rig.named(previous), oldest.fullHash);
    const asked = rig.promotions();
    t.is(await rollBack(first), 'nothing-to-do');
    t.is(rig.promotions(), asked);
    t.is(rig.named(previous), oldest.fullHash);
    t.is(await rollBack(oldest), 'done');
    t.deepEqual(rig.where(), rig.at(oldest));
    t.is(rig.named(previous), oldest.fullHash, 'nothing older is known');

    const place = line.component === undefined ? {} : { component: line.component };
    const history = await rig.client.promotionsOf(previous, { limit: 100, ...place });
    t.deepEqual(
      history.map(({ fullHash }) => fullHash),
      [oldest, first, oldest].map(({ fullHash }) => fullHash),
      'each of its sets was written once',
    );
  });

  test(`${line.name}: the hash that consistent named an hour ago can be promoted, since it is newer than the label's`, async (t) => {
    const rig = await startRig(t, line);
    const first = await rig.resolve(consistent);
    rig.give(label, first.builds);
    const anHourAgo = await rig.build();
    await rig.build();
    const report = await rig.run({ candidateLabel: consistent, fullHash: anHourAgo.fullHash });
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(anHourAgo));
    t.is(rig.named(previous), first.fullHash);
  });

  test(`${line.name}: a label that moved and was not recorded is recorded; no older candidate comes instead`, async (t) => {
    const { lab, first, second, ...rig } = await startReady(t, line);
    const third = await rig.build();
    for (const name of [candidate, label]) rig.give(name, third.builds);
    lab.state.promotions.splice(-third.builds.length);
    t.deepEqual(rig.where(), { ...rig.at(third), recorded: first.fullHash });
    const { newer } = await rig.evidence.candidates(candidate, label, third.fullHash);
    t.deepEqual(newer, []);
    t.is((await rig.run({ fullHash: second.fullHash })).outcome, 'blocked');

    const report = await rig.run();
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(third));
    t.is((await rig.run()).outcome, 'nothing-to-do');
  });
}

/** Lets the label go to and fro between sets, the last one at the end, more often than DLRN tells on one page. */
function fillHistory({ give }: Rig, sets: readonly ResolvedHash[]): void {
  for (let row = 0; row <= 100; row += sets.length) {
    for (const { builds } of sets) give(label, builds);
  }
}
