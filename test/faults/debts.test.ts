import type { ExecutionResult } from '@tagflow/action-kit';
import type { FullHash } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test, { type ExecutionContext } from 'ava';
import { type LabWorld, namespace, promoteArgs, stageBuild, startLabWorld, subtree } from '../pipelines/lab-world.ts';
import { readTruth } from '../pipelines/truth.ts';
import { allOn, bothLabels, hasty, isTagging, label } from './scenario.ts';

/** A lab whose docker registry is optional, and was down while the newest set was built and promoted. */
interface Owing {
  readonly world: LabWorld;
  readonly config: string;
  /** Oldest first: what previous-current-tripleo names, and what current-tripleo names. */
  readonly hashes: readonly [FullHash, FullHash];
  readonly promoted: ExecutionResult;
  act(inputs?: Readonly<Record<string, string>>): Promise<ExecutionResult>;
}

const noDocker = { type: 'reset' } as const;

async function startOwing(t: ExecutionContext<unknown>): Promise<Owing> {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const config = await world.writeConfig((tree) => {
    subtree(tree, 'phases', 'upstream', 'promote', 'containers')['optional'] = ['docker'];
    // The next phase reads from what this one may leave behind.
    subtree(tree, 'phases', 'rdo-phase-1', 'promote', 'containers')['source'] = 'docker';
  });
  const act: Owing['act'] = (inputs) =>
    world.act(promoteSymlink, { config, phase: 'upstream', ...inputs }, { clock: hasty });
  const first = await stageBuild(world);
  t.is((await act()).outcome, 'done');
  t.deepEqual((await bothLabels(world)).label, allOn(first), 'docker followed');
  const second = await stageInRdo(world);
  world.lab.docker.setFaults(() => noDocker);
  return { world, config, act, hashes: [first, second], promoted: await act() };
}

/** As `stageBuild`, with containers that docker never got. */
async function stageInRdo(world: LabWorld): Promise<FullHash> {
  const config = await world.writeConfig((tree) => {
    subtree(tree, 'phases', 'upstream', 'promote', 'containers')['destinations'] = ['rdo'];
  });
  return stageBuild({
    ...world,
    async act(action, inputs, parts) {
      const result = await world.act(action, { config, ...inputs }, parts);
      // The containers were built in rdo: only their set is published, and nothing is copied.
      return result.outcome === 'nothing-to-do' ? { ...result, outcome: 'done' } : result;
    },
  });
}

function setIn({ lab }: LabWorld, hash: FullHash): unknown {
  return lab.docker.manifest(`${namespace}/tagflow-set`, hash);
}

test('docker is down: the promotion is done and owes; a run with nothing new waits, then pays, then has nothing to do', async (t) => {
  const { world, hashes, promoted, act } = await startOwing(t);
  const [first, second] = hashes;
  t.is(promoted.outcome, 'done', promoted.message);
  t.regex(promoted.message ?? '', /; owing: registry docker$/);
  t.regex(promoted.outputs['debts'] ?? '', new RegExp(`^registry docker may owe current-tripleo → ${second}: .*\\.$`));
  t.regex(promoted.summary ?? '', /Still to do:\n\n- registry docker may owe current-tripleo/);
  t.deepEqual((await bothLabels(world)).label, { ...allOn(second), docker: first });

  const early = await act();
  t.is(early.outcome, 'waiting');
  t.regex(early.message ?? '', /registry docker may owe current-tripleo → /);
  const dry = await act({ 'dry-run': 'true' });
  t.is(dry.outcome, 'waiting', 'nobody can say what would be written');

  world.lab.docker.setFaults(null);
  const foretold = await act({ 'dry-run': 'true' });
  t.is(foretold.outcome, 'planned', foretold.message);
  t.regex(foretold.message ?? '', /would pay: registry docker, 4 tags of current-tripleo/);
  t.deepEqual((await bothLabels(world)).label, { ...allOn(second), docker: first }, 'a dry run writes nothing');
  t.is(setIn(world, second), null);

  const paid = await act();
  t.is(paid.outcome, 'done', paid.message);
  t.regex(paid.message ?? '', /; paid: registry docker, 8 tags$/);
  t.is(paid.outputs['debts'], '');
  t.deepEqual(await bothLabels(world), { label: allOn(second), previous: allOn(first) });
  t.not(setIn(world, second), null, 'the set is published there');

  world.lab.docker.resetRequests();
  t.is((await act()).outcome, 'nothing-to-do');
  const { 'HEAD manifest': heads, 'GET ping': _ping, ...others } = world.lab.docker.requests().counts;
  t.is(heads, 8, 'one for each tag');
  t.deepEqual(others, {});
});

test('a rollback while docker owes is done, and what docker misses is paid to where the labels are then', async (t) => {
  const { world, hashes, act } = await startOwing(t);
  const [first] = hashes;
  const back = await act({ mode: 'rollback', reason: 'bug 1' });
  t.is(back.outcome, 'done', back.message);
  t.regex(back.outputs['debts'] ?? '', /registry docker may owe/);
  t.deepEqual((await bothLabels(world)).label, allOn(first));
  world.lab.docker.setFaults(null);
  const paid = await act({ mode: 'resume' });
  t.regex(
    paid.message ?? '',
    /all kinds agree: .*; paid: registry docker, 4 tags$/,
    'those of previous: it never left the set',
  );
  t.deepEqual(await bothLabels(world), { label: allOn(first), previous: allOn(first) });
});

test('the next promotion pays to the current set before it moves anything to the next one', async (t) => {
  const { world, hashes, act } = await startOwing(t);
  const [, second] = hashes;
  const third = await stageInRdo(world);
  const seen: string[] = [];
  world.lab.docker.setFaults((request) => {
    if (isTagging(request)) seen.push(`${world.lab.dlrn.state.tree.readLink(label)?.split('/').at(-1)}`);
    return null;
  });
  const next = await act();
  t.is(next.outcome, 'done', next.message);
  t.regex(next.message ?? '', /; paid: registry docker, 8 tags; followed by registry docker, 8 tags$/);
  t.deepEqual(await bothLabels(world), { label: allOn(third), previous: allOn(second) });
  t.deepEqual(seen, [second, second, second, second, third, third, third, third]);
});

test('killed in the middle of paying: the next run pays the rest', async (t) => {
  const { world, config, hashes, act } = await startOwing(t);
  const [first, second] = hashes;
  const { child, ended } = world.start(promoteArgs({ config }, 'promote'));
  let tags = 0;
  world.lab.docker.setFaults((request) => {
    if (!isTagging(request)) return null;
    tags += 1;
    if (tags === 2) child.kill('SIGKILL');
    return tags === 1 ? null : noDocker;
  });
  const { signal, stderr } = await ended;
  t.is(signal, 'SIGKILL', stderr);
  t.regex(`${(await readTruth(world.lab, label)).docker}`, / and /, 'some tags moved and some did not');
  world.lab.docker.setFaults(null);
  const next = await act();
  t.is(next.outcome, 'done', next.message);
  t.regex(next.message ?? '', /; paid: registry docker, 3 tags$/);
  t.deepEqual(await bothLabels(world), { label: allOn(second), previous: allOn(first) });
});

test('the next phase does not read from docker while it owes, and does when it has paid', async (t) => {
  const { world, hashes, act } = await startOwing(t);
  const [, second] = hashes;
  const nextPhase = { phase: 'rdo-phase-1', criteria: 'none' };
  world.lab.docker.setFaults(null);
  const refused = await act(nextPhase);
  t.is(refused.outcome, 'waiting');
  t.is(refused.error?.code, 'owing');
  t.is(refused.error?.message, `registry docker owes current-tripleo: 4 of 4 tags are not those of ${second}`);
  t.is(refused.error?.next, 'Pay first: promote-symlink for phase upstream.');
  t.is((await readTruth(world.lab, 'current-tripleo-rdo')).repository, null);

  t.is((await act()).outcome, 'done');
  const allowed = await act(nextPhase);
  t.is(allowed.outcome, 'done', allowed.message);
  t.deepEqual(await readTruth(world.lab, 'current-tripleo-rdo'), allOn(second));
});
