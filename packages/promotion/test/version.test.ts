import type { Plan } from '@tagflow/model';
import test from 'ava';
import { lastVersionOf, nextVersion } from '../src/transaction/version.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import { createDestinations, createDisks, createSet, label, planFor } from './memory-world.ts';

const clock = { now: () => 5_000_000, sleep: () => Promise.resolve() };

test('a version is more than the last one of the label, and follows the clock; a component has plans of its own', async (t) => {
  const ledger = createMemoryLedger();
  const made = await planFor(createDestinations(createDisks()), createSet('a'));
  if (made === null) throw new Error('there is nothing to plan');
  const done = async (more: Partial<Plan>): Promise<void> =>
    ledger.finish(await ledger.begin({ ...made, ...more }), 'done');
  const of = (component: string | null) => ({ release: 'master', label, component });
  t.is(await nextVersion(of(null), { ledger, clock }), 5000, 'seconds, where nobody remembers one');
  t.is(await lastVersionOf(of('network'), { ledger }), 0);
  await done({ component: 'network', version: 7000 });
  await done({ component: 'compute', version: 8000 });
  t.is(await nextVersion(of('network'), { ledger, clock }), 8001);
  t.is(await lastVersionOf(of('network'), { ledger }), 7000);
  t.is(await lastVersionOf(of('compute'), { ledger }), 8000);
  t.is(await lastVersionOf(of(null), { ledger }), 8000);
});
