import { readFile } from 'node:fs/promises';
import { checkDefinition } from '@tagflow/action-kit';
import { formatSet, parseSet } from '@tagflow/model';
import test from 'ava';
import { action } from '../src/action.ts';
import { between, configOf, hash, makeWorld, names, seed } from './world.ts';

test('the definition is sound', (t) => {
  t.notThrows(() => checkDefinition(action));
});

test('by URLs: copied, tagged with the hash and more, read back; a second run does nothing', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const containers = await seed(source);
  const inputs = {
    source: `${source.url}/ns`,
    destinations: `${target.url}/ns`,
    'name-pattern': 'openstack-{name}',
    containers: 'base, openstack-heat-api\nnova-api',
    'full-hash': hash,
    release: 'master',
  };
  const result = await world.run({ ...inputs, tags: 'passed-ci, nightly' });
  t.is(result.outcome, 'done', result.message);
  t.like(result.outputs, { copied: '3', tagged: '6', 'bytes-saved': '200000' });
  for (const { name, digest } of containers) {
    for (const tag of [hash, 'passed-ci', 'nightly']) {
      t.is(target.manifest(`ns/openstack-${name}`, tag)?.digest, digest);
    }
  }
  const set = parseSet(await readFile(result.outputs['set'] ?? '', 'utf8'), 'set');
  t.deepEqual(set, {
    ...{ fullHash: hash, release: 'master', repository: { url: null, builds: [] }, containers, images: [] },
  });
  t.is(Number(result.outputs['requests']), source.requests().total + target.requests().total);
  t.is((await world.run(inputs)).outcome, 'nothing-to-do');
});

test('by config and phase: names from containers-built.log, credentials from the docker config', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const target = await world.registry({ auth: { username: 'lab', password: 'right' } });
  await seed(source);
  const inputs = {
    config: await world.file('tagflow.yaml', configOf(source, target)),
    phase: 'upstream',
    containers: await world.file('containers-built.log', names.map((name) => `openstack-${name} ${hash}\n`).join('')),
    'full-hash': hash,
  };
  const auths = JSON.stringify({ auths: { [target.host]: { auth: btoa('lab:right') } } });
  const dryRun = await world.run({ ...inputs, 'registry-auth': auths, 'dry-run': 'true' });
  t.is(dryRun.outcome, 'planned', dryRun.message);
  t.is(dryRun.outputs['copied'], '3');
  t.deepEqual(target.repositories(), []);

  await world.file('config.json', auths);
  const result = await world.run(inputs, { DOCKER_CONFIG: world.folder });
  t.is(result.outcome, 'done', result.message);
  t.deepEqual(target.tags('ns/openstack-base'), [hash]);
  t.deepEqual(target.tags('ns/tagflow-set'), [hash]);
  t.deepEqual(source.tags('ns/tagflow-set'), [hash]);

  // The next phase knows the names from the set that is published.
  const again = await world.run({
    config: inputs.config,
    phase: 'upstream',
    'full-hash': hash,
    'registry-auth': auths,
  });
  t.is(again.outcome, 'nothing-to-do', again.message);
});

test('a phase without containers has nothing to do', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const config = await world.file('tagflow.yaml', configOf(source, source));
  const result = await world.run({ config, phase: 'rdo-phase-1', 'full-hash': hash });
  t.is(result.outcome, 'nothing-to-do', result.message);
  t.is(source.requests().total, 0);
});

test('a label of config is not moved here, nor what it was before', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const config = await world.file('tagflow.yaml', configOf(source, source));
  const given = { config, phase: 'upstream', 'full-hash': hash, containers: 'base' };
  for (const label of ['current-tripleo', 'tripleo-ci-testing', 'previous-current-tripleo-rdo']) {
    const result = await world.run({ ...given, tags: `nightly, ${label}` });
    t.is(result.outcome, 'invalid');
    t.regex(result.problems.join(), new RegExp(`${label} is a label of .*promote-symlink`));
  }
  t.is(source.requests().total, 0);
});

test('containers that are missing are all named, and nothing is written', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  const given = { source: `${source.url}/ns`, destinations: `${target.url}/ns`, 'name-pattern': 'openstack-{name}' };
  const inputs = { ...given, release: 'master', 'full-hash': hash, containers: 'base, swift, glance' };
  const result = await world.run(inputs);
  t.is(result.outcome, 'failed');
  t.is(result.outputs['missing'], 'glance,swift');
  t.regex(result.message ?? '', /lacks 2 of 3 .*glance, swift/);
  t.deepEqual(target.requests().counts, { 'HEAD manifest': 3, 'GET manifest': 1 });
  t.is((await world.run({ ...inputs, exclude: 'swift, openstack-glance' })).outcome, 'done');
});

test('digests of a set count, whatever the tag says now; its images stay in it', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const containers = await seed(source);
  await seed(source, { salt: 'moved on' });
  const image = { name: 'a.tar', size: 1, sha256: 'a'.repeat(64), md5: null, visibility: 'public' } as const;
  const set = { fullHash: hash, release: 'master', repository: { url: null, builds: [] }, containers, images: [image] };
  const result = await world.run({
    source: `${source.url}/ns`,
    destinations: `${target.url}/ns`,
    'name-pattern': 'openstack-{name}',
    set: await world.file('given.json', formatSet(set)),
  });
  t.is(result.outcome, 'done', result.message);
  t.is(target.manifest('ns/openstack-base', hash)?.digest, containers[0]?.digest);
  t.deepEqual(parseSet(await readFile(result.outputs['set'] ?? '', 'utf8'), 'set'), set);
});

test('an optional destination may fail, another may not', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const [good, broken] = [await world.registry(), await world.registry()];
  broken.setFaults(() => ({ type: 'status', status: 403 }));
  await seed(source);
  const inputs = {
    source: `${source.url}/ns`,
    destinations: `${broken.url}/ns, ${good.url}/ns`,
    'name-pattern': 'openstack-{name}',
    containers: 'base',
    'full-hash': hash,
    release: 'master',
  };
  const required = await world.run(inputs);
  t.is(required.outcome, 'failed');
  t.regex(required.message ?? '', /403/);
  t.deepEqual(good.repositories(), []);
  const optional = await world.run({ ...inputs, 'optional-destinations': `${broken.url}/ns` });
  t.is(optional.outcome, 'done', optional.message);
  t.regex(world.warnings.join(), /\(optional\) is owed the set: .*403/);
});

test('a wrong password does not show in what is told', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry({ auth: { username: 'lab', password: 'right' } });
  const auths = JSON.stringify({ auths: { [source.host]: { auth: btoa('lab:my-wrong-password') } } });
  const result = await world.run({
    ...{ source: `${source.url}/ns`, destinations: `${source.url}/other`, containers: 'base' },
    ...{ 'full-hash': hash, release: 'master', 'registry-auth': auths },
  });
  t.is(result.outcome, 'invalid');
  t.is(result.message, `user "lab" may not log in to ${source.host}`);
  t.notRegex(JSON.stringify([result, world.warnings]), /my-wrong-password/);
});

const bad: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['nothing', {}, /source: .*destinations: .*full-hash: .*release: /],
  ['an empty list file', { containers: 'empty.log' }, /empty\.log names no container/],
  ['a list file that is not there', { containers: 'absent.log' }, /absent\.log is not there/],
  ['a hash that is none', { 'full-hash': 'xyz' }, /xyz.* is not a hash/],
  ['auth that is no JSON', { 'registry-auth': 'not json at all' }, /registry-auth is not JSON/],
  ['an unknown optional destination', { 'optional-destinations': 'elsewhere' }, /"elsewhere" is not one of the dest/],
  ['clear text to a foreign host', { source: 'http://registry.example/ns' }, /loopback/],
  ['a registry name without a config', { source: 'rdo' }, /"rdo" is neither a URL/],
];

for (const [what, inputs, message] of bad) {
  test(`invalid: ${what}`, async (t) => {
    const world = await makeWorld(t);
    const registry = await world.registry();
    const empty = await world.file('empty.log', '\n');
    const good = { source: `${registry.url}/ns`, destinations: `${registry.url}/other`, containers: 'base' };
    const given = { ...good, 'full-hash': hash, release: 'master', ...inputs };
    if (given.containers === 'empty.log') given.containers = empty;
    const result = await world.run(what === 'nothing' ? {} : given);
    t.is(result.outcome, 'invalid', result.message);
    t.regex(result.message ?? '', message);
    t.is(registry.requests().total, 0);
  });
}

test('a source-tag that can be none is invalid, and no registry is asked', async (t) => {
  const world = await makeWorld(t);
  const registry = await world.registry();
  const result = await world.run({ ...between(registry, registry), containers: 'base', 'source-tag': '../tags/list' });
  t.is(result.outcome, 'invalid', result.message);
  t.is(registry.requests().total, 0);
});
