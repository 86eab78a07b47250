import test from 'ava';
import { runAct } from '../../scripts/run-act.ts';
import { allOn, label } from '../faults/scenario.ts';
import { readTruth } from '../pipelines/truth.ts';
import { failures, promotionOutcome, startActLab } from './act-lab.ts';

// A release of RDO: 150 containers. As inline JSON their set has no room in one variable of the environment, 128 KiB.

test('150 containers in two registries: done, and what travels between jobs are files', async (t) => {
  const lab = await startActLab({ containers: 150 });
  t.teardown(() => lab.close());
  const run = await runAct({ lab, workflow: 'phase-upstream.yml' });
  t.deepEqual(failures(run), []);
  t.is(run.exitCode, 0);
  t.is(promotionOutcome(run), 'done');
  const hash = run.outputs.get('hash hash.full-hash') as never;
  t.deepEqual(await readTruth(lab, label), allOn(hash));
  for (const registry of [lab.rdo, lab.docker]) {
    const tagged = registry.repositories().filter((name) => registry.tags(name).includes(label));
    t.is(tagged.length, 150);
  }
  const files = ['containers push.set', 'images publish.set', 'plan plan.plan'].map((name) => run.outputs.get(name));
  for (const file of files) t.regex(`${file}`, /^\/.*\/[\w-]+\.json$/);
  const longest = Math.max(...[...run.outputs.values()].map((value) => value.length));
  t.true(longest < 16_384, `an output has ${longest} characters`);
});
