import { DlrnError } from '@tagflow/dlrn';
import test, { type ExecutionContext } from 'ava';
import {
  candidate,
  classic,
  component,
  componentLine,
  consistent,
  label,
  type Line,
  previous,
  type Ready,
  startReady,
  startRig,
} from './dlrn-rig.ts';

const files = ['delorean.repo', 'delorean.repo.md5', 'versions.csv'] as const;

for (const line of [component, componentLine]) {
  for (const file of files) {
    test(`${line.name}: killed after DLRN fell over a leftover ${file}_: the label is there when all of it is`, async (t) => {
      const { lab, first, second, ...rig } = await startReady(t, line);
      lab.break('left-over', { label, file });
      await t.throwsAsync(rig.flip(first, second, { dieAfter: 1 }), { message: 'killed' });
      const broken = rig.where();
      t.is(broken.recorded, first.fullHash);
      t.notDeepEqual(broken, rig.at(first));

      const error = await t.throwsAsync(rig.flip(first, second), { instanceOf: DlrnError });
      t.true(['not-promoted', 'half-promoted'].includes(error.code), error.message);
      t.is(rig.where().recorded, first.fullHash, 'DLRN could not end it, and nobody said that it was done');

      lab.mend('left-over');
      await rig.flip(first, second);
      t.deepEqual(rig.where(), rig.at(second));
      const asked = rig.promotions();
      await rig.flip(first, second);
      t.is(rig.promotions(), asked, 'nothing is left to be done');
    });
  }
}

type Death = (t: ExecutionContext, ready: Ready) => Promise<unknown>;

/** DLRN takes a link away before it makes it anew. */
const inTheGap =
  (folder: string): Death =>
  (t, { lab }) =>
    Promise.resolve(t.true(lab.state.tree.remove(`${folder}${label}`)));

const after =
  (reach: 'first-link' | 'links' | 'aggregate'): Death =>
  async (t, { lab, first, second, flip }) => {
    lab.break('moved-then-500', { label, reach });
    await t.throwsAsync(flip(first, second, { dieAfter: 1 }), { message: 'killed' });
  };

/** Where DLRN stopped, with the process that asked it to promote. */
const deaths: readonly (readonly [Line, string, Death])[] = [
  [classic, 'between the two steps of its link', inTheGap('')],
  [componentLine, 'between the two steps of its link', inTheGap('component/tripleo/')],
  [classic, 'after its link', after('links')],
  [component, 'after the first link', after('first-link')],
  [component, 'after the links', after('links')],
  [component, 'after the aggregate', after('aggregate')],
  [componentLine, 'after its link', after('links')],
  [componentLine, 'after the aggregate', after('aggregate')],
];

for (const [line, when, die] of deaths) {
  test(`${line.name}: stopped ${when}: the next ordinary promotion ends it, and the one after finds nothing`, async (t) => {
    const ready = await startReady(t, line);
    await die(t, ready);
    t.notDeepEqual(ready.where(), ready.at(ready.first));
    t.notDeepEqual(ready.where(), ready.at(ready.second));

    const report = await ready.run();
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(ready.where(), ready.at(ready.second));
    t.is(await ready.open(), 0);
    const asked = ready.promotions();
    t.is((await ready.run()).outcome, 'nothing-to-do');
    t.is(ready.promotions(), asked);
  });
}

test('component line: the link of the component moved and nothing else did: the next ordinary promotion ends it', async (t) => {
  const ready = await startReady(t, componentLine);
  ready.stray(ready.second.members[0]);
  t.deepEqual(ready.where(), { ...ready.at(ready.first), named: ready.second.fullHash, aggregate: null });
  const report = await ready.run();
  t.is(report.outcome, 'done', report.message);
  t.deepEqual(ready.where(), ready.at(ready.second));
});

test('component: a component that strayed from the label is brought home by a promotion that finds nothing newer', async (t) => {
  const rig = await startRig(t, component);
  const first = await rig.resolve(consistent);
  for (const name of [candidate, label]) rig.give(name, first.builds);
  const other = await rig.build();
  rig.stray(other.members.find(({ fullHash }) => !first.members.some((member) => member.fullHash === fullHash)));
  t.notDeepEqual(rig.where(), rig.at(first));
  const report = await rig.run();
  t.is(report.outcome, 'done', report.message);
  t.deepEqual(rig.where(), rig.at(first));
  t.is((await rig.run({ fullHash: first.fullHash })).outcome, 'nothing-to-do');
});

for (const file of files) {
  test(`component line: a leftover ${file}_ stops the label half-way; it is taken back, and the file is named`, async (t) => {
    const { lab, first, second, ...rig } = await startReady(t, componentLine);
    lab.break('left-over', { label, file });
    const error = await t.throwsAsync(rig.flip(first, second), { instanceOf: DlrnError });
    t.is(error.code, 'not-promoted', error.message);
    t.is(error.outcome, 'failed');
    t.true(error.next?.startsWith(`Delete ${lab.reposUrl}/${label}/${file}_ on the DLRN server`), error.next);
    t.deepEqual(rig.where(), rig.at(first));
  });
}

const refused = { status: 401, body: 'Unauthorized Access', contentType: 'text/html' };
const purged = { status: 410, body: '{"message":"purged"}', contentType: 'application/json' };
const away = { status: 503, body: 'away', contentType: 'text/plain' };

test('component: DLRN stops half-way and refuses everything after: half done, and no plain refusal', async (t) => {
  const { lab, first, second, ...rig } = await startReady(t, component);
  lab.break('left-over', { label });
  rig.answerPromotions((turn) => (turn > 1 ? refused : undefined));
  const error = await t.throwsAsync(rig.flip(first, second), { instanceOf: DlrnError });
  t.is(error.code, 'half-promoted', error.message);
  t.is(error.outcome, 'half-done');
  t.true(error.next?.startsWith(`Delete ${lab.reposUrl}/${label}/delorean.repo_ on the DLRN server`), error.next);
  t.deepEqual(rig.where(), { ...rig.at(first), links: rig.at(second).links }, 'it is half-way');

  lab.mend('left-over');
  lab.setFaults(undefined);
  await rig.flip(first, second);
  t.deepEqual(rig.where(), rig.at(second));
});

for (const [then, answer] of [
  ['fails to the end', undefined],
  ['refuses to go on', purged],
] as const) {
  test(`component: a promotion that DLRN stopped half-way and ${then} is failed, taken back and closed; the file is named`, async (t) => {
    const { lab, first, second, ...rig } = await startReady(t, component);
    // It comes up after everything was foreseen.
    rig.answerPromotions((turn) => {
      if (turn === 1) lab.break('left-over', { label });
      return turn === 2 ? answer : undefined;
    });
    const report = await rig.run();
    t.is(report.outcome, 'failed', report.message);
    t.regex(
      report.result?.debts.join('\n') ?? '',
      /^Delete http.*\/current-tripleo\/delorean\.repo_ on the DLRN server/m,
    );
    t.deepEqual(rig.where(), rig.at(first));
    t.is(rig.named(previous), rig.oldest.fullHash);
    t.is(await rig.open(), 0);

    lab.mend('left-over');
    t.is((await rig.run()).outcome, 'done');
    t.deepEqual(rig.where(), rig.at(second));
  });
}

test('component: all but the row moved, and it cannot be taken back: half done until somebody ends it', async (t) => {
  const { lab, first, second, ...rig } = await startReady(t, component);
  rig.answerPromotions((turn) => {
    if (turn === 1) lab.break('left-over', { label, file: 'versions.csv' });
    // Three times the promotion, and then the way back.
    return turn === 4 ? away : undefined;
  });
  const report = await rig.run();
  t.is(report.outcome, 'half-done', report.message);
  t.regex(report.result?.debts.join('\n') ?? '', /versions\.csv_/, 'the file that has to be deleted is named');
  t.deepEqual(rig.where(), { ...rig.at(second), recorded: first.fullHash, aggregate: null });
  t.is(await rig.open(), 1);

  lab.mend('left-over');
  t.is((await rig.resume()).outcome, 'done');
  t.deepEqual(rig.where(), rig.at(second));
  t.is(rig.named(previous), first.fullHash);
  t.is(await rig.open(), 0);
});

test('component: a promotion that adds a component and stops half-way leaves the label, and goes on when it can', async (t) => {
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
  t.not(report.outcome, 'done', report.message);
  t.true(report.plan?.notes.some((note) => note.includes('DLRN cannot take that away again')));
  const { named, recorded, aggregate } = rig.at(first);
  t.like(rig.where(), { named, recorded, aggregate });
  // What left a component behind is not failed.
  if (report.outcome === 'failed') t.deepEqual(rig.where(), rig.at(first));

  rig.lab.mend('left-over');
  const next = await rig.run({ keepPrevious: false });
  t.true(['done', 'nothing-to-do'].includes(next.outcome), next.message);
  t.deepEqual(rig.where(), rig.at(second));
  t.is(await rig.open(), 0);
});
