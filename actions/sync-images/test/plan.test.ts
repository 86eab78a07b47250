import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '@tagflow/config';
import {
  type ArtifactSet,
  formatPlan,
  formatSet,
  mergeSets,
  type Move,
  parseLabel,
  parseSet,
  type Plan,
} from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { configOf, containersPart, hash, imagesSet, otherHash, startWorld, totalBytes } from './world.ts';

// A plan of promote-symlink is staged in every store that it moves links in, and no link moves.

const label = parseLabel('current-tripleo');
const set = mergeSets([imagesSet(), parseSet(containersPart, 'containers')]);

interface Edit extends Partial<Plan> {
  /** The names of the stores that the plan moves links in. Default: both. */
  readonly stores?: readonly string[];
}

/** A public store, which has the images of a build, and an internal one, which has nothing; and plans for both. */
async function startPlanned(t: ExecutionContext) {
  const world = await startWorld(t);
  const text = configOf(world).replace('{destinations: [rdo]}', '{destinations: [rdo, inside]}');
  const config = await world.file('tagflow.yaml', text.replace('file:inside', `file:${world.root}/inside`));
  for (const folder of ['rdo', 'inside']) await mkdir(join(world.root, folder));
  const { digest: configDigest } = await loadConfig(config);
  const inputs = { config, mode: 'publish', ...world.login };
  const published = await world.run({ ...inputs, phase: 'upstream', 'full-hash': hash, source: world.builtUrl });
  if (published.outcome !== 'done') throw new Error(published.message);
  let plans = 0;
  const planFile = ({ stores = ['rdo', 'inside'], ...edit }: Edit = {}) => {
    const link = (name: string): Move => {
      const pointer = `centos9/master/${label}`;
      return { destination: `images ${name}`, kind: 'images', label, pointer, from: null, to: hash };
    };
    const plan: Plan = {
      ...{ mode: 'promote', release: 'master', component: null, label, candidateLabel: null },
      ...{ fromHash: null, toHash: hash, set, fromSet: null, irreversible: [], notes: [] },
      moves: [
        ...stores.map(link),
        { destination: 'repository', kind: 'repository', label, pointer: label, from: null, to: hash },
      ],
      verdict: { answer: 'yes', fullHash: hash, reasons: [], waivers: [], votes: [], criteriaDigest: 'sha256:0' },
      ...{ criteria: 'none', waivers: [], version: 1, policyDigest: 'sha256:0', configDigest, reason: null },
      ...{ actor: 'test', createdAt: '2026-01-01T00:00:00.000Z', ...edit },
    };
    return world.file(`plan-${++plans}.json`, formatPlan(plan));
  };
  const places = { rdo: join(world.root, 'rdo/centos9/master'), inside: join(world.root, 'inside/master') };
  return { world, inputs, places, planFile };
}

const readSet = async (path: string): Promise<ArtifactSet> => parseSet(await readFile(path, 'utf8'), 'set');

test('staged in every store of the phase, from the one that holds the images; the set is whole, no link moves', async (t) => {
  const { world, inputs, places, planFile } = await startPlanned(t);
  await symlink('before', join(places.rdo, label));
  const plan = { ...inputs, plan: await planFile() };

  const dry = await world.run({ ...plan, 'dry-run': 'true' });
  t.is(dry.outcome, 'planned', dry.message);
  t.regex(dry.message ?? '', /would stage ironic-python-agent\.tar, overcloud-full\.tar in file:\S+\/inside/);
  t.regex(
    dry.message ?? '',
    /would stage \S+, \S+ in sftp:\S+, because its set\.json does not list 1 of the containers;/,
  );
  t.deepEqual(await readdir(join(world.root, 'inside')), []);

  const staged = await world.run(plan);
  t.is(staged.outcome, 'done', staged.message);
  t.regex(staged.message ?? '', /; current-tripleo was not moved$/);
  t.is(staged.outputs['bytes-moved'], totalBytes);
  t.is(staged.outputs['files']?.split('\n').length, 2);
  for (const folder of [places.rdo, places.inside]) t.deepEqual(await readSet(join(folder, hash, 'set.json')), set);
  t.deepEqual(await readSet(staged.outputs['set'] ?? ''), set);
  t.deepEqual([(await readdir(places.rdo)).sort(), await readdir(places.inside)], [[hash, label], [hash]]);

  const again = await world.run(plan);
  t.is(again.outcome, 'nothing-to-do', again.message);
  t.is((await world.run({ ...plan, 'dry-run': 'true' })).outcome, 'nothing-to-do');
  await rm(join(places.rdo, hash, 'set.json'));
  t.is(
    (await world.run({ ...plan, 'dry-run': 'true' })).outcome,
    'planned',
    'one store lacks it, the last one does not',
  );
  t.is(again.outputs['bytes-moved'], '0');
});

test('internal images reach the internal store alone, from the folder that is given', async (t) => {
  const { world, inputs, places, planFile } = await startPlanned(t);
  const [agent, full] = imagesSet().images.map(({ name }) => name);
  const images = set.images.map((image) => (image.name === full ? { ...image, visibility: 'internal' } : image));
  await rm(join(places.rdo, hash), { recursive: true });
  const mixed = { ...set, images } as ArtifactSet;
  const result = await world.run({ ...inputs, plan: await planFile({ set: mixed }), source: world.builtUrl });
  t.is(result.outcome, 'done', result.message);
  const listed = async (folder: string) =>
    (await readSet(join(folder, hash, 'set.json'))).images.map(({ name }) => name);
  t.deepEqual([await listed(places.rdo), await listed(places.inside)], [[agent], [agent, full]]);
  t.false((await readdir(join(places.rdo, hash))).includes(full ?? ''));
});

test('verify with a plan looks at every store, tells all that is wrong, and writes nothing', async (t) => {
  const { world, inputs, places, planFile } = await startPlanned(t);
  const plan = await planFile();
  const verify = { ...inputs, mode: 'verify', plan };
  await world.run({ ...inputs, plan });
  t.is((await world.run(verify)).outcome, 'done');
  for (const folder of [places.rdo, places.inside]) await rm(join(folder, hash, 'overcloud-full.tar'));
  const result = await world.run(verify);
  t.is(result.outcome, 'failed');
  t.is(result.message?.match(/overcloud-full\.tar is missing/g)?.length, 2);
  t.false((await readdir(join(places.inside, hash))).includes('overcloud-full.tar'));
});

test('an image that is nowhere any more is named: failed', async (t) => {
  const { world, inputs, places, planFile } = await startPlanned(t);
  await rm(join(places.rdo, hash, 'overcloud-full.tar'));
  const result = await world.run({ ...inputs, plan: await planFile() });
  t.deepEqual([result.outcome, result.error?.code], ['failed', 'no-source']);
  t.regex(result.message ?? '', /image overcloud-full\.tar \(200003 bytes\) is nowhere to be copied from/);
});

test('a store that was left out of the plan is left alone; a given one gets the set instead', async (t) => {
  const { world, inputs, places, planFile } = await startPlanned(t);
  const plan = await planFile({ mode: 'repair', fromHash: hash, stores: ['rdo'] });
  t.is((await world.run({ ...inputs, plan })).outcome, 'done');
  t.deepEqual(await readSet(join(places.rdo, hash, 'set.json')), set);
  t.deepEqual(await readdir(join(world.root, 'inside')), []);
  const elsewhere = await world.run({ ...inputs, plan, destination: `file://${world.root}/elsewhere` });
  t.is(elsewhere.outcome, 'done', elsewhere.message);
  t.deepEqual(await readSet(join(world.root, 'elsewhere/master', hash, 'set.json')), set);
});

test('what contradicts a plan is refused, and what it does not move is nothing to do', async (t) => {
  const { world, inputs, planFile } = await startPlanned(t);
  const plan = await planFile();
  const named = await world.file('set.json', formatSet(set));
  const invalid: readonly (readonly [inputs: Readonly<Record<string, string>>, said: RegExp])[] = [
    [{ label }, /"label": with a plan no label is moved/],
    [{ mode: 'verify', label: 'my-own' }, /"label": with a plan/],
    [{ mode: 'link' }, /"mode": with a plan link is refused.*promote-symlink/],
    [{ mode: 'mirror' }, /"mode": with a plan mirror is refused/],
    [{ files: 'overcloud-full.tar', set: named }, /"set": .*; input "files": a plan is staged and verified whole/],
    [{ 'full-hash': otherHash }, /"full-hash": \S+ is not that of the plan/],
    [{ release: 'wallaby' }, /"release": wallaby is not that of the plan, master/],
    [{ phase: 'rdo-phase-1' }, /"plan": it moves current-tripleo, and phase rdo-phase-1 moves current-tripleo-rdo/],
    [
      { plan: await planFile({ configDigest: 'sha256:1' }) },
      /"plan": it was not made with \S+tagflow\.yaml as it is now/,
    ],
    [{ plan: await planFile({ toHash: otherHash }) }, /its set is of a{40}\S+, and toHash is b{40}/],
    [{ plan: await planFile({ release: 'wallaby' }) }, /it was not made with/],
  ];
  for (const [more, said] of invalid) {
    const result = await world.run({ ...inputs, plan, ...more });
    t.is(result.outcome, 'invalid', result.message);
    t.regex(result.message ?? '', said);
  }
  const idle: readonly (readonly [edit: Edit, said: RegExp])[] = [
    [{ mode: 'pin', label: parseLabel('tripleo-ci-testing') }, /^the plan pins tripleo-ci-testing: /],
    [{ set: { ...set, images: [] } }, /^the plan of current-tripleo holds no images$/],
    [{ stores: [] }, /^the plan of current-tripleo has nothing to publish/],
  ];
  for (const [edit, said] of idle) {
    const result = await world.run({ ...inputs, plan: await planFile(edit) });
    t.is(result.outcome, 'nothing-to-do', result.message);
    t.regex(result.message ?? '', said);
  }
  t.deepEqual(await readdir(join(world.root, 'inside')), []);
});
