import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabRegistry } from '@tagflow/lab';
import type { Digest } from '@tagflow/model';
import test from 'ava';
import { build, layoutOf, savedOf, tarOf, writeFiles } from './built.ts';
import { between, configOf, hash, makeWorld, names, readSet, seed, type World } from './world.ts';

// Where containers come from, and what comes with them.

const archives: readonly (readonly [what: string, write: (folder: string) => Promise<string>])[] = [
  [
    'oci: a layout of all containers',
    async (folder) => {
      const images = names.map((name) => [`localhost/ns/openstack-${name}:${hash}`, build(name)] as const);
      await writeFiles(join(folder, 'layout'), layoutOf(Object.fromEntries(images)));
      return `oci:${folder}/layout`;
    },
  ],
  [
    'oci: a layout for each container, found by its tag',
    async (folder) => {
      for (const name of names) await writeFiles(join(folder, 'built', name), layoutOf({ [hash]: build(name) }));
      return `oci:${folder}/built/{name}`;
    },
  ],
  [
    'oci-archive: a tar for each container',
    async (folder) => {
      for (const name of names) await writeFile(join(folder, `${name}.tar`), tarOf(layoutOf({ [hash]: build(name) })));
      return `oci-archive:${folder}/{name}.tar`;
    },
  ],
  [
    'docker-archive: a tar for each container',
    async (folder) => {
      for (const name of names) {
        const saved = savedOf(build(name), `quay.io/ns/openstack-${name}:${hash}`);
        await writeFile(join(folder, `${name}.tar`), tarOf(saved));
      }
      return `docker-archive:${folder}/{name}.tar`;
    },
  ],
];
for (const [what, write] of archives) {
  test(`${what}; a second run does nothing`, async (t) => {
    const world = await makeWorld(t);
    const target = await world.registry();
    const source = await write(world.folder);
    const inputs = { ...between(target, target), source, containers: names.join() };
    const result = await world.run(inputs);
    t.is(result.outcome, 'done', result.message);
    const { containers } = await readSet(result);
    t.deepEqual(
      containers.map(({ name }) => name),
      names,
    );
    for (const { name, digest } of containers) {
      t.is(target.manifest(`ns/openstack-${name}`, hash)?.digest, digest);
      // Layers of a docker archive are compressed anew; a layout is taken as it is.
      if (!what.startsWith('docker')) t.is(digest as string, build(name).digest);
    }
    const again = await world.run(inputs);
    t.is(again.outcome, 'nothing-to-do', again.message);
  });
}

const noArchive: readonly (readonly [what: string, inputs: Readonly<Record<string, string>>, said: RegExp])[] = [
  ['that is not there', { source: 'oci:absent/{name}' }, /source "oci:absent\/\{name\}": absent is not there/],
  ['that lists no names', { source: 'oci:.', containers: '' }, /has published no set|lists no repositories/],
  ['as a namespace', { source: 'oci:.', containers: '', 'containers-from': 'namespace' }, /lists no repositories/],
  [
    'as a destination',
    { destinations: 'oci:elsewhere' },
    /"oci:elsewhere" is what a build leaves; write to a registry/,
  ],
];
for (const [what, inputs, said] of noArchive) {
  test(`files ${what}: invalid`, async (t) => {
    const world = await makeWorld(t);
    const target = await world.registry();
    const result = await world.run({ ...between(target, target), containers: 'base', ...inputs });
    t.is(result.outcome, 'invalid', result.message);
    t.regex(result.message ?? '', said);
    t.is(target.requests().total, 0);
  });
}

test('a file that is missing is a container that is missing: all are named, and nothing is written', async (t) => {
  const world = await makeWorld(t);
  const target = await world.registry();
  await writeFiles(join(world.folder, 'built', 'base'), layoutOf({ [hash]: build('base') }));
  const source = `oci:${world.folder}/built/{name}`;
  const result = await world.run({ ...between(target, target), source, containers: 'base, nova-api, heat-api' });
  t.is(result.outcome, 'failed');
  t.is(result.outputs['missing'], 'heat-api,nova-api');
  t.deepEqual(target.repositories(), []);
});

async function seedArches(registry: LabRegistry): Promise<void> {
  await seed(registry, { tag: `${hash}_x86_64` });
  const some = names.filter((name) => name !== 'base');
  await seed(registry, { tag: `${hash}_ppc64le`, names: some, architecture: 'ppc64le', salt: ' ppc' });
}

const arches = { arches: 'x86_64, ppc64le', containers: names.join() };
const architecturesOf = (registry: LabRegistry, name: string): unknown => {
  const { manifests } = JSON.parse(`${registry.manifest(`ns/openstack-${name}`, hash)?.body.toString()}`) as {
    readonly manifests?: readonly { readonly platform: { readonly architecture: string } }[];
  };
  return manifests?.map(({ platform }) => platform.architecture) ?? null;
};

test('two architectures are one index; where the second is missing, a warning and the first alone', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seedArches(source);
  const inputs = { ...between(source, target), ...arches };
  const result = await world.run(inputs);
  t.is(result.outcome, 'done', result.message);
  t.deepEqual(architecturesOf(target, 'nova-api'), ['amd64', 'ppc64le']);
  t.is(architecturesOf(target, 'base'), null);
  t.is(
    target.manifest('ns/openstack-base', hash)?.digest,
    source.manifest('ns/openstack-base', `${hash}_x86_64`)?.digest,
  );
  t.deepEqual(world.warnings, ['ppc64le is missing for base: x86_64 alone']);
  t.regex(result.summary ?? '', /Warnings:\n\n- ppc64le is missing for base: x86_64 alone/);
  t.is((await world.run(inputs)).outcome, 'nothing-to-do');
});

test('in one registry the tag of the hash moves from the image of the first architecture to the index', async (t) => {
  const world = await makeWorld(t);
  const blobs = new Set<string>();
  const registry = await world.registry({
    onRequest({ method, kind, repository }) {
      if (method !== 'GET' && ['blob', 'upload', 'mount'].includes(kind)) blobs.add(repository);
    },
  });
  await seedArches(registry);
  await seed(registry);
  const first = registry.manifest('ns/openstack-nova-api', hash)?.digest;
  const inputs = { ...between(registry, registry), ...arches };
  const result = await world.run(inputs);
  t.is(result.outcome, 'done', result.message);
  t.deepEqual(architecturesOf(registry, 'nova-api'), ['amd64', 'ppc64le']);
  t.not(registry.manifest('ns/openstack-nova-api', hash)?.digest, first);
  t.deepEqual(
    [...blobs],
    ['ns/openstack-heat-api', 'ns/tagflow-set'],
    'that one may push is proven in one; no blob is written',
  );
  t.is((await world.run(inputs)).outcome, 'nothing-to-do');
});

test('the first architecture is missing: so is the container', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source, { tag: `${hash}_ppc64le`, architecture: 'ppc64le' });
  const result = await world.run({ ...between(source, target), ...arches });
  t.is(result.outcome, 'failed');
  t.is(result.outputs['missing'], names.join());
  t.deepEqual(target.repositories(), []);
});

const config = 'application/vnd.oci.empty.v1+json';

/** Signs an image as cosign does (a tag), and attests it as others do (a manifest that names its subject). */
async function sign({ registry }: { registry: LabRegistry }, repository: string, subject: Digest) {
  const empty = { mediaType: config, size: 2, digest: await registry.putBlob(repository, Buffer.from('{}')) };
  const put = async (type: string, tags: readonly string[], more: object): Promise<Digest> => {
    const bytes = Buffer.from(`${type} of ${subject}`);
    const layers = [{ mediaType: type, size: bytes.length, digest: await registry.putBlob(repository, bytes) }];
    const manifest = { schemaVersion: 2, mediaType: manifestType, config: empty, layers, ...more };
    return registry.putManifest(repository, tags, Buffer.from(JSON.stringify(manifest)), manifestType);
  };
  const size = registry.manifest(repository, subject)?.body.length;
  const about = { artifactType: 'application/spdx+json', subject: { mediaType: manifestType, digest: subject, size } };
  return {
    tag: `${subject.replace(':', '-')}.sig`,
    signature: await put('application/vnd.dev.cosign.simplesigning.v1+json', [`${subject.replace(':', '-')}.sig`], {}),
    attestation: await put('application/spdx+json', [], about),
  };
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

async function signed(world: World) {
  const [source, target] = [await world.registry({ referrers: true }), await world.registry({ referrers: true })];
  const [container] = await seed(source, { names: ['base'] });
  const repository = 'ns/openstack-base';
  const attached = await sign({ registry: source }, repository, container?.digest as Digest);
  return { source, target, repository, ...attached };
}

test('signatures: cosign’s tag and the manifests that name the image come along', async (t) => {
  const world = await makeWorld(t);
  const { source, target, repository, tag, signature, attestation } = await signed(world);
  const inputs = { ...between(source, target), containers: 'base', signatures: 'true' };
  const result = await world.run(inputs);
  t.is(result.outcome, 'done', result.message);
  t.is(target.manifest(repository, tag)?.digest, signature);
  t.not(target.manifest(repository, attestation), null);
  t.deepEqual(target.tags(repository), [hash, tag].sort());
  t.is((await world.run(inputs)).outcome, 'nothing-to-do');
});

test('without signatures, the image alone', async (t) => {
  const world = await makeWorld(t);
  const { source, target, repository, attestation } = await signed(world);
  const result = await world.run({ ...between(source, target), containers: 'base' });
  t.is(result.outcome, 'done', result.message);
  t.deepEqual(target.tags(repository), [hash]);
  t.is(target.manifest(repository, attestation), null);
});

// Inputs that are given win over what the phase says.
test('signatures: false, though the phase says true', async (t) => {
  const world = await makeWorld(t);
  const { source, target, repository } = await signed(world);
  const containers = 'source: rdo, destinations: [docker], signatures: true';
  const config = await world.file('tagflow.yaml', configOf(source, target, { containers }));
  await world.run({ config, phase: 'upstream', 'full-hash': hash, containers: 'base', signatures: 'false' });
  t.deepEqual(target.tags(repository), [hash]);
});

// Images are often signed when they have been copied already.
test('signed after the copy: a later run brings the signature', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const [container] = await seed(source, { names: ['base'] });
  const inputs = { ...between(source, target), containers: 'base', signatures: 'true' };
  t.is((await world.run(inputs)).outcome, 'done');
  const { tag, signature } = await sign({ registry: source }, 'ns/openstack-base', container?.digest as Digest);
  const result = await world.run(inputs);
  t.is(target.manifest('ns/openstack-base', tag)?.digest, signature);
  t.is(result.outcome, 'done', result.message);
});
