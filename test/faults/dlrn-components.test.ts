import { createHash } from 'node:crypto';
import { DlrnError, type ResolvedHash } from '@tagflow/dlrn';
import { promoteBatch } from '@tagflow/lab';
import { PromotionError } from '@tagflow/promotion';
import test from 'ava';
import { moveOf, setOfHash, stageOptions } from '../../packages/dlrn/test/client-suite.ts';
import { candidate, component, consistent, label, previous, type Rig, startReady, startRig } from './dlrn-rig.ts';

/** The builds of a set but for the last component's, tripleo. */
const twoOf = ({ builds }: ResolvedHash): ResolvedHash['builds'] => builds.slice(0, 2);

type Surplus = (rig: Rig, whole: ResolvedHash) => Promise<unknown>;

/** How a label comes to have tripleo, while the candidate has it not. */
const surpluses: readonly (readonly [string, Surplus])[] = [
  [
    'a promotion that broke off left a link behind',
    async (rig, whole) => {
      rig.give(label, twoOf(whole));
      rig.stray((await rig.build()).members[2]);
    },
  ],
  ['the label has it', async ({ give }, whole) => give(label, whole.builds)],
  [
    'a batch of two labels gave it, which makes no aggregate of the first',
    async ({ lab }, { builds: [other, , last] }) =>
      promoteBatch(
        lab.state,
        [
          { ...last!, label },
          { ...other!, label: 'other' },
        ],
        'somebody',
      ),
  ],
];

for (const [how, arrange] of surpluses) {
  test(`component: a component too many, since ${how}: that is foreseen, nothing is written, and doing as told mends it`, async (t) => {
    const rig = await startRig(t, component);
    const whole = await rig.resolve(consistent);
    rig.give(candidate, twoOf(whole));
    await arrange(rig, whole);
    rig.give(candidate, twoOf(await rig.build(3)));
    const target = await rig.resolve(candidate);
    const before = rig.where();
    t.truthy(before.links['tripleo']);

    const told = new RegExp(`delete component/tripleo/${label} on the DLRN server`);
    const foreseen = await rig.destination().foresee?.([moveOf(label, before.named, target.fullHash)]);
    t.is(foreseen?.problems.length, 1);
    t.regex(foreseen?.problems[0] ?? '', told);
    const from = before.named === null ? null : await rig.resolve(label);
    const error = await t.throwsAsync(rig.flip(from, target), { instanceOf: DlrnError });
    t.is(error.code, 'component-left-over');
    for (const _ of ['once', 'and again']) {
      const refusal = await t.throwsAsync(rig.run(), { instanceOf: PromotionError });
      t.is(refusal.code, 'impossible');
      t.regex(refusal.message, told);
    }
    t.deepEqual(rig.where(), before);
    t.is(rig.promotions(), 0);
    t.is(await rig.open(), 0);

    rig.lab.state.tree.remove(`component/tripleo/${label}`);
    const report = await rig.run();
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(target));
  });
}

test('component: a component that DLRN builds no more keeps its label, and no promotion waits for it', async (t) => {
  const rig = await startRig(t, component);
  const { lab } = rig;
  const whole = await rig.resolve(consistent);
  for (const name of [candidate, label]) rig.give(name, whole.builds);
  Object.assign(lab.state, { projects: lab.state.projects.filter((project) => project.component !== 'network') });
  const rest = await rig.build(2);
  t.deepEqual(
    rest.members.map((member) => member.component),
    ['compute', 'tripleo'],
  );
  rig.give(candidate, rest.builds);

  const report = await rig.run();
  t.is(report.outcome, 'done', report.message);
  t.deepEqual(rig.where(), rig.at(rest));
  t.not(lab.state.tree.readLink(`component/network/${label}`), null);
  t.is((await rig.run()).outcome, 'nothing-to-do');
});

test('component: a directory that changed on the server since somebody looked is foreseen', async (t) => {
  const { lab, first, second, ...rig } = await startReady(t, component);
  const destination = rig.destination();
  t.deepEqual(await destination.verify(setOfHash(second), stageOptions), []);
  const move = moveOf(label, first.fullHash, second.fullHash);
  t.deepEqual((await destination.foresee?.([move]))?.problems, []);

  const path = second.members[0]?.path;
  lab.state.tree.remove(`${path}/delorean.repo`);
  const unread = (await rig.destination().foresee?.([move]))?.problems;
  t.notRegex(unread?.join('\n') ?? '', /DLRN joins the components as/, 'it says what is gone, and guesses nothing');
  lab.state.tree.prune(`${path}/repodata`);
  const faults = await destination.verify(setOfHash(second), stageOptions);
  t.deepEqual(
    faults.map((fault) => fault.replace(/^.*\//, '')),
    ['delorean.repo is not there', 'repomd.xml is not there: no package could be installed'],
  );
  const problems = (await destination.foresee?.([move]))?.problems;
  t.is(problems?.length, 1);
  t.regex(
    problems?.[0] ?? '',
    new RegExp(`^the delorean.repo of the component compute of ${second.fullHash} is gone$`),
  );
});

test('component: an aggregate that was joined in another order can never be made again: that is foreseen', async (t) => {
  const { lab, first, second, tree, ...rig } = await startReady(t, component);
  const texts = await Promise.all(second.members.map(({ path }) => tree.readFile(`${path}/delorean.repo`)));
  const text = texts.toReversed().map((one) => `${one}\n`);
  const md5 = createHash('md5').update(text.join('')).digest('hex');
  t.not(md5, second.fullHash);
  lab.state.tree.write(`${candidate}/${md5.slice(0, 2)}/${md5.slice(2, 4)}/${md5}/delorean.repo`, text.join(''), 0);
  Object.assign(lab.state.promotions.at(-1)!, { aggregateHash: md5 });

  const error = await t.throwsAsync(rig.run(), { instanceOf: PromotionError });
  t.is(error.code, 'impossible');
  t.regex(error.message, new RegExp(`${md5} to ${label} would give the aggregate ${second.fullHash}`));
  t.regex(error.message, /DLRN joins the components as compute, network, tripleo now/);
  t.deepEqual(rig.where(), rig.at(first));
  t.is(rig.promotions(), 0);
});

test('component: previous-label has a component that it could not lose: it stays, and the label moves', async (t) => {
  const rig = await startRig(t, component);
  const whole = await rig.resolve(consistent);
  rig.give(previous, whole.builds);
  for (const name of [candidate, label]) rig.give(name, twoOf(whole));
  rig.give(candidate, twoOf(await rig.build(3)));
  const target = await rig.resolve(candidate);
  const report = await rig.run();
  t.is(report.outcome, 'done', report.message);
  t.deepEqual(rig.where(), rig.at(target));
  t.is(rig.named(previous), whole.fullHash);
  const note = report.plan?.notes.find((one) => one.startsWith(`${previous} stays as it is: `));
  t.regex(note ?? '', new RegExp(`delete component/tripleo/${previous} on the DLRN server`));
});

test('component: previous-label comes to a component that it lacks, which the plan says, and both move', async (t) => {
  const rig = await startRig(t, component);
  const first = await rig.resolve(consistent);
  for (const name of [candidate, label]) rig.give(name, first.builds);
  rig.give(previous, twoOf(first));
  const second = await rig.build();
  rig.give(candidate, second.builds);
  const report = await rig.run();
  t.is(report.outcome, 'done', report.message);
  t.deepEqual(rig.where(), rig.at(second));
  t.is(rig.named(previous), first.fullHash);
  t.true(report.plan?.notes.some((note) => note.includes(`${previous} comes to the component tripleo`)));
});
