import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildContainers, startLabRegistry } from '@tagflow/lab';
import { parseFullHash } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { bench, fullHash, otherHash } from './bench.ts';

const names = ['heat-api', 'nova-api'];
const linesOf = (hash: string, all = names): string => all.map((name) => `${name}\u00a0${hash}`).join('/');
const good = `containers-built.log=${linesOf(fullHash)}`;

/** A world whose registry holds the containers of the hash, as a builder pushes them. */
async function pushed(t: ExecutionContext, args: string) {
  const registry = await startLabRegistry();
  t.teardown(() => registry.close());
  const world = await bench(t, { containers: args, registry: registry.url });
  await buildContainers({
    ...{ fullHash: parseFullHash(fullHash), names, namePattern: 'openstack-{name}', layerBytes: 100 },
    ...{ registryUrl: `${registry.url}/tripleomaster`, outDir: join(world.folder, 'lab') },
    ...{ signal: new AbortController().signal, write: () => undefined },
  });
  return { ...world, registry };
}

test('what was pushed: the list, and the digests that are there', async (t) => {
  const { folder, registry, said, run, containers } = await pushed(
    t,
    `${good} log=TAGFLOW_REGISTRY_URL log=TAGFLOW_REGISTRY_NAMES log=OWN`,
  );
  const { outcome, outputs, message } = await run(containers);
  t.is(outcome, 'done', message);
  t.is(message, 'built 2 containers');
  t.deepEqual(Object.keys(outputs).sort(), ['build', 'containers', 'log-url']);
  t.is(outputs['containers'], join(folder, 'containers', 'containers-built.log'));
  const told = [
    `TAGFLOW_REGISTRY_URL: ${registry.url}/tripleomaster`,
    'TAGFLOW_REGISTRY_NAMES: openstack-{name}',
    'OWN: mine',
  ];
  for (const line of told) t.true(said.includes(line), line);
  const build = JSON.parse(await readFile(outputs['build'] ?? '', 'utf8')) as { outputs: { containers: object } };
  t.deepEqual(
    build.outputs.containers,
    names.map((name) => ({ name, digest: registry.manifest(`tripleomaster/openstack-${name}`, fullHash)?.digest })),
  );
});

const failures: readonly (readonly [string, string, RegExp])[] = [
  ['no list', 'other=x', /did not leave .*containers-built\.log/],
  ['an empty list', 'containers-built.log=/', /no line "name tag"/],
  ['a list without tags', 'containers-built.log=heat-api', /the line "heat-api", not "name tag"/],
  ['a list that is a page', 'containers-built.log=<html>', /the line "<html>", not "name tag"/],
  [
    'the tags of another hash',
    `containers-built.log=${linesOf(otherHash)}`,
    new RegExp(`to build ${fullHash}, and .*: heat-api has the tag ${otherHash}, nova-api has`),
  ],
  [
    'a tag that only begins like the hash',
    `containers-built.log=${linesOf(`${fullHash}_12345678`)}`,
    /heat-api has the tag a{40}_b{8}_12345678/,
  ],
  [
    'a container that was never pushed',
    `containers-built.log=${linesOf(fullHash, [...names, 'keystone'])}`,
    /lacks 1 of 3 containers .* under the tag a{40}_b{8}: keystone/,
  ],
  [
    'a container that failed',
    `${good} containers-successfully-built.log=${linesOf(fullHash, ['heat-api'])}`,
    /not all containers were built: nova-api failed/,
  ],
  [
    'the evidence of another hash',
    `${good} full-hash=${otherHash}`,
    new RegExp(`full-hash that it left is of ${otherHash}`),
  ],
];
for (const [name, args, message] of failures) {
  test(`failed: ${name}`, async (t) => {
    const { run, containers } = await pushed(t, args);
    const result = await run(containers);
    t.is(result.outcome, 'failed');
    t.regex(result.message ?? '', message);
    t.deepEqual(Object.keys(result.outputs), ['log-url']);
  });
}

test('failed: a container that has to be there, and is not in the list', async (t) => {
  const { run, containers } = await pushed(t, good);
  const result = await run({ ...containers, containers: 'heat-api, keystone' });
  t.is(result.outcome, 'failed');
  t.regex(result.message ?? '', /not all containers were built: keystone are not in containers-built\.log/);
});

interface Layout {
  /** What index.json calls the image. */
  readonly ref: string;
  readonly labels?: Readonly<Record<string, string>>;
}

async function writeLayout(folder: string, images: readonly Layout[]): Promise<void> {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  const blob = async (data: object, mediaType: string) => {
    const bytes = JSON.stringify(data);
    const hex = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(folder, 'blobs', 'sha256', hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const manifests = [];
  for (const { ref, labels = {} } of images) {
    const config = await blob({ config: { Labels: { ref, ...labels } } }, 'application/vnd.oci.image.config.v1+json');
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = await blob({ schemaVersion: 2, mediaType, config, layers: [] }, mediaType);
    manifests.push({ ...manifest, annotations: { 'org.opencontainers.image.ref.name': ref } });
  }
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

/** Runs a builder, without a registry, that leaves copies of what is in `made`. */
async function leave(t: ExecutionContext, make: (folder: string) => Promise<void>) {
  const { folder, run } = await bench(t);
  const made = join(folder, 'made');
  await mkdir(made);
  await writeFile(join(made, 'containers-built.log'), linesOf(fullHash).replaceAll('/', '\n'));
  await make(made);
  const command = `sh -c 'cp -R ${made}/. "$TAGFLOW_OUT_DIR"'`;
  const result = await run({ kind: 'containers', command, release: 'master' });
  return { ...result, left: join(folder, 'containers') };
}

test('a layout of all is a source', async (t) => {
  const { outcome, outputs, message, left } = await leave(t, (folder) =>
    writeLayout(
      folder,
      names.map((name) => ({ ref: `ns/${name}:${fullHash}`, labels: { tcib_build_tag: fullHash } })),
    ),
  );
  t.is(outcome, 'done', message);
  t.is(outputs['source'], `oci:${left}`);
  t.is(outputs['name-pattern'], '{name}');
});

test('a layout for each is a source', async (t) => {
  const { outcome, outputs, message, left } = await leave(t, async (folder) => {
    for (const name of names) await writeLayout(join(folder, name), [{ ref: fullHash }]);
  });
  t.is(outcome, 'done', message);
  t.is(outputs['source'], `oci:${left}/{name}`);
});

const refused: readonly (readonly [string, (folder: string) => Promise<void>, RegExp])[] = [
  [
    'the label of another hash',
    (folder) =>
      writeLayout(
        folder,
        names.map((name) => ({ ref: `${name}:${fullHash}`, labels: { tcib_build_tag: otherHash } })),
      ),
    new RegExp(`to build ${fullHash}, and heat-api has the label tcib_build_tag=${otherHash}, nova-api`),
  ],
  [
    'a layout that lacks one',
    (folder) => writeLayout(folder, [{ ref: `heat-api:${fullHash}` }]),
    /lacks 1 of 2 containers .*: nova-api/,
  ],
  [
    'a layout of garbage',
    async (folder) => {
      await writeLayout(folder, []);
      await writeFile(join(folder, 'index.json'), 'no');
    },
    /index\.json/,
  ],
  ['nothing but a list', () => Promise.resolve(), /nobody can look at the containers .*: no layout or archive is in/],
];
for (const [name, make, message] of refused) {
  test(`failed: ${name}`, async (t) => {
    const result = await leave(t, make);
    t.is(result.outcome, 'failed', result.message);
    t.regex(result.message ?? '', message);
  });
}
