import { parseFullHash } from '@tagflow/model';
import test from 'ava';
import { anonymous } from '../../src/auth/docker-config.ts';
import { OciError } from '../../src/error.ts';
import { base, hash, makeWorld, seed } from '../world.ts';
import { push } from './push-world.ts';

const names = ['base', 'heat-api', 'nova-api', 'glance-api'];
const n = names.length;
/** What publishing a set costs: it is looked for three times, and its two or three blobs and its manifest are put. */
const isSet = (repository: string): boolean => repository.endsWith('/tagflow-set');

test('a copy asks for no more than it needs, and a second run for a HEAD on each side', async (t) => {
  const world = makeWorld(t);
  const asked: string[] = [];
  const onRequest = (side: string) => (request: { method: string; kind: string; repository: string }) => {
    if (!isSet(request.repository)) asked.push(`${side} ${request.method} ${request.kind}`);
  };
  const source = await world.registry({ onRequest: onRequest('source') });
  const target = await world.registry({ onRequest: onRequest('target') });
  await seed(source, names, hash);
  const report = await push(world, { from: source, to: [target], names });
  t.deepEqual(report.destinations[0]?.copied.toSorted(), names.toSorted());
  const distinct = 1 + 2 * n; // the base, and a layer and a config for each
  t.deepEqual(countOf(asked.splice(0)), {
    'source GET manifest': n,
    'source GET blob': distinct,
    'target HEAD manifest': 2 * n,
    'target POST mount': distinct + (n - 1),
    'target PUT upload': distinct,
    'target PUT manifest': n,
    // may this user push?
    'target GET ping': 1,
    'target POST upload': 1,
    'target DELETE upload': 1,
  });
  const again = await push(world, { from: source, to: [target], names });
  t.deepEqual(again.destinations[0]?.present.toSorted(), names.toSorted());
  t.deepEqual(countOf(asked), { 'source HEAD manifest': n, 'target HEAD manifest': n });
});

test('a retag in one registry is a GET, and a PUT and a HEAD for each tag; a second one writes nothing', async (t) => {
  const world = makeWorld(t);
  const asked: string[] = [];
  const registry = await world.registry({
    onRequest: ({ method, kind, repository }) => void (isSet(repository) || asked.push(`${method} ${kind}`)),
  });
  await seed(registry, names, hash);
  const given = { from: registry, to: [registry], names, tags: ['passed', 'nightly'] };
  const report = await push(world, given);
  t.is(report.destinations[0]?.tagged, 2 * n);
  t.deepEqual(countOf(asked.splice(0)), {
    'GET manifest': n,
    'PUT manifest': 2 * n,
    'HEAD manifest': 2 * n + 2, // and one of each tag, to see whether this is a second run
    'GET ping': 1, // the proof that this user may push is made where the set goes
  });
  const again = await push(world, given);
  t.is(again.destinations[0]?.tagged, 0);
  t.deepEqual(countOf(asked), { 'GET manifest': n, 'HEAD manifest': 2 * n });
});

test('under another tag in one registry: the hash gets its tag, and no blob is touched', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const entries = await seed(registry, names, 'tripleo-ci-testing');
  const report = await push(world, { from: registry, to: [registry], names, sourceTag: 'tripleo-ci-testing' });
  t.is(report.destinations[0]?.copied.length, n);
  for (const { name, digest } of entries) t.is(registry.manifest(`ns/openstack-${name}`, hash)?.digest, digest);
  t.is(registry.requests().counts['GET blob'], 1); // of the set, to see that it is there for good
});

test('several destinations side by side; an optional one that fails is owed, and told', async (t) => {
  const world = makeWorld(t);
  const [source, good, broken] = [await world.registry(), await world.registry(), await world.registry()];
  await seed(source, names, hash);
  broken.setFaults(({ method }) => (method === 'PUT' ? { type: 'status', status: 403 } : null));
  const given = { from: source, to: [broken, good], names, tags: ['nightly'] };
  await t.throwsAsync(push(world, given), { instanceOf: OciError, message: /403/ });
  const report = await push(world, { ...given, optional: [broken] });
  t.is(report.destinations[0]?.debt?.startsWith(`${broken.host}/ns (optional) is owed the set: `), true);
  t.is(report.destinations[1]?.debt, null);
  t.is(good.manifest('ns/openstack-base', 'nightly')?.digest, good.manifest('ns/openstack-base', hash)?.digest);
  t.is(broken.manifest('ns/openstack-base', 'nightly'), null);
  t.regex(world.warnings.join('\n'), /\(optional\) is owed/);
});

test('an optional destination that cannot be read keeps nobody waiting; all of them failing is a failure', async (t) => {
  const world = makeWorld(t);
  const [source, good, dead] = [await world.registry(), await world.registry(), await world.registry()];
  await seed(source, names, hash);
  dead.setFaults(() => ({ type: 'status', status: 500 }));
  const report = await push(world, { from: source, to: [dead, good], optional: [dead], names });
  t.deepEqual(
    report.destinations.map(({ debt, copied }) => [debt === null, copied.length]),
    [
      [false, 0],
      [true, n],
    ],
  );
  await t.throwsAsync(push(world, { from: source, to: [dead], optional: [dead], names }), {
    message: /^no destination took the containers: .*500/,
  });
});

test('what the source lacks is told, and nothing is written', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source, ['base'], hash);
  const report = await push(world, { from: source, to: [target], names });
  t.deepEqual(report.missing, ['glance-api', 'heat-api', 'nova-api']);
  t.is(report.set, null);
  t.deepEqual(target.repositories(), []);
});

test('a dry run tells each write, and makes none', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const [entry] = await seed(source, ['base'], hash);
  const given = { from: source, to: [target], names: ['base'], tags: ['nightly'], more: { dryRun: true } };
  const report = await push(world, given);
  t.deepEqual(report.destinations[0]?.writes, [
    `copy ${source.host}/ns/openstack-base@${entry?.digest} to ${target.host}/ns/openstack-base:${hash}`,
    `publish the set as ${target.host}/ns/tagflow-set:${hash}`,
    `tag ${target.host}/ns/openstack-base:nightly → ${entry?.digest}`,
  ]);
  t.deepEqual(target.requests().counts, { 'HEAD manifest': 2, 'GET manifest': 2 });
  await push(world, { ...given, more: {} });
  t.deepEqual((await push(world, given)).destinations[0]?.writes, []);
});

test('a wrong password is told once, before anything else is asked', async (t) => {
  const world = makeWorld(t);
  const source = await world.registry();
  const target = await world.registry({ auth: { username: 'lab', password: 'right' } });
  await seed(source, names, hash);
  const credentials = async (registry: string) =>
    registry === target.host ? { username: 'robot', password: 'wrong' } : null;
  const error = await t.throwsAsync(push(world, { from: source, to: [target], names, credentials }), {
    instanceOf: OciError,
    code: 'unauthorized',
  });
  t.is(error.message, `user "robot" may not log in to ${target.host}`);
  t.is(source.requests().total, 0);
  t.is((await push(world, { from: source, to: [source], names, credentials: anonymous })).missing.length, 0);
});

test('who may read and not push is told before the first layer', async (t) => {
  const world = makeWorld(t);
  const source = await world.registry();
  const target = await world.registry({ auth: { username: 'lab', password: 'right', anonymousPull: true } });
  await seed(source, names, hash);
  await t.throwsAsync(push(world, { from: source, to: [target], names }), { message: /credentials/ });
  t.is(source.requests().counts['GET blob'], undefined);
});

test('after a kill in the middle only what is missing is sent', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source, names, hash);
  let puts = 0;
  target.setFaults(({ kind, method }) => {
    if (method === 'PUT' && kind === 'upload' && ++puts > 4) world.abort.abort(new Error('killed'));
    return null;
  });
  await t.throwsAsync(push(world, { from: source, to: [target], names }), { message: 'killed' });
  const there = (target.requests().counts['PUT upload'] ?? 0) - 1;
  target.setFaults(null);
  target.resetRequests();
  const report = await push(makeWorld(t), { from: source, to: [target], names });
  t.is(report.missing.length, 0);
  // the set's own three blobs, and the one that was under way when the kill came, at most twice
  t.true((target.requests().counts['PUT upload'] ?? 0) <= 1 + 2 * n - there + 3 + 1);
  t.true((report.destinations[0]?.bytesSaved ?? 0) >= base.length * (n - 1));
});

test('the hash that a list is of counts, not another', async (t) => {
  const world = makeWorld(t);
  const source = await world.registry();
  const other = parseFullHash('fedcba9876543210fedcba9876543210');
  await seed(source, names, hash);
  const report = await push(world, { from: source, to: [source], names, fullHash: other });
  t.deepEqual(report.missing, names.toSorted());
});

function countOf(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
