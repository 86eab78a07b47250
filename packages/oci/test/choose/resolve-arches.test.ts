import test, { type ExecutionContext } from 'ava';
import type { LabRegistry } from '@tagflow/lab';
import type { Digest } from '@tagflow/model';
import { anonymous } from '../../src/auth/docker-config.ts';
import { knownArches, parseArches } from '../../src/choose/arches.ts';
import { assembleIndex } from '../../src/choose/assemble-index.ts';
import { resolveArches } from '../../src/choose/resolve-arches.ts';
import { OciError } from '../../src/error.ts';
import { type Manifest, mediaTypes } from '../../src/manifest.ts';
import { openPlace } from '../../src/place.ts';
import { makeWorld } from '../world.ts';

const both = parseArches('x86_64,ppc64le');

async function start(t: ExecutionContext) {
  const world = makeWorld(t);
  const registry = await world.registry();
  const place = openPlace({
    ...{ url: `${registry.url}/ns`, namePattern: 'openstack-{name}', credentials: anonymous, effects: world.effects },
  });
  const resolve = async (names: readonly string[], arches = both) => {
    const manifests = new Map<Digest, Manifest>();
    const result = await resolveArches(place, names, 'tag', arches, {
      ...{ concurrency: 4, signal: world.abort.signal },
      manifests: { add: (manifest) => void manifests.set(manifest.digest, manifest) },
    });
    return { ...result, manifests };
  };
  return { world, registry, place, resolve };
}

/** Puts an image of each of the architectures, `amd64` or `amd64=<tag>`, under `tag_<arch>` or that tag. */
async function put(registry: LabRegistry, name: string, tags: Readonly<Record<string, string>>, format?: 'docker') {
  const digests: Record<string, string> = {};
  for (const [tag, architecture] of Object.entries(tags)) {
    digests[tag] = await registry.putImage(`ns/openstack-${name}`, [tag], {
      ...{ layers: [Buffer.from(`${name} ${architecture}`)], labels: { name }, architecture },
      ...(format === undefined ? {} : { format }),
    });
  }
  return digests;
}

test('images of several architectures become an index', async (t) => {
  const { registry, place, resolve } = await start(t);
  const digests = await put(registry, 'os', { tag_x86_64: 'amd64', tag_ppc64le: 'ppc64le', tag: 'amd64' }, 'docker');
  const { found, missing, warnings, manifests, assembled } = await resolve(['os']);
  const [entry] = found;
  if (entry === undefined) return t.fail();
  const index = manifests.get(entry.digest);
  t.is(index?.mediaType, mediaTypes.dockerList);
  t.deepEqual([...assembled.values()], [index]);
  t.deepEqual(
    index?.children.map(({ digest }) => digest as string),
    [digests['tag_x86_64'] ?? '', digests['tag_ppc64le'] ?? ''],
  );
  t.deepEqual(
    [...manifests.keys()].map(String).sort(),
    [entry.digest, digests['tag_x86_64'], digests['tag_ppc64le']].sort(),
  );
  t.deepEqual([missing, warnings], [[], []]);
  t.deepEqual(registry.requests().counts, { 'GET manifest': 2, 'GET blob': 2 });
  t.deepEqual((await resolve(['os'])).found, found, 'and the same again');
  t.is(await place.reader.headManifest('ns/openstack-os', entry.digest), null, 'it is not at the source');
});

test('the plain tag is the primary image where it has none of its own', async (t) => {
  const { registry, resolve } = await start(t);
  const digests = await put(registry, 'os', { tag: 'amd64', tag_ppc64le: 'ppc64le' });
  const { found, manifests } = await resolve(['os']);
  const index = manifests.get(found[0]?.digest as never);
  t.deepEqual(
    index?.children.map(({ digest }) => digest as string),
    [digests['tag'] ?? '', digests['tag_ppc64le'] ?? ''],
  );
});

test('a container without the second architecture is that of the first alone, with a warning', async (t) => {
  const { registry, resolve } = await start(t);
  const nova = await put(registry, 'nova-api', { tag: 'amd64' });
  const base = await put(registry, 'base', { tag_x86_64: 'amd64', tag: 'amd64' });
  await put(registry, 'os', { tag_x86_64: 'amd64', tag_ppc64le: 'ppc64le' });
  const { found, missing, warnings } = await resolve(['os', 'nova-api', 'base', 'gone']);
  t.deepEqual(
    found.map(({ name }) => name),
    ['base', 'nova-api', 'os'],
  );
  t.is(found[0]?.digest as string, base['tag_x86_64'] ?? '');
  t.is(found[1]?.digest as string, nova['tag'] ?? '');
  t.deepEqual(missing, ['gone']);
  t.deepEqual(warnings, ['ppc64le is missing for base, nova-api: x86_64 alone']);
});

test('one of several secondary architectures may be missing', async (t) => {
  const { registry, resolve } = await start(t);
  await put(registry, 'os', { tag_x86_64: 'amd64', tag_ppc64le: 'ppc64le' });
  const { found, warnings, manifests } = await resolve(['os'], parseArches('x86_64,s390x,ppc64le,aarch64'));
  t.is(manifests.get(found[0]?.digest as never)?.children.length, 2);
  t.is(registry.requests().counts['GET manifest'], 5, 'four tags, and the plain one once');
  t.deepEqual(warnings, ['s390x and aarch64 are missing for os: x86_64 and ppc64le']);
});

test('a container without the primary architecture is missing, whatever else it has', async (t) => {
  const { registry, resolve } = await start(t);
  await put(registry, 'os', { tag_ppc64le: 'ppc64le' });
  const { found, missing, warnings } = await resolve(['os']);
  t.deepEqual([found, missing, warnings], [[], ['os'], []]);
});

test('an index that was built whole keeps its digest', async (t) => {
  const { registry, resolve } = await start(t);
  const digests = await put(registry, 'os', { a: 'amd64', p: 'ppc64le' });
  const children = [
    { digest: digests['p'] as never, architecture: 'ppc64le' },
    { digest: digests['a'] as never, architecture: 'amd64' },
  ];
  const built = registry.putIndex('ns/openstack-os', ['tag'], children);
  const { found, warnings, manifests, assembled } = await resolve(['os']);
  t.deepEqual(found, [{ name: 'os', digest: built }]);
  t.is(assembled.size, 0);
  t.deepEqual(warnings, []);
  t.is(manifests.size, 3);
  t.deepEqual((await resolve(['os'], parseArches('ppc64le'))).found, [{ name: 'os', digest: digests['p'] as never }]);
});

test('the plain index of another build lends no image', async (t) => {
  const { registry, resolve } = await start(t);
  const digests = await put(registry, 'os', { tag_x86_64: 'amd64', p: 'ppc64le' });
  const old = await registry.putImage('ns/openstack-os', [], {
    layers: [],
    labels: { old: '1' },
    architecture: 'amd64',
  });
  const list = (digest: Digest) => [
    { digest, architecture: 'amd64' },
    { digest: digests['p'] as never, architecture: 'ppc64le' },
  ];
  registry.putIndex('ns/openstack-os', ['tag'], list(old));
  const { found, warnings } = await resolve(['os']);
  t.deepEqual(found, [{ name: 'os', digest: digests['tag_x86_64'] as never }]);
  t.deepEqual(warnings, ['ppc64le is missing for os: x86_64 alone']);
  const same = registry.putIndex('ns/openstack-os', ['tag'], list(digests['tag_x86_64'] as never));
  t.deepEqual((await resolve(['os'])).found, [{ name: 'os', digest: same }]);
});

test('of an index with more, the platforms asked for are taken', async (t) => {
  const { registry, resolve } = await start(t);
  const digests = await put(registry, 'os', { a: 'amd64', p: 'ppc64le', r: 'arm64' });
  const list = [
    { digest: digests['a'] as never, architecture: 'amd64' },
    { digest: digests['p'] as never, architecture: 'ppc64le' },
    { digest: digests['r'] as never, architecture: 'arm64' },
  ];
  registry.putIndex('ns/openstack-os', ['tag'], list);
  const { found, manifests } = await resolve(['os']);
  const index = manifests.get(found[0]?.digest as never);
  t.deepEqual(
    index?.children.map(({ digest }) => digest as string),
    [digests['a'] ?? '', digests['p'] ?? ''],
  );
  const images = (['amd64', 'ppc64le'] as const).flatMap((architecture, at) => {
    const manifest = manifests.get(digests[at === 0 ? 'a' : 'p'] as never);
    const arch = knownArches.find((known) => known.architecture === architecture);
    return manifest === undefined || arch === undefined ? [] : [{ arch, manifest }];
  });
  t.is(assembleIndex(images).digest, index?.digest as never);
});

test('a tag of one architecture may name an index too', async (t) => {
  const { registry, resolve } = await start(t);
  const digests = await put(registry, 'os', { a: 'amd64', tag_ppc64le: 'ppc64le' });
  registry.putIndex('ns/openstack-os', ['tag_x86_64'], [{ digest: digests['a'] as never, architecture: 'amd64' }]);
  const { found, manifests } = await resolve(['os']);
  const index = manifests.get(found[0]?.digest as never);
  t.deepEqual(
    index?.children.map(({ digest }) => digest as string),
    [digests['a'] ?? '', digests['tag_ppc64le'] ?? ''],
  );
});

test('an image of another architecture than its tag says is an error that names both', async (t) => {
  const { registry, resolve } = await start(t);
  await put(registry, 'os', { tag_x86_64: 'amd64', tag_ppc64le: 'arm64' });
  await put(registry, 'base', { tag: 's390x' });
  const error = await t.throwsAsync(resolve(['os', 'base', 'gone']), { instanceOf: OciError, code: 'incomplete' });
  t.regex(error.message, /os:tag_ppc64le is to be of ppc64le \("ppc64le"\), and its config says "arm64"/);
  t.regex(error.message, /base:tag is to be of x86_64 \("amd64"\), and its config says "s390x"/);
  t.regex(error.message, /2 of 3 failed/);
});

test('a config that is none is an error', async (t) => {
  const { registry, resolve } = await start(t);
  for (const [name, bytes] of [
    ['os', 'no JSON'],
    ['base', '{}'],
    ['qdr', 'null'],
  ] as const) {
    const digest = await registry.putBlob(`ns/openstack-${name}`, Buffer.from(bytes));
    const mediaType = mediaTypes.ociManifest;
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: bytes.length };
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }));
    registry.putManifest(`ns/openstack-${name}`, ['tag'], body, mediaType);
  }
  const error = await t.throwsAsync(resolve(['os', 'base', 'qdr']), { instanceOf: OciError, code: 'incomplete' });
  t.regex(error.message, /openstack-os:tag has a config that is not JSON/);
  t.regex(error.message, /openstack-base:tag is to be of x86_64 .*says no architecture/);
  t.regex(error.message, /openstack-qdr:tag is to be of x86_64 .*says no architecture/);
});

test('a child that an index only names is an error', async (t) => {
  const { registry, resolve } = await start(t);
  const digests = await put(registry, 'os', { a: 'amd64' });
  const inner = registry.putIndex('ns/openstack-os', [], [{ digest: digests['a'] as never, architecture: 'amd64' }]);
  registry.putIndex('ns/openstack-os', ['tag'], [{ digest: inner, architecture: 'amd64' }]);
  await t.throwsAsync(resolve(['os']), { instanceOf: OciError, message: /for x86_64, which is an index again/ });
});

test('a registry that fails is not one that lacks the container', async (t) => {
  const { registry, resolve } = await start(t);
  await put(registry, 'os', { tag: 'amd64' });
  registry.setFaults(({ reference }) => (reference === 'tag_ppc64le' ? { type: 'status', status: 503 } : null));
  await t.throwsAsync(resolve(['os']), { instanceOf: OciError, code: 'incomplete' });
});

test('when it is cancelled, nothing more is asked', async (t) => {
  const { registry, place } = await start(t);
  const signal = AbortSignal.abort(new Error('enough'));
  const options = { concurrency: 4, signal, manifests: { add() {} } };
  await t.throwsAsync(resolveArches(place, ['os', 'base'], 'tag', both, options), { message: 'enough' });
  t.is(registry.requests().total, 0);
});
