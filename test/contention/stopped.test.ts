import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { systemClock } from '@tagflow/action-kit';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test from 'ava';
import { root } from '../../scripts/workspaces.ts';
import { allOn, bothLabels, startScenario } from '../faults/scenario.ts';
import { type LabWorld, promoteArgs } from '../pipelines/lab-world.ts';
import { answerOf } from '../pipelines/tagflow.ts';

/** Longer than a lease lasts. */
const pauseMs = 200_000;

test('stopped between the check of its lease and a write, until another one has promoted: at most one write, and it knows', async (t) => {
  const { world, hashes } = await startScenario(t);
  const { lab } = world;
  const writes: string[] = [];
  let isCounting = false;
  const counted = (what: string): void => void (isCounting && writes.push(what));
  for (const registry of [lab.rdo, lab.docker]) {
    registry.setFaults((request) => {
      if (request.method === 'PUT') counted(`${request.kind} ${request.reference}`);
      return null;
    });
  }
  lab.dlrn.setFaults(({ method, path }) => {
    if (method === 'POST' && path.startsWith('/api/promote')) counted('promote');
    return undefined;
  });

  const child = startStopping(world);
  t.teardown(() => void child.process.kill('SIGKILL'));
  await child.stopped;
  t.deepEqual((await bothLabels(world)).label, allOn(hashes[1]), 'it has not written the label yet');

  // To somebody whose clock is past the lease, the holder is gone: the promotion is ended first, and then undone.
  const later = { ...systemClock, now: () => systemClock.now() + pauseMs };
  const inputs = { phase: 'upstream', mode: 'rollback', 'full-hash': hashes[0], reason: 'a rival' };
  const rival = await world.act(promoteSymlink, inputs, { clock: later });
  t.is(rival.outcome, 'done', rival.message);
  t.deepEqual((await bothLabels(world)).label, allOn(hashes[0]));

  isCounting = true;
  child.process.kill('SIGCONT');
  const ended = await child.ended;
  isCounting = false;
  const { outcome, error } = answerOf(ended);
  t.is(outcome, 'half-done', ended.stderr);
  t.regex(`${error?.message}`, /somebody else gave it: the lease of .* is no longer held/);
  t.true(writes.length <= 1, `it wrote ${writes.join(', ')}`);
  t.log(`after SIGCONT: ${writes.length === 0 ? 'no write' : writes.join(', ')}`);

  lab.rdo.setFaults(null);
  lab.docker.setFaults(null);
  lab.dlrn.setFaults(undefined);
  const resumed = await world.run(promoteArgs(world, 'resume'));
  t.is(resumed.exitCode, 0, resumed.stderr);
  t.deepEqual((await bothLabels(world)).label, allOn(hashes[0]), 'all kinds are where the rival brought them');
});

/** Starts a promotion in a process that stops itself before its first write of a label; see stop-before-write.ts. */
function startStopping(world: LabWorld) {
  const preload = join(import.meta.dirname, 'stop-before-write.ts');
  const child = spawn(
    process.execPath,
    ['--import', preload, join(root, 'dist/tagflow.js'), ...promoteArgs(world, 'promote')],
    {
      cwd: world.lab.root,
      env: { PATH: process.env['PATH'] ?? '', HOME: world.lab.root, TMPDIR: world.lab.root, ...world.env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  const [, stdout, stderr, notes] = child.stdio;
  if (stdout === null || stderr === null || notes === null || notes === undefined)
    throw new Error('the child has no pipes');
  const ended = Promise.all([text(stdout), text(stderr), once(child, 'close')]).then(([out, words]) => ({
    ...{ exitCode: child.exitCode, signal: child.signalCode, stdout: out, stderr: words },
  }));
  const stopped = once(notes, 'data').then(async () => {
    // It says so right before it stops.
    while (stateOf(child.pid ?? 0) !== 'T') await new Promise((resolve) => setImmediate(resolve));
  });
  return { process: child, ended, stopped };
}

/** The state of a process as the kernel has it: `T` for one that is stopped. */
function stateOf(pid: number): string {
  return /^\d+ \(.*\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
}
