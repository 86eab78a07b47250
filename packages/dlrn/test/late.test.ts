import test from 'ava';
import { promoteBatch } from '@tagflow/lab';
import { parseLabel } from '@tagflow/model';
import { bench, type Bench, isPromote } from './bench.ts';
import { failsWith, flipRecorder, type Mode, moveOf } from './client-suite.ts';

const label = parseLabel('label');
const gatewayTimeout = { status: 504, body: '<h1>Gateway Timeout</h1>', contentType: 'text/html' };

/** A bench whose gateway gives up on the first `failures` promotions; `meanwhile` happens once, in the `turn`th wait. */
async function lateBench(
  t: Parameters<typeof bench>[0],
  mode: Mode,
  options: { failures: number; turn?: number; meanwhile?: (world: Bench) => Promise<unknown> },
): Promise<Bench & { readonly waited: number[] }> {
  const waited: number[] = [];
  let armed = false;
  const world: Bench = await bench(t, mode, async (milliseconds) => {
    if (!armed) return;
    waited.push(milliseconds);
    if (waited.length !== (options.turn ?? 3)) return;
    world.started.lab.setFaults(undefined);
    await options.meanwhile?.(world);
    world.fail(gatewayTimeout, isPromote, options.failures - 1);
  });
  world.fail(gatewayTimeout, isPromote, options.failures);
  armed = true;
  return { ...world, waited };
}

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: a promotion that goes on behind a gateway's 504 is waited for, not made again`, async (t) => {
    const world = await lateBench(t, mode, {
      failures: 1,
      meanwhile: ({ client, second }) => client.promoteBatch(second.builds, label),
    });
    const { destination, first, second, tree } = world;
    const { options, written } = flipRecorder();
    await destination.flip([moveOf('label', first.fullHash, second.fullHash)], options);
    t.deepEqual(written, ['label']);
    t.is(await tree.readLabel(label), second.fullHash);
    t.is(world.waited.length, 3);
  });

  test(`${mode}: a 504 to the end is neither moved nor not moved`, async (t) => {
    const { destination, first, second, started, waited } = await lateBench(t, mode, { failures: Infinity });
    const { options, written } = flipRecorder();
    const flip = (): Promise<void> => destination.flip([moveOf('label', first.fullHash, second.fullHash)], options);
    const error = await failsWith(t, 'unclear', flip);
    t.is(error.outcome, 'half-done');
    t.true(error.message.includes(started.apiUrl), error.message);
    t.regex(error.message, /which names [0-9a-f_]+ as before: POST http.* answered 504/);
    t.regex(error.next ?? '', /promote_name=label; then run promote-symlink with mode resume/);
    t.is(written.length, 3);
    const total = waited.reduce((sum, one) => sum + one, 0);
    t.true(total > 5_000 && total < 60_000, `waited ${total} ms`);
  });

  test(`${mode}: one gateway's 504 is not forgotten over a clear refusal after it`, async (t) => {
    const { destination, first, second, started } = await bench(t, mode);
    let posts = 0;
    const refused = { status: 403, body: '{"message":"no more"}', contentType: 'application/json' };
    started.lab.setFaults((request) => {
      if (!isPromote(request)) return undefined;
      posts += 1;
      return posts === 1 ? gatewayTimeout : refused;
    });
    const flip = (): Promise<void> =>
      destination.flip([moveOf('label', first.fullHash, second.fullHash)], flipRecorder().options);
    const error = await failsWith(t, 'unclear', flip);
    t.regex(error.message, /answered 504.*in the end: .*answered 403: no more/);
    t.is(posts, 2);
  });

  test(`${mode}: somebody else's promotion meanwhile is not written over`, async (t) => {
    const world = await lateBench(t, mode, {
      failures: 2,
      turn: 5,
      async meanwhile({ started, client, tree }) {
        await started.build();
        await client.promoteBatch((await tree.resolveLabel(parseLabel('consistent'))).builds, label);
      },
    });
    const { destination, first, second, tree } = world;
    const { options, written } = flipRecorder();
    const flip = (): Promise<void> => destination.flip([moveOf('label', first.fullHash, second.fullHash)], options);
    const error = await failsWith(t, 'hash-changed', flip);
    t.regex(error.message, new RegExp(`label names [0-9a-f_]+.*, the plan saw ${first.fullHash}`));
    t.is(error.outcome, 'half-done');
    t.deepEqual(written, ['label']);
    t.not(await tree.readLabel(label), second.fullHash);
  });

  test(`${mode}: a label that moves between the look and the write is left alone`, async (t) => {
    const { destination, first, second, started, tree } = await bench(t, mode);
    await started.build();
    const third = await tree.resolveLabel(parseLabel('consistent'));
    let isMoved = false;
    // The builds of the hash are read after the label was looked at.
    started.lab.setFaults(({ area, path }) => {
      if (isMoved || area !== 'tree' || !path.includes(second.fullHash)) return undefined;
      isMoved = true;
      const wishes = third.builds.map((build) => ({ ...build, label: 'label' }));
      promoteBatch(started.lab.state, wishes, 'somebody');
      return undefined;
    });
    const { options, written } = flipRecorder();
    const flip = (): Promise<void> => destination.flip([moveOf('label', first.fullHash, second.fullHash)], options);
    t.is((await failsWith(t, 'hash-changed', flip)).outcome, 'failed');
    t.true(isMoved);
    t.deepEqual(written, []);
    t.is(await tree.readLabel(label), third.fullHash);
  });
}
