import test from 'ava';
import { parseLabel } from '@tagflow/model';
import { createRepositoryDestination, listCandidates } from '../src/index.ts';
import {
  consistent,
  failsWith,
  flipRecorder,
  type Mode,
  moveOf,
  promoteAll,
  setOfHash,
  stageOptions,
  type Suite,
  testEffects,
} from './suite-context.ts';

/** How labels move, and who says no. */
export function testMoves(mode: Mode, open: () => Promise<Suite>): void {
  test(`${mode}: a label moves, is read back, and comes back`, async (t) => {
    const { client, dlrn, tree } = await open();
    const destination = createRepositoryDestination({ client, tree, mode, name: 'dlrn', effects: testEffects });
    const first = await tree.resolveLabel(consistent);
    await dlrn.build();
    const second = await tree.resolveLabel(consistent);
    t.not(first.fullHash, second.fullHash);
    for (const one of [first, second]) {
      t.deepEqual(await destination.stage(setOfHash(one), stageOptions), { bytesMoved: 0, bytesSaved: 0 });
      t.deepEqual(await destination.verify(setOfHash(one), stageOptions), []);
    }
    t.deepEqual([...(await destination.observe(['moving']))], [['moving', null]]);

    const { options, written } = flipRecorder();
    await destination.flip([moveOf('moving', null, first.fullHash)], options);
    await destination.flip([moveOf('moving', null, first.fullHash)], options);
    await destination.flip(
      [moveOf('previous-moving', null, first.fullHash), moveOf('moving', first.fullHash, second.fullHash)],
      options,
    );
    t.deepEqual(written, ['moving', 'previous-moving', 'moving'], 'what holds already is not written again');
    t.deepEqual(
      [...(await destination.observe(['moving', 'previous-moving'])).values()],
      [second.fullHash, first.fullHash],
    );

    const lost = await failsWith(t, 'hash-changed', () =>
      destination.flip([moveOf('moving', null, first.fullHash)], options),
    );
    t.regex(lost.message, new RegExp(`moving names ${second.fullHash}, the plan saw nothing`));
    await destination.flip([moveOf('moving', second.fullHash, first.fullHash)], options);
    t.is(await tree.readLabel(parseLabel('moving')), first.fullHash);
    const history = await client.promotionsOf(parseLabel('moving'), { limit: 10 });
    t.deepEqual(
      history.map((set) => set.fullHash),
      [first.fullHash, second.fullHash, first.fullHash],
    );

    // A destination of a later process has staged nothing and has to find the builds by itself.
    const later = createRepositoryDestination({ client, tree, mode, name: 'dlrn', effects: testEffects });
    await later.flip([moveOf('moving', first.fullHash, second.fullHash)], options);
    t.is(await tree.readLabel(parseLabel('moving')), second.fullHash);
  });

  test(`${mode}: nothing is written when the caller says no`, async (t) => {
    const { client, tree } = await open();
    const destination = createRepositoryDestination({ client, tree, mode, name: 'dlrn', effects: testEffects });
    const { fullHash } = await tree.resolveLabel(consistent);
    const before = (): Promise<never> => Promise.reject(new Error('lease lost'));
    const flip = destination.flip([moveOf('leased', null, fullHash)], { ...flipRecorder().options, before });
    await t.throwsAsync(flip, { message: 'lease lost' });
    t.is(await tree.readLabel(parseLabel('leased')), null);
  });

  test(`${mode}: candidates are those before what the target names`, async (t) => {
    const { client, dlrn, tree } = await open();
    const hashes: string[] = [];
    for (const _ of [1, 2, 3]) {
      const found = await tree.resolveLabel(consistent);
      await promoteAll(client, found.builds, 'candidate');
      hashes.unshift(found.fullHash);
      if (hashes.length === 1) await promoteAll(client, found.builds, 'target');
      await dlrn.build();
    }
    const targetLabel = parseLabel('target');
    const current = await tree.readLabel(targetLabel);
    const question = { candidateLabel: parseLabel('candidate'), targetLabel, current, limit: 10 };
    const { newer: candidates } = await listCandidates(client, tree, question);
    t.deepEqual(
      candidates.map((set) => set.fullHash as string),
      hashes.slice(0, 2),
    );
  });

  if (mode === 'component') {
    test('component: a component line moves the label of its component', async (t) => {
      const { client, tree } = await open();
      const component = 'tripleo';
      const options = { client, tree, mode, name: 'dlrn', component, effects: testEffects };
      const destination = createRepositoryDestination(options);
      const found = await tree.resolveLabel(consistent, { component });
      t.deepEqual([found.kind, found.component, found.builds[0]?.component], ['commit', component, component]);
      t.deepEqual(await destination.verify(setOfHash(found), stageOptions), []);
      await destination.flip([moveOf('component-ci-testing', null, found.fullHash)], flipRecorder().options);
      t.is(await tree.readLabel(parseLabel('component-ci-testing'), { component }), found.fullHash);
      t.is(await tree.readLabel(parseLabel('component-ci-testing'), { component: 'compute' }), null);
    });

    test('component: an aggregate that can never be is refused before the first write', async (t) => {
      const { client, tree } = await open();
      const destination = createRepositoryDestination({ client, tree, mode, name: 'dlrn', effects: testEffects });
      const whole = await tree.resolveLabel(consistent);
      await promoteAll(client, whole.builds.slice(0, 2), 'smaller');
      await promoteAll(client, whole.builds, 'wide');
      const smaller = await tree.resolveLabel(parseLabel('smaller'));
      const { options, written } = flipRecorder();
      const flip = (): Promise<void> => destination.flip([moveOf('wide', whole.fullHash, smaller.fullHash)], options);
      await failsWith(t, 'component-left-over', flip);
      t.deepEqual(written, []);

      // It is foreseen, before containers and images have moved.
      const never = await destination.foresee?.([moveOf('wide', whole.fullHash, smaller.fullHash)]);
      t.regex(never?.problems[0] ?? '', /label wide has the component .*, which [0-9a-f]{32} has not/);
      t.is(never?.problems.length, 1);
      const wider = await destination.foresee?.([moveOf('smaller', smaller.fullHash, whole.fullHash)]);
      t.deepEqual(wider?.problems, []);
      t.regex(wider?.notes[0] ?? '', /smaller comes to the component .*: DLRN cannot take that away again/);
    });
  }
}
