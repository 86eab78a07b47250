import test from 'ava';
import type { Destination, Foresight } from '@tagflow/model';
import { applyPlan, PromotionError } from '../src/index.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import {
  createDestinations,
  createDisks,
  createSet,
  createWorld,
  type Disks,
  label,
  planFor,
  yes,
} from './memory-world.ts';

const [old, fresh] = [createSet('a'), createSet('b')];

/** Destinations whose repository has something to say, of the label or of `previous-<label>`. */
function speaking(disks: Disks, of: string, said: Foresight): readonly Destination[] {
  return createDestinations(disks).map((destination) =>
    destination.kind === 'repository'
      ? {
          ...destination,
          foresee: (moves) =>
            Promise.resolve(moves.some(({ pointer }) => pointer === of) ? said : { problems: [], notes: [] }),
        }
      : destination,
  );
}

const problem: Foresight = { problems: ['component x has it'], notes: [] };

test('what a destination knows to be impossible is refused when the plan is made', async (t) => {
  const destinations = speaking(createDisks(), label, problem);
  const error = await t.throwsAsync(() => planFor(destinations, fresh, old), { instanceOf: PromotionError });
  t.is(error?.code, 'impossible');
  t.regex(error?.message ?? '', /nothing was written: repository: component x has it/);
});

test('notes of a destination stand in the plan', async (t) => {
  const made = await planFor(speaking(createDisks(), label, { problems: [], notes: ['no way back'] }), fresh, old);
  t.true(made?.notes.includes('repository: no way back'));
});

test('an impossible previous stays as it is, in all kinds, and stops nothing', async (t) => {
  const previous = `previous-${label}`;
  const made = await planFor(speaking(createDisks(), previous, problem), fresh, old);
  t.true(made?.moves.every((move) => move.label === label));
  t.true(made?.notes.includes(`${previous} stays as it is: repository: component x has it`));
});

test('a plan that became impossible is not begun', async (t) => {
  const disks = createDisks();
  const made = await planFor(createDestinations(disks), fresh, old);
  const world = createWorld(speaking(disks, label, problem), createMemoryLedger());
  if (made === null) return t.fail('no plan');
  const result = await applyPlan(made, world, () => Promise.resolve(yes(fresh)));
  t.is(result.outcome, 'failed');
  t.regex(result.message, /nothing was moved: current-tripleo cannot become .*component x has it/);
  t.true(Object.values(disks).every(({ pointers }) => pointers.size === 0));
  t.true(
    Object.values(disks).every(({ sets }) => sets.size === 0),
    'nothing was staged either',
  );
});
