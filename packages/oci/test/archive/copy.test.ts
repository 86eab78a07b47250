import type { ContainerEntry } from '@tagflow/model';
import { gunzipSync, gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { anonymous } from '../../src/auth/docker-config.ts';
import type { ArchivePlace } from '../../src/archive/archive-place.ts';
import { copyContainers } from '../../src/copy.ts';
import { createManifestStore } from '../../src/manifest-store.ts';
import { openPlace } from '../../src/place.ts';
import { makeWorld } from '../world.ts';
import {
  type Bench,
  build,
  digestOf,
  layoutOf,
  layoutOfOne,
  listed,
  makeBench,
  refName,
  savedOf,
  tarOfFiles,
} from './built.ts';

const names = ['heat-api', 'nova-api'];
const images = names.map((name) => build(name));
const [heat, nova] = images as [(typeof images)[0], (typeof images)[0]];
const full = (name: string): string => `quay.io/ns/openstack-${name}:built`;
const layout = layoutOf(
  images.map((image, at) => listed(image.manifest, { [refName]: full(names[at] ?? '') })),
  ...images.map(({ blobs }) => blobs),
);
const saved = savedOf(images.map((image, at) => [image, [full(names[at] ?? '')]]));

async function resolve(place: ArchivePlace): Promise<readonly ContainerEntry[]> {
  const entries: ContainerEntry[] = [];
  for (const name of names) {
    const head = await place.reader.headManifest(place.repository(name), 'built');
    if (head !== null) entries.push({ name, digest: head.digest });
  }
  return entries;
}

/** Copies both containers into an empty registry, and returns it. */
async function copyAll(t: ExecutionContext, place: ArchivePlace) {
  const world = makeWorld(t);
  const registry = await world.registry();
  const entries = await resolve(place);
  const target = openPlace({ url: `${registry.url}/to`, credentials: anonymous, effects: world.effects });
  await copyContainers({
    ...{ source: place.reader, target: target.client, concurrency: 2, what: 'copy', manifests: createManifestStore() },
    tasks: entries.map(({ name, digest }) => ({
      ...{ name, digest, tag: 'hash', from: place.repository(name), to: target.repository(name) },
    })),
    clock: world.effects.clock,
    log: world.effects.log,
    ...world.stage,
  });
  return { registry, entries };
}

const layouts: readonly (readonly [string, (bench: Bench) => Promise<string>])[] = [
  ['a layout of all', async ({ write }) => `oci:${await write('built', layout)}`],
  ['a tar of all', async ({ write }) => `oci-archive:${await write('built.tar', tarOfFiles(layout))}`],
  ['a gzipped tar', async ({ write }) => `oci-archive:${await write('built.tgz', gzipSync(tarOfFiles(layout)))}`],
  [
    'a layout for each',
    async ({ root, write }) => {
      await write('openstack-heat-api', layoutOfOne(heat, 'built'));
      await write('openstack-nova-api', layoutOfOne(nova));
      return `oci:${root}/openstack-{name}`;
    },
  ],
  [
    'a tar for each',
    async ({ root, write }) => {
      await write('heat-api/image.tar', tarOfFiles(layoutOfOne(heat, full('heat-api'))));
      await write('nova-api/image.tar', tarOfFiles(layoutOfOne(nova)));
      return `oci-archive:${root}/{name}/image.tar`;
    },
  ],
];

for (const [title, write] of layouts) {
  test(`containers are copied from ${title}, byte by byte`, async (t) => {
    const bench = await makeBench(t);
    const place = await bench.open(await write(bench), { namePattern: 'openstack-{name}' });
    const { registry, entries } = await copyAll(t, place);
    t.deepEqual(
      entries.map(({ digest }) => digest as string),
      images.map(({ digest }) => digest),
    );
    for (const [index, image] of images.entries()) {
      t.deepEqual(registry.manifest(`to/${names[index]}`, 'hash')?.body, image.manifest);
    }
    t.is(registry.requests().counts['PUT upload'], 5); // the base once, and a layer and a configuration for each
    await place.close();
    t.deepEqual(await bench.temporary(), []);
  });
}

for (const form of ['plain', 'gzipped', 'one for each'] as const) {
  test(`containers are copied from docker archives: ${form}`, async (t) => {
    const bench = await makeBench(t);
    const tar = tarOfFiles(saved);
    for (const [index, name] of names.entries()) {
      await bench.write(`${name}.tar`, tarOfFiles(savedOf([[images[index]!, [full(name)]]])));
    }
    await bench.write('all.tar', form === 'gzipped' ? gzipSync(tar) : tar);
    const place = await bench.open(`docker-archive:${bench.root}/${form === 'one for each' ? '{name}' : 'all'}.tar`, {
      namePattern: 'openstack-{name}',
    });
    t.deepEqual(await bench.temporary(), [], 'nothing is done before a container is asked for');
    const { registry, entries } = await copyAll(t, place);
    for (const [index, { name, digest }] of entries.entries()) {
      const stored = registry.manifest(`to/${name}`, 'hash');
      t.is(stored?.digest, digest);
      t.is(stored?.mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
      const manifest = JSON.parse(`${stored?.body}`);
      t.is(manifest.config.digest, digestOf(images[index]!.config), 'the image id stays');
      for (const [at, layer] of manifest.layers.entries()) {
        const bytes = await place.reader.readBlob(place.repository(name), layer);
        t.is(bytes.length, layer.size);
        t.deepEqual(gunzipSync(bytes), images[index]!.layers[at]);
      }
    }
    // Their base layer is compressed once, unless each has an archive of its own.
    const packed = (await bench.temporary()).filter((path) => path.endsWith('.gz'));
    t.is(packed.length, form === 'one for each' ? 4 : 3);
    await place.close();
    t.deepEqual(await bench.temporary(), []);
    const again = await bench.open(place.title, { namePattern: 'openstack-{name}' });
    t.deepEqual(await resolve(again), entries, 'the same digests another time');
  });
}
