import { createHash } from 'node:crypto';
import type { LabRegistry } from '@tagflow/lab';
import { type Check, type Digest, parseDigest } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { anonymous } from '../src/auth/docker-config.ts';
import { otherHashes, parseImageConfig } from '../src/verify-set/image-config.ts';
import { verifyContainerSet } from '../src/verify-set/verify-container-set.ts';
import { hash, makeWorld, otherHash } from './world.ts';

const types = {
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
};
const repository = 'ns/heat-api';

interface Image {
  readonly architecture?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly layers?: readonly string[];
  readonly diffIds?: number;
  /** What the manifest says of its config and layers, where that is not true. */
  readonly size?: number;
  readonly configSize?: number;
  readonly config?: string;
}

/** Puts an image as somebody may have built it, right or wrong. */
async function put(
  registry: LabRegistry,
  image: Image = {},
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const { architecture = 'amd64', labels = {}, layers = ['base', 'service'], diffIds = layers.length } = image;
  const config = image.config ?? defaultConfig(diffIds, architecture, labels);
  for (const blob of [config, ...layers]) await registry.putBlob(repository, Buffer.from(blob));
  const describe = (mediaType: string, blob: string, size = Buffer.byteLength(blob)) => ({
    ...{ mediaType, size, digest: sum(blob) },
  });
  const body = Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: types.manifest, config: describe(types.config, config, image.configSize) },
      layers: layers.map((layer) => describe(types.layer, layer, image.size)),
    }),
  );
  return { digest: registry.putManifest(repository, [], body, types.manifest), size: body.length };
}

function defaultConfig(layers: number, architecture = 'amd64', labels = {}): string {
  const rootfs = { type: 'layers', diff_ids: Array.from({ length: layers }, () => sum('x')) };
  return JSON.stringify({ os: 'linux', architecture, config: { Labels: labels }, rootfs });
}

function putIndex(registry: LabRegistry, manifests: readonly object[]): Digest {
  const body = { schemaVersion: 2, mediaType: types.index, manifests };
  return registry.putManifest(repository, [], Buffer.from(JSON.stringify(body)), types.index);
}

function sum(text: string): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(text).digest('hex')}`);
}

async function verify(
  t: ExecutionContext,
  build: (registry: LabRegistry) => Promise<Digest>,
  options: { readonly depth?: 'quick' | 'sample' | 'full'; readonly hashLabels?: readonly string[] } = {},
) {
  const world = makeWorld(t, { attempts: 1 });
  const registry = await world.registry();
  const digest = await build(registry);
  registry.resetRequests();
  const checks: Check[] = [];
  const place = { url: `${registry.url}/ns` };
  const containers = [{ name: 'heat-api', digest }];
  const request = {
    place,
    containers,
    fullHash: hash,
    credentials: anonymous,
    concurrency: 2,
    depth: 'sample',
  } as const;
  await verifyContainerSet({ ...request, ...options }, (check) => checks.push(check), world.effects);
  const [check, ...more] = checks;
  if (check === undefined || more.length > 0) throw new Error(`one check was expected: ${JSON.stringify(checks)}`);
  return { ...check, counts: registry.requests().counts };
}

test('an index is looked at with the images of all its platforms; shared layers are asked for once', async (t) => {
  const build = async (registry: LabRegistry): Promise<Digest> => {
    const children = [];
    for (const architecture of ['amd64', 'arm64']) {
      const image = { architecture, layers: ['base', `service ${architecture}`], labels: { tcib_build_tag: hash } };
      children.push({
        ...(await put(registry, image)),
        mediaType: types.manifest,
        platform: { os: 'linux', architecture },
      });
    }
    return putIndex(registry, children);
  };
  const sample = await verify(t, build);
  t.like(sample, { ok: true, detail: 'manifest and config are as the digest says; layers: 3, there; platforms: 2' });
  t.deepEqual(sample.counts, { 'GET manifest': 3, 'GET blob': 2, 'HEAD blob': 3 });
  const full = await verify(t, build, { depth: 'full' });
  t.like(full, { ok: true, detail: 'manifest and config are as the digest says; layers: 3, read; platforms: 2' });
  t.deepEqual(full.counts, { 'GET manifest': 3, 'GET blob': 5 });
  t.is(full.bytes - sample.bytes, 'baseservice amd64service arm64'.length);
});

test('the bytes of a layer are read once, in whatever repositories it is, and it is looked for in each', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const { digest } = await put(registry);
  const image = registry.manifest(repository, digest);
  const blobs: readonly string[] = ['base', 'service'];
  const { config } = JSON.parse(`${image?.body}`);
  const other = 'ns/heat-engine';
  for (const blob of blobs) await registry.putBlob(other, Buffer.from(blob));
  await registry.putBlob(other, Buffer.from(defaultConfig(2)));
  registry.putManifest(other, [], image?.body ?? Buffer.alloc(0), types.manifest);
  t.is(config.digest, sum(defaultConfig(2)));
  registry.resetRequests();
  const checks: Check[] = [];
  const containers = ['heat-api', 'heat-engine'].map((name) => ({ name, digest }));
  await verifyContainerSet(
    {
      ...{ place: { url: `${registry.url}/ns` }, containers, fullHash: hash, credentials: anonymous },
      ...{ concurrency: 1, depth: 'full' },
    },
    (check) => checks.push(check),
    world.effects,
  );
  t.deepEqual(
    checks.map(({ ok }) => ok),
    [true, true],
  );
  // Two manifests; two configs and two layers; the layers of the second one.
  t.deepEqual(registry.requests().counts, { 'GET manifest': 2, 'GET blob': 4, 'HEAD blob': 2 });
});

test('layers that somebody else serves are not asked for', async (t) => {
  const { ok, counts } = await verify(t, async (registry) => {
    const { config, layers } = JSON.parse(`${registry.manifest(repository, (await put(registry)).digest)?.body}`);
    const [first, second] = layers;
    const foreign = { ...second, digest: sum('elsewhere'), urls: ['https://example.org/layer'] };
    const parts = { config, layers: [first, foreign] };
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.manifest, ...parts }));
    return registry.putManifest(repository, [], body, types.manifest);
  });
  t.true(ok);
  t.is(counts['HEAD blob'], 1);
});

const wrong: readonly (readonly [string, RegExp, (registry: LabRegistry) => Promise<Digest>])[] = [
  ['a container that is not there', /heat-api@sha256:\w+: it is not there/, async () => sum('nobody')],
  ['an index that lists nothing', /the index lists no manifests/, async (registry) => putIndex(registry, [])],
  [
    'an index that is wrong about a size',
    /it has \d+ bytes, its index says 7/,
    async (registry) => putIndex(registry, [{ ...(await put(registry)), size: 7, mediaType: types.manifest }]),
  ],
  [
    'an index that is wrong about a platform',
    /the config is of linux\/amd64, its index says linux\/s390x/,
    async (registry) => {
      const platform = { os: 'linux', architecture: 's390x' };
      return putIndex(registry, [{ ...(await put(registry)), mediaType: types.manifest, platform }]);
    },
  ],
  [
    'another number of layers in the config',
    /the config lists 1 layers, its manifest 2/,
    async (registry) => (await put(registry, { diffIds: 1 })).digest,
  ],
  [
    'a config of another size',
    /the config has \d+ bytes, its manifest says 7/,
    async (registry) => (await put(registry, { configSize: 7 })).digest,
  ],
  [
    'a config that is no JSON',
    /the config is not a JSON object/,
    async (registry) => (await put(registry, { config: 'hello' })).digest,
  ],
  [
    'layers of another size',
    /the layer has 4 bytes, its manifest says 99; .*the layer has 7 bytes, its manifest says 99/,
    async (registry) => (await put(registry, { size: 99 })).digest,
  ],
  [
    'the label of another hash',
    /its label tcib_build_tag says that it was built from fedcba9876543210fedcba9876543210/,
    async (registry) => (await put(registry, { labels: { tcib_build_tag: otherHash } })).digest,
  ],
];

for (const [title, says, build] of wrong) {
  test(`wrong: ${title}`, async (t) => {
    const { ok, detail } = await verify(t, build);
    t.false(ok);
    t.regex(detail, says);
  });
}

test('labels count that are named, and only where they hold a hash', (t) => {
  const config = parseImageConfig(
    Buffer.from(JSON.stringify({ config: { Labels: { a: otherHash, b: 'v1.2', c: hash, d: 7, e: otherHash } } })),
  );
  t.deepEqual(otherHashes(config ?? { labels: {} }, hash, ['a', 'b', 'c', 'd', 'toString']), [
    `its label a says that it was built from ${otherHash}`,
  ]);
  t.is(parseImageConfig(Buffer.from('[]')), null);
});
