import test from 'ava';
import { parseLabel } from '@tagflow/model';
import { listCandidates } from '../src/index.ts';
import { type Bench, bench } from './bench.ts';

const candidateLabel = parseLabel('candidate');
const targetLabel = parseLabel('target');

/** Builds and promotes as many sets to the candidate label, and returns their hashes, newest first. */
async function candidates({ started, tree, client }: Bench, count: number): Promise<readonly string[]> {
  const hashes: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { fullHash, builds } = await tree.resolveLabel(parseLabel('consistent'));
    await client.promoteBatch(builds, candidateLabel);
    hashes.unshift(fullHash);
    await started.build();
  }
  return hashes;
}

const promotionsAsked = ({ started }: Bench): number =>
  started.lab.requests.filter(({ path }) => path === '/api/promotions').length;

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: pages are read until the target's set appears`, async (t) => {
    const world = await bench(t, mode);
    const { started, client, tree } = world;
    // More rows than three pages hold, all older than what the target names.
    const old = await tree.resolveLabel(parseLabel('consistent'));
    for (let rows = 0; rows < 320; rows += old.builds.length) await client.promoteBatch(old.builds, candidateLabel);
    await started.build();
    const hashes = await candidates(world, 3);
    const promoted = await tree.readHash((await client.promotionsOf(candidateLabel, { limit: 3 }))[2]!.fullHash, {
      labels: [candidateLabel],
    });
    await client.promoteBatch(promoted?.builds ?? [], targetLabel);
    const before = promotionsAsked(world);
    const found = await listCandidates(client, tree, {
      candidateLabel,
      targetLabel,
      current: promoted?.fullHash ?? null,
      limit: 100,
    });
    t.deepEqual(
      found.newer.map((one) => String(one.fullHash)),
      hashes.slice(0, 2),
    );
    t.is(found.known.length, 3);
    t.is(promotionsAsked(world) - before, 2, 'the target, and one page of candidates');
  });

  test(`${mode}: no more than the newest sets are looked at`, async (t) => {
    const world = await bench(t, mode);
    const hashes = await candidates(world, 4);
    const found = await listCandidates(world.client, world.tree, {
      candidateLabel,
      targetLabel,
      current: null,
      limit: 2,
    });
    t.deepEqual(
      found.newer.map((one) => String(one.fullHash)),
      hashes.slice(0, 2),
    );
    if (mode === 'classic') t.true(found.newer.every(({ builds }) => builds.length === 1));
  });

  test(`${mode}: consistent and current have one candidate, what they name now`, async (t) => {
    const { client, tree, second } = await bench(t, mode);
    const ask = { candidateLabel: parseLabel('consistent'), targetLabel, current: null, limit: 10 };
    const first = await listCandidates(client, tree, ask);
    t.deepEqual(
      first.newer.map((one) => one.fullHash),
      [second.fullHash],
    );
    t.deepEqual(first.known, first.newer);
    await client.promoteBatch(second.builds, targetLabel);
    const again = await listCandidates(client, tree, ask);
    t.deepEqual([again.known.length, again.newer.length], [1, 0], 'promoted already');
  });
}

test('component: a component has candidates of its own', async (t) => {
  const { client, tree, second } = await bench(t, 'component');
  const component = 'tripleo';
  const build = second.builds.find((one) => one.component === component)!;
  await client.promote(build, candidateLabel);
  const found = await listCandidates(client, tree, {
    candidateLabel,
    targetLabel,
    current: null,
    component,
    limit: 10,
  });
  t.deepEqual(
    found.newer.map(({ builds }) => builds),
    [[build]],
  );
  const other = await listCandidates(client, tree, {
    candidateLabel,
    targetLabel,
    current: null,
    component: 'compute',
    limit: 10,
  });
  t.deepEqual(other.known, []);
});
