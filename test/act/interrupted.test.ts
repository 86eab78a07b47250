import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import type { Lab } from '@tagflow/lab';
import { parse, stringify } from 'yaml';
import { type ActRequest, runAct } from '../../scripts/run-act.ts';
import { allOn, isCommit, isTagging, label } from '../faults/scenario.ts';
import { readTruth } from '../pipelines/truth.ts';
import { promotionOutcome, startActLab } from './act-lab.ts';

// One world for all: each test goes on where the one before ended.
let lab: Lab;

test.before(async () => {
  lab = await startActLab();
});
test.after.always(() => lab.close());

const workflow = 'phase-upstream.yml';
const hashOf = (run: Awaited<ReturnType<typeof runAct>>) => run.outputs.get('hash hash.full-hash') as never;

test.serial('a registry that fails in the middle of the flip: half-done, and the next run ends it', async (t) => {
  let tags = 0;
  lab.docker.setFaults((request) => {
    if (isTagging(request)) tags += 1;
    return tags > 1 ? { type: 'status', status: 403 } : null;
  });
  const run = await runAct({ lab, workflow });
  lab.docker.setFaults(null);
  t.is(run.exitCode, 1);
  t.is(promotionOutcome(run), 'half-done');
  t.is((await readTruth(lab, label)).repository, null, 'DLRN was not reached');
  t.false(run.jobs.has('mirror'), 'nobody gets half of a promotion');

  const next = await runAct({ lab, workflow });
  t.is(next.exitCode, 0);
  t.is(next.outputs.get('plan plan.outcome'), 'half-done', 'the plan leaves it to the job that may move the label');
  t.true(next.text.includes(`an earlier promotion of ${label} was interrupted: ending it first`));
  t.is(promotionOutcome(next), 'nothing-to-do', 'besides that');
  t.is(hashOf(next), hashOf(run));
  t.deepEqual(await readTruth(lab, label), allOn(hashOf(run)));
});

test.serial('killed in its flip, with a ledger in the workspace that is gone then: the next run ends it', async (t) => {
  const before = await readTruth(lab, label);
  lab.builder.build();
  const own = inCheckout();
  let act = 0;
  let killed = 0;
  lab.dlrn.setFaults((request) => {
    if (!isCommit(request)) return undefined;
    for (const pid of processesBelow(act).filter((id) => commandOf(id).includes('promote-symlink.js'))) {
      process.kill(pid, 'SIGKILL');
      killed += 1;
    }
    return 'hang';
  });
  const run = await runAct({ ...own, onStart: (pid) => (act = pid) });
  lab.dlrn.setFaults(undefined);
  t.is(killed, 1);
  t.is(run.exitCode, 1);
  t.is(run.jobs.get('promote'), 'failure');
  t.is(run.outputs.get('promote promote.outcome'), undefined, 'it had no last word');
  t.deepEqual(await readTruth(lab, label), { ...allOn(hashOf(run)), repository: before.repository });

  const next = await runAct(own);
  t.is(next.exitCode, 0);
  t.is(promotionOutcome(next), 'done');
  t.is(hashOf(next), hashOf(run));
  t.deepEqual(await readTruth(lab, label), allOn(hashOf(run)));
  t.deepEqual((await readTruth(lab, `previous-${label}`)).repository, before.repository);
});

test.serial('the run after that finds nothing to do, and that is a success', async (t) => {
  const run = await runAct(inCheckout());
  t.is(run.exitCode, 0);
  t.is(promotionOutcome(run), 'nothing-to-do');
  t.false(run.jobs.has('test'), 'nothing was tested again');
});

/** A tagflow.yaml in the checkout, whose ledger is there too: every job has its own, and loses it. */
function inCheckout(): ActRequest {
  const config = parse(lab.config()) as Record<string, unknown>;
  const text = stringify({ ...config, ledger: { url: 'sqlite:.tagflow/ledger.db', lock: 'ci' } });
  return { lab, workflow, files: new Map([['tagflow.yaml', text]]), inputs: { config: 'tagflow.yaml' } };
}

function processesBelow(pid: number): readonly number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = ids.filter((id) => Number(/^.*\) \S (\d+)/s.exec(textOf(`/proc/${id}/stat`))?.[1]) === pid);
  return children.flatMap((id) => [Number(id), ...processesBelow(Number(id))]);
}

const commandOf = (pid: number): string => textOf(`/proc/${String(pid)}/cmdline`);

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // it ended meanwhile
    return '';
  }
}
