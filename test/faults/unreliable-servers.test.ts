import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test from 'ava';
import { bothLabels, allOn, hasty, isCommit, isTagging, startScenario } from './scenario.ts';

test.serial(
  'a registry that takes a container and loses its hash tag: the set is not whole, and no label moves',
  async (t) => {
    const { world, hashes } = await startScenario(t);
    const { docker } = world.lab;
    const before = await bothLabels(world);
    const repository = docker.repositories().find((name) => name.endsWith('-heat-api')) ?? '';
    docker.moveTag(repository, hashes[2], null);
    docker.setFaults(({ method, reference }) => {
      return method === 'PUT' && reference === hashes[2] ? { type: 'lost-tag' } : null;
    });
    const result = await world.act(promoteSymlink, { phase: 'upstream' }, { clock: hasty });
    t.is(result.outcome, 'failed', result.message);
    t.regex(result.message ?? '', /nothing was moved: .*heat-api/);
    t.deepEqual(await bothLabels(world), before);
  },
);

test.serial('a registry that loses the label of one container: everything that had moved is taken back', async (t) => {
  const { world } = await startScenario(t);
  const before = await bothLabels(world);
  world.lab.docker.setFaults((request) =>
    isTagging(request) && request.repository.endsWith('-heat-engine') ? { type: 'lost-tag' } : null,
  );
  const result = await world.act(promoteSymlink, { phase: 'upstream' }, { clock: hasty });
  t.is(result.outcome, 'failed', result.message);
  t.regex(result.message ?? '', /every label is where it was, read back: .*heat-engine/);
  t.deepEqual(await bothLabels(world), before);
});

test.serial('a DLRN that never promotes: everything that had moved is taken back', async (t) => {
  const { world } = await startScenario(t);
  const before = await bothLabels(world);
  world.lab.dlrn.setFaults((request) => (isCommit(request) ? 'html' : undefined));
  const result = await world.act(promoteSymlink, { phase: 'upstream' }, { clock: hasty });
  t.is(result.outcome, 'failed', result.message);
  t.regex(result.message ?? '', /every label is where it was, read back: .*was not promoted to current-tripleo/);
  const after = await bothLabels(world);
  t.deepEqual(after, before);
});

test.serial('writes that were made and not answered are looked up, not feared: the promotion is done', async (t) => {
  const { world, hashes } = await startScenario(t);
  const { docker, rdo, dlrn } = world.lab;
  for (const [registry, fault] of [
    [docker, { type: 'reset-after' }],
    [rdo, { type: 'status-after', status: 502 }],
  ] as const) {
    let left = 2;
    registry.setFaults((request) => (isTagging(request) && left-- > 0 ? fault : null));
  }
  let left = 1;
  dlrn.setFaults((request) => (isCommit(request) && left-- > 0 ? 'after' : undefined));
  const result = await world.act(promoteSymlink, { phase: 'upstream' }, { clock: hasty });
  t.is(result.outcome, 'done', result.message);
  t.deepEqual(await bothLabels(world), { label: allOn(hashes[2]), previous: allOn(hashes[1]) });
});
