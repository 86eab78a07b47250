import { action as promoteSymlink } from '@tagflow/promote-symlink';
import type { LabRegistry, LabRequest } from '@tagflow/lab';
import { action as syncImages } from '@tagflow/sync-images';
import { action as tagAndPush } from '@tagflow/tag-and-push-containers';
import test from 'ava';
import { type LabWorld, namespace, stageBuild, startLabWorld, subtree } from './lab-world.ts';
import { readAllTruths, readTruth } from './truth.ts';

const phase = { phase: 'upstream' };

/** Every manifest that was written, and everything that carried bytes, since the last look. */
function watch(registries: readonly LabRegistry[]) {
  let seen: LabRequest[] = [];
  for (const registry of registries) registry.setFaults((request) => void seen.push(request));
  return () => {
    const asked = seen;
    seen = [];
    const written = asked.filter(({ method }) => method === 'PUT' || method === 'POST');
    return {
      tagged: [...new Set(written.filter(({ kind }) => kind === 'manifest').map(({ reference }) => reference))],
      carried: written.filter(({ kind }) => kind !== 'manifest').length,
    };
  };
}

/** Stages a build where it was built, and nowhere else. */
async function stageBuildAtHome(world: LabWorld) {
  const config = await world.writeConfig((tree) => {
    subtree(tree, 'phases', 'upstream', 'promote', 'containers')['destinations'] = ['rdo'];
  });
  return stageBuild({ ...world, act: (action, inputs, parts) => world.act(action, { config, ...inputs }, parts) });
}

test('a plan is staged by two jobs side by side, and then applied without another byte', async (t) => {
  const world = await startLabWorld();
  const { lab } = world;
  t.teardown(() => world.close());
  const config = await world.writeConfig((tree) => {
    subtree(tree, 'phases', 'upstream', 'promote', 'images')['destinations'] = ['public', 'internal'];
  });
  const hash = await stageBuildAtHome(world);
  t.deepEqual(lab.docker.repositories(), []);
  const before = await readAllTruths(lab);
  const look = watch([lab.rdo, lab.docker]);

  const made = await world.act(promoteSymlink, { ...phase, config, 'dry-run': 'true' });
  t.is(made.outcome, 'planned', made.message);
  t.deepEqual(look(), { tagged: [], carried: 0 });
  const plan = { plan: made.outputs['plan'] ?? '', config };
  const stage = () => Promise.all([world.act(tagAndPush, plan), world.act(syncImages, { ...plan, mode: 'publish' })]);

  const staged = await stage();
  t.deepEqual(
    staged.map(({ outcome }) => outcome),
    ['done', 'done'],
    staged.map(({ message }) => message).join('\n'),
  );
  const { tagged, carried } = look();
  t.true(carried > 0);
  t.deepEqual(
    tagged.filter((reference) => !reference.startsWith('sha256:')),
    [hash],
  );
  t.deepEqual(await readAllTruths(lab), before, 'no label has moved');

  const again = await stage();
  t.deepEqual(
    again.map(({ outcome }) => outcome),
    ['nothing-to-do', 'nothing-to-do'],
  );
  t.deepEqual(look(), { tagged: [], carried: 0 });

  // Somebody else moves one tag of the label, so the plan does not hold any more, staged or not.
  const repository = `${namespace}/centos-binary-heat-api`;
  const other = await lab.docker.putImage(repository, ['current-tripleo'], { layers: [Buffer.from('another')] });
  const apply = () => world.act(promoteSymlink, { ...phase, ...plan });
  const refused = await apply();
  t.is(refused.outcome, 'failed', refused.message);
  t.regex(refused.message ?? '', /somebody else moved a label: registry docker: heat-api:current-tripleo/);
  t.deepEqual(look(), { tagged: [], carried: 0 });
  t.is(lab.docker.manifest(repository, 'current-tripleo')?.digest, other);
  lab.docker.moveTag(repository, 'current-tripleo', null);
  t.deepEqual(await readAllTruths(lab), before);

  const asked = lab.images.requests().length;
  const applied = await apply();
  t.is(applied.outcome, 'done', applied.message);
  t.deepEqual(look(), { tagged: ['current-tripleo'], carried: 0 });
  t.deepEqual(
    lab.images
      .requests()
      .slice(asked)
      .filter(({ method }) => method === 'GET'),
    [],
    'no image was read to be copied',
  );
  t.deepEqual(await readTruth(lab, 'current-tripleo'), {
    ...{ repository: hash, rdo: hash, docker: hash, public: hash, internal: hash },
  });
});
