import { join } from 'node:path';
import { systemClock } from '@tagflow/action-kit';
import { openLedger } from '@tagflow/ledger';
import type { FullHash } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test from 'ava';
import { allOn, label, promote } from '../faults/scenario.ts';
import { followLabel, readPointers, startReaders } from '../pipelines/label-readers.ts';
import { stageBuild, startLabWorld } from '../pipelines/lab-world.ts';
import { readTruth } from '../pipelines/truth.ts';

const turns = 200;

test('200 promotions and rollbacks alternate: no reader misses a tag or link, and none sees a mixed set', async (t) => {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const { lab } = world;
  const hashes: FullHash[] = [];
  for (let count = 0; count < 3; count += 1) {
    hashes.push(await stageBuild(world));
    await promote(world);
  }

  const ledger = await openLedger(`sqlite:${join(lab.root, 'ledger.db')}`, { clock: systemClock, random: Math.random });
  t.teardown(() => ledger.close());

  // DLRN removes a label before it makes it anew: who reads in between finds nothing and reads again.
  let gaps = 0;
  const followed = startReaders(async () => {
    for (;;) {
      const hash = await followLabel(world, label).catch((error: unknown) => {
        if (!/(?:commit\.yaml).*\b404\b|\b404\b.*commit\.yaml/.test(`${error}`)) throw error;
        gaps += 1;
        return null;
      });
      if (hash !== null) return hash;
    }
  }, 2);
  const pointed = startReaders(
    () => Promise.all([label, `previous-${label}`].map((one) => readPointers(world, one))),
    1,
  );

  const flips: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const isBack = turn % 2 === 0;
    const to = (isBack ? hashes[(turn / 2) % 2] : hashes[2]) as FullHash;
    // The set that the last turn left is held, and going back to it is what this test is about.
    await ledger.liftPolicy(
      (await ledger.policy('master')).map(({ id }) => id),
      'the next turn',
    );
    const inputs = {
      phase: 'upstream',
      mode: isBack ? 'rollback' : 'promote',
      'full-hash': to,
      reason: `turn ${turn}`,
    };
    const { outcome, message, outputs } = await world.act(promoteSymlink, inputs);
    t.is(outcome, 'done', message);
    t.deepEqual(await readTruth(lab, label), allOn(to), `turn ${turn}`);
    flips.push(Number(outputs['flip-ms']));
  }
  await followed.more(1);
  const [seen, found] = [await followed.stop(), await pointed.stop()];
  t.deepEqual(
    seen.filter((each) => each instanceof Error),
    [],
    'followed reads that failed, or mixed sets',
  );
  t.deepEqual(
    found.filter((each) => each instanceof Error),
    [],
    'tags and links that were missing',
  );
  t.true(seen.length > turns && found.length > turns, `${seen.length} and ${found.length} reads`);
  t.is(new Set(seen).size, 3, 'every set was read');
  const sorted = flips.toSorted((a, b) => a - b);
  t.log(
    `${turns} turns; ${seen.length} reads of label → hash → set, ${found.length} of all pointers: none missed; ` +
      `${gaps} reads fell into DLRN's own gap; a flip lasted ${sorted[turns / 2]} ms (longest ${sorted.at(-1)} ms)`,
  );
});
