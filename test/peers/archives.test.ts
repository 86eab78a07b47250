import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { openArchivePlace } from '../../packages/oci/src/archive/archive-place.ts';
import { runForeign } from './foreign.ts';
import { startRealRegistry } from './real-registry.ts';

const names = ['heat-api', 'nova-api'];
const tag = 'built';
const repositoryOf = (name: string): string => `ns/openstack-${name}`;
const skopeo = (cwd: string, ...args: readonly string[]): Promise<string> =>
  runForeign('skopeo', ['--insecure-policy', ...args], { cwd });

interface Peers {
  readonly root: string;
  /** Where the registry has a container, as skopeo writes it. */
  from(name: string): string;
}

/** Starts a real registry that holds an index of two platforms for each name, all with one base layer; none is ours. */
async function startPeers(t: ExecutionContext): Promise<Peers> {
  const root = await mkdtemp(join(tmpdir(), 'tagflow-archives-'));
  t.teardown(() => rm(root, { recursive: true }));
  const registry = await startRealRegistry({ root });
  t.teardown(() => registry.close());
  const from = (name: string): string => `docker://${registry.host}/${repositoryOf(name)}:${tag}`;
  await mkdir(join(root, 'tree'));
  await writeFile(join(root, 'tree/base'), Buffer.alloc(300_000, 'base layer '));
  for (const name of names) {
    const layout = `seed-${name}`;
    await mkdir(join(root, layout, 'blobs/sha256'), { recursive: true });
    const manifests = [];
    for (const architecture of ['amd64', 'arm64']) {
      await writeFile(join(root, 'tree', name), `${name} for ${architecture}`);
      manifests.push(await seedImage(root, layout, ['base', name], architecture));
    }
    const index = await seedBlob(root, layout, 'application/vnd.oci.image.index.v1+json', {
      ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests },
    });
    await writeFile(join(root, layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(root, layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }));
    await skopeo(root, 'copy', '-q', '--all', '--dest-tls-verify=false', `oci:${layout}`, from(name));
  }
  return { root, from };
}

async function seedImage(root: string, layout: string, files: readonly string[], architecture: string) {
  const tars: Buffer[] = [];
  for (const file of files) {
    // GNU tar's; its default form has the time of day in it.
    await runForeign('tar', ['--mtime=@0', '-C', 'tree', '-cf', 'layer.tar', file], { cwd: root });
    tars.push(await readFile(join(root, 'layer.tar')));
  }
  const layers = [];
  for (const tar of tars)
    layers.push(await seedBlob(root, layout, 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar)));
  const config = await seedBlob(root, layout, 'application/vnd.oci.image.config.v1+json', {
    ...{ architecture, os: 'linux', config: {} },
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
    history: files.map((file) => ({ created_by: file })),
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = await seedBlob(root, layout, mediaType, { schemaVersion: 2, mediaType, config, layers });
  return { ...manifest, platform: { os: 'linux', architecture } };
}

async function seedBlob(root: string, layout: string, mediaType: string, content: Buffer | object) {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  const digest = digestOf(bytes);
  await writeFile(join(root, layout, 'blobs', digest.replace(':', '/')), bytes);
  return { mediaType, digest, size: bytes.length };
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function open(t: ExecutionContext, { root }: Peers, url: string) {
  const log = { debug() {}, info() {}, warning() {} };
  const signal = new AbortController().signal;
  const place = await openArchivePlace(url, { namePattern: 'openstack-{name}', signal, log, tempDir: root });
  t.teardown(() => place.close());
  return place;
}

/** What skopeo says of an image, as JSON. */
async function inspect(peers: Peers, reference: string, ...options: readonly string[]): Promise<string> {
  return runForeign('skopeo', ['--insecure-policy', 'inspect', ...options, reference], {
    cwd: peers.root,
    trim: false,
  });
}

const layouts: readonly (readonly [string, string, (name: string) => string])[] = [
  ['a layout of all', 'oci:built', (name) => `oci:built:${repositoryOf(name)}:${tag}`],
  ['a layout for each', 'oci:built-{name}', (name) => `oci:built-${name}:${tag}`],
  ['a tar for each', 'oci-archive:{name}.tar', (name) => `oci-archive:${name}.tar:${repositoryOf(name)}:${tag}`],
];

for (const [title, url, reference] of layouts) {
  test(`skopeo writes ${title}, and we read what skopeo reads`, async (t) => {
    const peers = await startPeers(t);
    for (const name of names) {
      await skopeo(peers.root, 'copy', '-q', '--all', '--src-tls-verify=false', peers.from(name), reference(name));
    }
    const path = url.slice(url.indexOf(':') + 1);
    const { reader, repository } = await open(t, peers, `${url.split(':')[0]}:${peers.root}/${path}`);
    for (const name of names) {
      const manifest = await reader.getManifest(repository(name), tag);
      t.is(`${Buffer.from(manifest?.bytes ?? [])}`, await inspect(peers, reference(name), '--raw'));
      const inRegistry = await inspect(peers, peers.from(name), '--raw', '--tls-verify=false');
      t.is(manifest?.digest as string | undefined, digestOf(Buffer.from(inRegistry)));
      t.is(manifest?.children.length, 2);
      for (const { digest } of manifest?.children ?? []) {
        const child = await reader.getManifest(repository(name), digest);
        t.is(child?.blobs.length, 3);
        for (const blob of child?.blobs ?? []) {
          const bytes = await buffer(await reader.openBlob(repository(name), blob));
          t.deepEqual([bytes.length, digestOf(bytes)], [blob.size, blob.digest]);
        }
      }
    }
  });
}

test('skopeo writes docker archives, and we make the images of them that skopeo sees there', async (t) => {
  const peers = await startPeers(t);
  const reference = (name: string): string => `docker-archive:${name}.tar:quay.io/${repositoryOf(name)}:${tag}`;
  for (const name of names) {
    await skopeo(peers.root, 'copy', '-q', '--src-tls-verify=false', peers.from(name), reference(name));
  }
  const { reader, repository } = await open(t, peers, `docker-archive:${peers.root}/{name}.tar`);
  for (const name of names) {
    const manifest = await reader.getManifest(repository(name), tag);
    const { config, layers } = JSON.parse(`${Buffer.from(manifest?.bytes ?? [])}`);
    t.is(
      `${await reader.readBlob(repository(name), config)}`,
      await inspect(peers, reference(name), '--config', '--raw'),
    );
    // skopeo gives the digests of the plain tars.
    const seen = JSON.parse(await inspect(peers, reference(name), '--raw'));
    t.is(config.digest, seen.config.digest);
    const plain: string[] = [];
    for (const layer of layers) plain.push(digestOf(gunzipSync(await reader.readBlob(repository(name), layer))));
    t.deepEqual(
      plain,
      seen.layers.map(({ digest }: { readonly digest: string }) => digest),
    );
    // The same image, when skopeo has it from a registry: the id did not change.
    const config64 = await inspect(peers, peers.from(name), '--config', '--raw', '--tls-verify=false');
    t.deepEqual(JSON.parse(config64).rootfs.diff_ids, plain);
  }
});
