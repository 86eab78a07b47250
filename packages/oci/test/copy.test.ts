import test, { type ExecutionContext } from 'ava';
import type { LabRegistry } from '@tagflow/lab';
import type { ContainerEntry } from '@tagflow/model';
import { copyContainers } from '../src/copy.ts';
import { anonymous } from '../src/auth/docker-config.ts';
import { OciError } from '../src/error.ts';
import { createManifestStore } from '../src/manifest-store.ts';
import { openPlace } from '../src/place.ts';
import { base, makeWorld, seed, type World } from './world.ts';

const names = ['base', 'heat-api', 'nova-api', 'glance-api', 'keystone', 'swift-proxy'];

function place(world: World, registry: LabRegistry, path = 'ns') {
  return openPlace({
    ...{
      url: `${registry.url}/${path}`,
      namePattern: 'openstack-{name}',
      credentials: anonymous,
      effects: world.effects,
    },
  });
}

function copy(
  world: World,
  from: LabRegistry,
  to: LabRegistry,
  entries: readonly ContainerEntry[],
  paths = ['ns', 'ns'],
) {
  const source = place(world, from, paths[0]);
  const target = place(world, to, paths[1]);
  return copyContainers({
    ...{ source: source.client, target: target.client, concurrency: 4, what: 'copy' },
    manifests: createManifestStore(),
    tasks: entries.map(({ name, digest }) => ({
      ...{ name, digest, tag: 'hash', from: source.repository(name), to: target.repository(name) },
    })),
    clock: world.effects.clock,
    log: world.effects.log,
    ...world.stage,
  });
}

function assertCopied(t: ExecutionContext, registry: LabRegistry, entries: readonly ContainerEntry[], path = 'ns') {
  for (const { name, digest } of entries) t.is(registry.manifest(`${path}/openstack-${name}`, 'hash')?.digest, digest);
}

test('each distinct blob travels once, the rest is mounted; requests and bytes are the least there are', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const entries = await seed(source, names, 'hash');
  const report = await copy(world, source, target, entries);
  assertCopied(t, target, entries);
  const n = names.length;
  const distinct = 1 + 2 * n; // the base, and a layer and a config for each
  t.deepEqual(source.requests().counts, { 'GET manifest': n, 'GET blob': distinct });
  t.deepEqual(target.requests().counts, {
    'HEAD manifest': 2 * n, // before the first write, and to read the tags back
    'POST mount': distinct + (n - 1),
    'PUT upload': distinct,
    'PUT manifest': n,
  });
  const manifests = entries.reduce(
    (sum, { name }) => sum + (source.manifest(`ns/openstack-${name}`, 'hash')?.body.length ?? 0),
    0,
  );
  t.is(target.requests().bytesIn, report.bytesMoved + manifests);
  t.is(source.requests().bytesOut, report.bytesMoved + manifests);
  t.is(report.bytesSaved, (n - 1) * base.length);
  t.deepEqual([...report.copied].sort(), [...names].sort());
  t.deepEqual(world.progress.filter((event) => event.unit === 'containers').at(-1), {
    ...{ what: 'copy', done: n, total: n, unit: 'containers' },
  });
});

test('what is there is a HEAD each', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const entries = await seed(source, names, 'hash');
  await copy(world, source, target, entries);
  source.resetRequests();
  target.resetRequests();
  const report = await copy(world, source, target, entries);
  t.is(source.requests().total, 0);
  t.deepEqual(target.requests().counts, { 'HEAD manifest': names.length });
  t.deepEqual([report.copied, report.bytesMoved], [[], 0]);
});

test('what was uploaded by an earlier run is not sent again', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const entries = await seed(source, names, 'hash');
  await copy(world, source, target, entries);
  for (const { name } of entries) target.moveTag(`ns/openstack-${name}`, 'hash', null);
  target.resetRequests();
  const report = await copy(world, source, target, entries);
  assertCopied(t, target, entries);
  t.is(report.bytesMoved, 0);
  t.is(target.requests().counts['PUT upload'], undefined);
});

test('another namespace of the same registry: nothing is uploaded', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const entries = await seed(registry, names, 'hash');
  const report = await copy(world, registry, registry, entries, ['ns', 'other']);
  assertCopied(t, registry, entries, 'other');
  t.is(report.bytesMoved, 0);
  t.is(registry.requests().counts['PUT upload'], undefined);
});

test('the same repository: a tag, and no blob is touched', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const entries = await seed(registry, names, 'built');
  await copy(world, registry, registry, entries);
  assertCopied(t, registry, entries);
  const n = names.length;
  t.deepEqual(registry.requests().counts, { 'HEAD manifest': 2 * n, 'GET manifest': n, 'PUT manifest': n });
});

test('an index brings its children, bytes unchanged, docker and OCI', async (t) => {
  for (const format of ['oci', 'docker'] as const) {
    const world = makeWorld(t);
    const [source, target] = [await world.registry(), await world.registry()];
    const repository = 'ns/openstack-base';
    const children = [];
    for (const architecture of ['amd64', 'ppc64le']) {
      const layers = [base, Buffer.from(architecture)];
      children.push({ architecture, digest: await source.putImage(repository, [], { layers, architecture, format }) });
    }
    const digest = source.putIndex(repository, ['hash'], children, format);
    await copy(world, source, target, [{ name: 'base', digest }]);
    t.deepEqual(target.manifest(repository, 'hash'), source.manifest(repository, 'hash'));
    for (const child of children) {
      t.deepEqual(target.manifest(repository, child.digest), source.manifest(repository, child.digest));
    }
    t.is(target.requests().counts['PUT upload'], 5);
  }
});

test('a foreign layer that nobody has is left out', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry({ layerUrls: true })];
  const config = Buffer.from('{}');
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const body = JSON.stringify({
    ...{ schemaVersion: 2, mediaType },
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: 2,
      digest: await source.putBlob('ns/openstack-win', config),
    },
    layers: [
      {
        mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
        ...{ size: 9, digest: `sha256:${'1'.repeat(64)}`, urls: ['https://elsewhere.example/layer'] },
      },
    ],
  });
  const digest = source.putManifest('ns/openstack-win', ['hash'], Buffer.from(body), mediaType);
  await copy(world, source, target, [{ name: 'win', digest }]);
  assertCopied(t, target, [{ name: 'win', digest }]);
  const strict = await world.registry();
  await t.throwsAsync(copy(world, source, strict, [{ name: 'win', digest }]), {
    message: /ns\/openstack-win.*: 500 UNKNOWN: unknown error; .*MANIFEST_BLOB_UNKNOWN: blob unknown to registry/,
  });
});

test('a registry that does not mount gets uploads', async (t) => {
  for (const status of [400, 401, 405]) {
    const world = makeWorld(t);
    const [source, target] = [await world.registry(), await world.registry()];
    const entries = await seed(source, names, 'hash');
    target.setFaults((request) => (request.kind === 'mount' ? { type: 'status', status } : null));
    const report = await copy(world, source, target, entries);
    assertCopied(t, target, entries);
    t.is(report.bytesSaved, 0);
    t.is(target.requests().counts['PUT upload'], 3 * names.length);
  }
});

test('an upload that breaks, spoils or is put off is started anew', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const entries = await seed(source, names, 'hash');
  const breakings = [
    { type: 'reset' },
    { type: 'status', status: 503 },
    { type: 'status', status: 429, retryAfter: 7 },
    { type: 'status-after', status: 500 },
    { type: 'reset-after' },
  ] as const;
  let put = 0;
  target.setFaults((request) => (request.method === 'PUT' && request.kind === 'upload' ? breakings[put++] : null));
  let get = 0;
  source.setFaults((request) => {
    if (request.kind !== 'blob') return null;
    get += 1;
    return get === 7 ? { type: 'cut', afterBytes: 3 } : get === 8 ? { type: 'corrupt' } : null;
  });
  await copy(world, source, target, entries);
  assertCopied(t, target, entries);
  t.true(world.effects.clock.sleeps.includes(7000));
  t.true(put > breakings.length);
  t.true(get > 8);
});

test('spoilt bytes never become a blob', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const entries = await seed(source, ['base'], 'hash');
  source.setFaults((request) => (request.kind === 'blob' ? { type: 'corrupt' } : null));
  const error = await t.throwsAsync(copy(world, source, target, entries), { instanceOf: OciError, code: 'incomplete' });
  t.regex(error.message, /base: blob .*: the bytes have the digest sha256:/);
  t.deepEqual(target.tags('ns/openstack-base'), []);
});

test('one container that fails does not keep the others; a second run does the rest', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const entries = await seed(source, names, 'hash');
  // The first one is the home of the shared base layer.
  target.setFaults((request) =>
    request.method === 'POST' && request.repository === 'ns/openstack-base' ? { type: 'status', status: 403 } : null,
  );
  const error = await t.throwsAsync(copy(world, source, target, entries), { instanceOf: OciError, code: 'incomplete' });
  t.regex(error.message, /1 of 6 failed: base: .*403 DENIED/);
  assertCopied(t, target, entries.slice(1));
  target.setFaults(null);
  const report = await copy(world, source, target, entries);
  t.deepEqual(report.copied, ['base']);
  t.is(report.present.length, 5);
});

test('a container that vanished from the source is named', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const digest = `sha256:${'0'.repeat(64)}` as ContainerEntry['digest'];
  await t.throwsAsync(copy(world, source, target, [{ name: 'gone', digest }]), { message: /gone: .*is not there/ });
});

test('cancelled: nothing more is tagged', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const entries = await seed(source, names, 'hash');
  target.setFaults((request) => {
    if (request.method === 'PUT' && request.kind === 'upload') world.abort.abort(new Error('enough'));
    return null;
  });
  await t.throwsAsync(copy(world, source, target, entries), { message: 'enough' });
  t.is(target.requests().counts['PUT manifest'], undefined);
});

test('big layers pass through in order, at the same time', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const big = Buffer.alloc(5_000_000, 'big layer of some megabytes ');
  const digest = await source.putImage('ns/openstack-big', ['hash'], { layers: [big, Buffer.concat([big, base])] });
  const report = await copy(world, source, target, [{ name: 'big', digest }]);
  t.true(report.bytesMoved > 10_000_000);
  assertCopied(t, target, [{ name: 'big', digest }]);
});

test('a tag that somebody else wrote while the layers travelled is not overwritten', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const [stranger] = await seed(target, ['base'], 'stranger', 'rebuilt');
  const entries = await seed(source, names, 'hash');
  target.setFaults(({ method, kind, repository }) => {
    if (method === 'PUT' && kind === 'upload' && repository === 'ns/openstack-base') {
      target.moveTag('ns/openstack-base', 'hash', stranger?.digest ?? null);
      world.effects.clock.advance(11_000);
    }
    return null;
  });
  await t.throwsAsync(copy(world, source, target, entries), { instanceOf: OciError, code: 'published-differently' });
  t.is(target.manifest('ns/openstack-base', 'hash')?.digest, stranger?.digest);
});

test('a tag that cannot be read keeps all of them from being written', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const entries = await seed(source, names, 'hash');
  target.setFaults(({ method, repository }) =>
    method === 'HEAD' && repository === 'ns/openstack-keystone' ? { type: 'status', status: 403 } : null,
  );
  const error = await t.throwsAsync(copy(world, source, target, entries), { instanceOf: OciError, code: 'incomplete' });
  t.regex(error.message, /1 of 6 failed: keystone: .*403/);
  t.deepEqual(Object.keys(target.requests().counts), ['HEAD manifest']);
});
