import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionResult } from '@tagflow/action-kit';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test, { type ExecutionContext } from 'ava';
import { type LabWorld, promoteArgs, stageBuild, startLabWorld } from '../pipelines/lab-world.ts';
import { answerOf } from '../pipelines/tagflow.ts';
import { allOn, bothLabels, isCommit, isTagging, type Scenario, startScenario } from './scenario.ts';

/** Where a promotion is killed: each sets the traps and resolves when the process cannot go on any more. */
const killPoints = {
  'among the container tags': async (t: ExecutionContext<unknown>, scenario: Scenario) => {
    const { world, hashes } = scenario;
    await killed(t, world, (kill) => {
      let tags = 0;
      world.lab.docker.setFaults((request) => {
        if (!isTagging(request)) return null;
        tags += 1;
        // One tag is moved; the process dies with the second, and what it sent beside that is lost.
        if (tags === 2) kill();
        return tags === 1 ? null : { type: 'reset' };
      });
    });
    const { label } = await bothLabels(world);
    t.is(label.repository, hashes[1], 'DLRN was not reached');
    t.regex(`${label.docker}`, / and /, 'some containers moved and some did not');
  },
  'between the container tags and DLRN': async (t: ExecutionContext<unknown>, scenario: Scenario) => {
    const { world, hashes } = scenario;
    await killed(t, world, (kill) => {
      world.lab.dlrn.setFaults((request) => {
        if (!isCommit(request)) return undefined;
        kill();
        return 'hang';
      });
    });
    t.deepEqual((await bothLabels(world)).label, { ...allOn(hashes[2]), repository: hashes[1] });
  },
  'right after DLRN moved the label': async (t: ExecutionContext<unknown>, scenario: Scenario) => {
    const { world, hashes } = scenario;
    await killed(t, world, (kill) => {
      let moved = false;
      world.lab.dlrn.setFaults((request) => {
        if (moved) {
          kill();
          return 'hang';
        }
        moved = isCommit(request);
        return moved ? 'after' : undefined;
      });
    });
    t.deepEqual((await bothLabels(world)).label, allOn(hashes[2]));
  },
} as const;

// Every point there is, with the ledger and without it, is test/sweep; here is one way of healing for each stretch.
test.serial('killed among the container tags: resume, a process of its own, goes forward at once', async (t) => {
  const scenario = await startScenario(t);
  const { world, hashes } = scenario;
  await killPoints['among the container tags'](t, scenario);
  const resumed = await world.run(promoteArgs(world, 'resume'));
  t.is(resumed.exitCode, 0, resumed.stderr);
  t.is(answerOf(resumed).outcome, 'done');
  t.deepEqual(await bothLabels(world), { label: allOn(hashes[2]), previous: allOn(hashes[1]) });
  t.is((await act(world, 'resume')).outcome, 'nothing-to-do', 'it is ended in the ledger too');
  t.is((await act(world, 'promote')).outcome, 'nothing-to-do');
});

test.serial(
  'killed between the container tags and DLRN, and the ledger is gone: resume goes back, the next run promotes',
  async (t) => {
    const scenario = await startScenario(t);
    const { world, hashes } = scenario;
    await killPoints['between the container tags and DLRN'](t, scenario);
    await loseLedger(world);
    const resumed = await act(world, 'resume');
    t.is(resumed.outcome, 'done', resumed.message);
    const { label, previous } = await bothLabels(world);
    t.deepEqual(label, allOn(hashes[1]));
    t.is(new Set([previous.repository, previous.rdo, previous.docker, previous.public]).size, 1, 'previous agrees');
    const next = await act(world, 'promote');
    t.is(next.outcome, 'done', next.message);
    t.deepEqual(await bothLabels(world), { label: allOn(hashes[2]), previous: allOn(hashes[1]) });
  },
);

test.serial('killed right after DLRN moved the label: the next ordinary promotion heals by itself', async (t) => {
  const scenario = await startScenario(t);
  const { world, hashes } = scenario;
  await killPoints['right after DLRN moved the label'](t, scenario);
  const next = await act(world, 'promote');
  t.is(next.outcome, 'nothing-to-do', next.message);
  t.deepEqual(await bothLabels(world), { label: allOn(hashes[2]), previous: allOn(hashes[1]) });
  t.is((await act(world, 'resume')).outcome, 'nothing-to-do', 'it is ended in the ledger too');
});

test.serial(
  'killed in the first promotion of a label, and the ledger is gone: the next one makes it whole',
  async (t) => {
    const world = await startLabWorld();
    t.teardown(() => world.close());
    const hash = await stageBuild(world);
    await killed(t, world, (kill) => {
      world.lab.dlrn.setFaults((request) => {
        if (!isCommit(request)) return undefined;
        kill();
        return 'hang';
      });
    });
    await loseLedger(world);
    t.deepEqual((await bothLabels(world)).label, { ...allOn(hash), repository: null });
    const next = await world.run(promoteArgs(world, 'promote'));
    t.is(next.exitCode, 0, next.stderr);
    t.deepEqual((await bothLabels(world)).label, allOn(hash));
  },
);

test.serial(
  'SIGTERM inside the flip: it is finished first, in spite of a request that has to be made again',
  async (t) => {
    const { world, hashes } = await startScenario(t);
    const { lab } = world;
    const { child, ended } = world.start(promoteArgs(world, 'promote'));
    let commits = 0;
    lab.docker.setFaults((request) => {
      if (isTagging(request)) child.kill('SIGTERM');
      return null;
    });
    lab.dlrn.setFaults((request) => {
      if (!isCommit(request)) return undefined;
      commits += 1;
      return commits === 1 ? 'reset' : undefined;
    });
    const { exitCode, stderr, stdout, signal } = await ended;
    t.is(exitCode, 0, stderr);
    t.is(answerOf({ exitCode, stderr, stdout, signal }).outcome, 'done');
    t.regex(stderr, /SIGTERM/);
    t.regex(stderr, /in the middle of a flip: finishing it first/);
    t.true(commits >= 2, 'the label was written again after the signal');
    t.deepEqual(await bothLabels(world), { label: allOn(hashes[2]), previous: allOn(hashes[1]) });
  },
);

test.serial(
  'SIGTERM while the votes are read: failed, every label where it was, and the next run promotes',
  async (t) => {
    const { world, hashes } = await startScenario(t);
    const before = await bothLabels(world);
    const { child, ended } = world.start(promoteArgs(world, 'promote'));
    world.lab.dlrn.setFaults(({ path }) => {
      if (!path.includes('repo_status')) return undefined;
      child.kill('SIGTERM');
      return 'hang';
    });
    await expectInterrupted(t, await ended);
    t.deepEqual(await bothLabels(world), before);

    world.lab.dlrn.setFaults(undefined);
    t.is((await world.run(promoteArgs(world, 'promote'))).exitCode, 0);
    t.deepEqual(await bothLabels(world), { label: allOn(hashes[2]), previous: allOn(hashes[1]) });
  },
);

test.serial(
  'SIGTERM while staging waits for a busy registry: failed at once, and the ledger knows the end',
  async (t) => {
    const { world, hashes } = await startScenario(t);
    const before = await bothLabels(world);
    const { child, ended } = world.start(promoteArgs(world, 'promote'));
    world.lab.docker.setFaults(({ kind, reference }) => {
      if (kind !== 'manifest' || reference !== hashes[2]) return null;
      child.kill('SIGTERM');
      return { type: 'status', status: 503, retryAfter: 100 };
    });
    await expectInterrupted(t, await ended);
    t.deepEqual(await bothLabels(world), before);

    world.lab.docker.setFaults(null);
    const next = await world.run(promoteArgs(world, 'promote'));
    t.is(next.exitCode, 0, next.stderr);
    t.notRegex(next.stderr, /was interrupted/, 'nothing is left to be ended');
    t.deepEqual(await bothLabels(world), { label: allOn(hashes[2]), previous: allOn(hashes[1]) });
  },
);

/** Starts a promotion in a process of its own, lets the traps kill it with SIGKILL, and takes the traps away. */
async function killed(
  t: ExecutionContext<unknown>,
  world: LabWorld,
  setTraps: (kill: () => void) => void,
): Promise<void> {
  const { child, ended } = world.start(promoteArgs(world, 'promote'));
  setTraps(() => child.kill('SIGKILL'));
  const { signal, stdout, stderr } = await ended;
  t.is(signal, 'SIGKILL', stderr);
  t.is(stdout, '', 'it had no last word');
  world.lab.dlrn.setFaults(undefined);
  world.lab.docker.setFaults(null);
}

async function expectInterrupted(t: ExecutionContext<unknown>, ended: Parameters<typeof answerOf>[0]): Promise<void> {
  t.is(ended.exitCode, 1, ended.stderr);
  const { outcome, error } = answerOf(ended);
  t.is(outcome, 'failed');
  t.regex(`${error?.message}`, /SIGTERM/);
}

/** Runs promote-symlink in this process. */
function act(world: LabWorld, mode: 'promote' | 'resume'): Promise<ExecutionResult> {
  return world.act(promoteSymlink, { phase: 'upstream', mode });
}

async function loseLedger({ lab }: LabWorld): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(join(lab.root, `ledger.db${suffix}`), { force: true });
}
