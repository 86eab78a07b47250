import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkDefinition } from '@tagflow/action-kit';
import { formatSet, parseSet } from '@tagflow/model';
import { storeSchemes } from '@tagflow/store';
import test from 'ava';
import { action } from '../src/action.ts';
import { configOf, containersPart, hash, imagesSet, startWorld, totalBytes, type World } from './world.ts';

/** What a user sees: notes are hidden. */
async function visibleIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
}

test('the definition is sound', (t) => {
  t.notThrows(() => checkDefinition(action));
  t.deepEqual(action.inputs.source.schemes, storeSchemes);
  t.deepEqual(action.inputs.destination.schemes, storeSchemes);
});

test('by URLs: published, verified, mirrored, linked, fetched', async (t) => {
  const world = await startWorld(t);
  const common = { release: 'master', 'full-hash': hash, ...world.login };
  const images = `${world.sftp.url}/images`;
  const publish = { ...common, mode: 'publish', source: world.builtUrl, destination: images };
  const published = await world.run(publish);
  t.is(published.outcome, 'done', published.message);
  t.like(published.outputs, { 'bytes-moved': totalBytes, 'bytes-saved': '0', files: `${images}/master/${hash}` });
  t.deepEqual(parseSet(await readFile(published.outputs['set'] ?? '', 'utf8'), 'set'), imagesSet());
  const again = await world.run(publish);
  t.is(again.outcome, 'nothing-to-do');
  t.like(again.outputs, { 'bytes-moved': '0', 'bytes-saved': totalBytes });

  t.is((await world.run({ ...common, mode: 'verify', destination: `${world.web}/images` })).outcome, 'done');

  const linked = await world.run({ ...common, mode: 'link', destination: images, label: 'passed-ci' });
  t.is(linked.outcome, 'done', linked.message);
  t.is(await readlink(join(world.root, 'images/master/passed-ci')), hash);

  const mirror = { ...common, mode: 'mirror', source: `${world.web}/images`, destination: `${world.sftp.url}/mirror` };
  const mirrored = await world.run({ ...mirror, label: 'passed-ci' });
  t.is(mirrored.outcome, 'done', mirrored.message);
  t.like(mirrored.outputs, { 'bytes-moved': totalBytes, previous: '' });
  t.is(await readlink(join(world.root, 'mirror/master/passed-ci')), hash);

  const fetched = await world.run({
    mode: 'fetch',
    release: 'master',
    label: 'passed-ci',
    source: `${world.web}/mirror`,
  });
  t.is(fetched.outcome, 'done', fetched.message);
  const folder = fileURLToPath(fetched.outputs['files'] ?? '');
  t.deepEqual(await visibleIn(folder), ['ironic-python-agent.tar', 'overcloud-full.tar']);
  t.deepEqual(parseSet(await readFile(fetched.outputs['set'] ?? '', 'utf8'), 'set'), imagesSet());
});

async function startWithConfig(t: Parameters<typeof startWorld>[0]) {
  const world = await startWorld(t);
  const config = await world.file('tagflow.yaml', configOf(world));
  const inputs = { config, 'full-hash': hash, ...world.login };
  const publish = { ...inputs, phase: 'upstream', mode: 'publish', source: world.builtUrl };
  await mkdir(join(world.root, 'rdo'));
  await mkdir(join(world.root, 'rh1'));
  return { world, config, inputs, publish };
}

test('by config: the set of two jobs is published with what each knows', async (t) => {
  const { world, publish } = await startWithConfig(t);
  const images = await world.file('images.json', formatSet(imagesSet()));
  const containers = await world.file('containers.json', containersPart);
  const result = await world.run({ ...publish, set: `${images}, ${containers}` });
  t.is(result.outcome, 'done', result.message);
  const set = parseSet(await readFile(join(world.root, 'rdo/centos9/master', hash, 'set.json'), 'utf8'), 'set');
  t.deepEqual([set.containers.length, set.images.length], [1, 2]);
  const dry = await world.run({ ...publish, 'dry-run': 'true' });
  t.is(dry.outcome, 'planned', dry.message);
});

test('by config: a dry run writes nothing', async (t) => {
  const { world, publish } = await startWithConfig(t);
  const result = await world.run({ ...publish, 'dry-run': 'true' });
  t.is(result.outcome, 'planned', result.message);
  t.deepEqual(await readdir(join(world.root, 'rdo')), []);
});

test('by config: the mirror follows the label, and only when it was promoted', async (t) => {
  const { world, inputs, publish } = await startWithConfig(t);
  await world.run(publish);
  const mirror = { ...inputs, phase: 'upstream', mode: 'mirror' };
  const early = await world.run(mirror);
  t.is(early.outcome, 'nothing-to-do', early.message);
  t.deepEqual(await readdir(join(world.root, 'rh1')), []);
  await symlink(hash, join(world.root, 'rdo/centos9/master/current-tripleo'));
  const result = await world.run(mirror);
  t.is(result.outcome, 'done', result.message);
  t.is(await readlink(join(world.root, 'rh1/master/current-tripleo')), hash);
});

test('by config: fetches into the cache of the phase', async (t) => {
  const { world, inputs, publish } = await startWithConfig(t);
  await world.run(publish);
  const fetch = { ...inputs, phase: 'rdo-phase-2', mode: 'fetch' };
  const first = await world.run(fetch);
  t.is(first.outcome, 'done', first.message);
  t.is(first.outputs['bytes-moved'], totalBytes);
  t.is((await world.run(fetch)).outputs['bytes-saved'], totalBytes);
});

for (const mode of ['fetch', 'publish', 'mirror']) {
  test(`by config: a phase without the section has nothing to ${mode}`, async (t) => {
    const { world, inputs } = await startWithConfig(t);
    const result = await world.run({ ...inputs, phase: 'rdo-phase-1', mode });
    t.is(result.outcome, 'nothing-to-do', result.message);
  });
}

test('refuses internal files for a public store', async (t) => {
  const { world, publish } = await startWithConfig(t);
  const result = await world.run({ ...publish, visibility: 'internal' });
  t.is(result.outcome, 'invalid');
  t.is(result.error?.code, 'internal-to-public');
  t.deepEqual(await readdir(join(world.root, 'rdo')), []);
});

test('refuses to link labels that promotions own', async (t) => {
  const { world, inputs, publish } = await startWithConfig(t);
  await world.run(publish);
  for (const label of ['current-tripleo', 'tripleo-ci-testing', 'previous-current-tripleo']) {
    const result = await world.run({ ...inputs, phase: 'upstream', mode: 'link', label });
    t.is(result.outcome, 'invalid', label);
    t.regex(result.message ?? '', /promote-symlink|belongs to/);
  }
  t.is((await world.run({ ...inputs, phase: 'upstream', mode: 'link', label: 'passed-ci' })).outcome, 'done');
});

test('reports a store that is damaged, as failed', async (t) => {
  const { world, inputs, publish } = await startWithConfig(t);
  await world.run(publish);
  const path = join(world.root, 'rdo/centos9/master', hash, 'overcloud-full.tar');
  await writeFile(path, Buffer.alloc(200_003, 'rotten'));
  const result = await world.run({ ...inputs, phase: 'upstream', mode: 'verify' });
  t.is(result.outcome, 'failed');
  t.regex(result.message ?? '', /overcloud-full\.tar has sha256/);
});

test('fetches from a tree without set.json by the .md5 files', async (t) => {
  const world = await startWorld(t);
  const [image] = imagesSet().images;
  await mkdir(join(world.root, 'master', hash), { recursive: true });
  await writeFile(
    join(world.root, 'master', hash, image?.name ?? ''),
    await readFile(join(world.built, image?.name ?? '')),
  );
  await writeFile(join(world.root, 'master', hash, `${image?.name}.md5`), `${image?.md5}  ${image?.name}\n`);
  const fetch = { mode: 'fetch', release: 'master', 'full-hash': hash, source: world.web };
  t.is((await world.run(fetch)).outcome, 'invalid');
  const destination = pathToFileURL(join(world.root, 'here')).href;
  const result = await world.run({ ...fetch, files: image?.name ?? '', destination });
  t.is(result.outcome, 'done', result.message);
  t.deepEqual(await visibleIn(join(world.root, 'here')), [image?.name ?? '']);
});

const bad: readonly (readonly [what: string, inputs: (world: World) => Record<string, string>, message: RegExp])[] = [
  ['no release', () => ({ mode: 'fetch' }), /"release" is missing/],
  ['a phase without config', () => ({ mode: 'fetch', release: 'master', phase: 'upstream' }), /needs "config"/],
  ['no source', () => ({ mode: 'fetch', release: 'master', 'full-hash': hash }), /"source" is missing/],
  ['no hash', ({ web }) => ({ mode: 'fetch', release: 'master', source: web }), /"full-hash" is missing/],
  [
    'half a hash',
    ({ web }) => ({ mode: 'fetch', release: 'master', source: web, 'full-hash': 'abc' }),
    /is not a hash/,
  ],
  ['no ssh key', ({ sftp }) => ({ mode: 'prune', release: 'master', destination: sftp.url }), /no SSH key/],
  [
    'a layout without hash',
    ({ web }) => ({ mode: 'fetch', release: 'master', source: web, layout: 'x' }),
    /does not end in/,
  ],
  [
    'a layout without its pin',
    ({ web }) => ({ mode: 'fetch', release: 'master', source: web, 'full-hash': hash, layout: 'build-system' }),
    /"layout": "\{release\}\/rdo_trunk\/\{pin\}\/\{hash\}" needs a label for \{pin\}/,
  ],
];

for (const [what, inputs, message] of bad) {
  test(`refuses ${what}`, async (t) => {
    const world = await startWorld(t);
    const result = await world.run(inputs(world));
    t.is(result.outcome, 'invalid', result.message);
    t.regex(result.message ?? '', message);
  });
}

test('refuses a server whose host key is not known, and never shows the key', async (t) => {
  const world = await startWorld(t);
  const result = await world.run({
    mode: 'link',
    release: 'master',
    label: 'passed-ci',
    'full-hash': hash,
    destination: world.sftp.url,
    'ssh-key': world.sftp.privateKey,
  });
  t.is(result.error?.code, 'host-key');
  t.deepEqual(world.sftp.requests(), []);
  t.false(JSON.stringify(result).includes(world.sftp.privateKey.split('\n')[1] ?? ''));
});
