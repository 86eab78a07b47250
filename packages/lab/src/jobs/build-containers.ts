import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { canonicalJson, type FullHash } from '@tagflow/model';
import { fetchPlain } from '../fetch.ts';
import { inParallel } from '../parallel.ts';
import { randomBytes } from '../random.ts';
import { tarBuffer } from './tar.ts';

export interface BuildContainersOptions {
  readonly fullHash: FullHash;
  /** Registry and namespace, such as `http://127.0.0.1:5000/tripleomaster`; without credentials. */
  readonly registryUrl: string;
  /** What a bare name is called in the registry, such as `centos-binary-{name}`. Default `{name}`. */
  readonly namePattern?: string;
  /** Bare names. */
  readonly names: readonly string[];
  /** Where containers-built.log goes. */
  readonly outDir: string;
  /** Bytes of a container's own layer; the shared base has eight times as many. Default 64 KiB. */
  readonly layerBytes?: number;
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
}

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

interface Layer extends Blob {
  /** The digest of the tar before it was compressed, as a config names it. */
  readonly diffId: string;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const configType = 'application/vnd.oci.image.config.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/**
 * Builds one small image for each name and pushes it under `:<full hash>`: a base layer that all share, a layer of the
 * service, and one that is new with every hash. Writes `containers-built.log`, a line `<bare name> <tag>` for each,
 * and returns its path. The same hash gives the same digests.
 * @throws Error naming the request that the registry did not take, or when `names` is empty.
 */
export async function buildContainers(options: BuildContainersOptions): Promise<string> {
  const { names, fullHash, outDir, write, layerBytes = 65_536 } = options;
  const [first, ...others] = names;
  if (first === undefined) throw new Error('no containers to build: the list of names is empty');
  const base = await makeLayer('base', 8 * layerBytes);
  const build = async (name: string, baseFrom: string | null): Promise<string> => {
    const layers = [
      base,
      await makeLayer(`service ${name}`, layerBytes),
      await makeLayer(`update ${name} ${fullHash}`, Math.ceil(layerBytes / 2)),
    ];
    const digest = await pushImage(options, name, layers, baseFrom);
    write(`built ${name} ${digest}`);
    return `${name} ${fullHash}\n`;
  };
  // The first one brings the base layer; the others mount it from there.
  const lines = [await build(first, null), ...(await inParallel(others, 4, (name) => build(name, first)))];
  await mkdir(outDir, { recursive: true });
  const log = join(outDir, 'containers-built.log');
  await writeFile(log, lines.join(''));
  return log;
}

async function makeLayer(seed: string, size: number): Promise<Layer> {
  const content = [randomBytes(seed, size)];
  const tar = await tarBuffer([{ name: `opt/lab/${seed.replaceAll(' ', '-')}`, size, content }]);
  // Random bytes do not get smaller: the fastest level is enough for readers that expect gzip.
  const bytes = gzipSync(tar, { level: 1 });
  return { digest: digestOf(bytes), bytes, diffId: digestOf(tar) };
}

async function pushImage(
  options: BuildContainersOptions,
  name: string,
  layers: readonly Layer[],
  baseFrom: string | null,
): Promise<string> {
  const config = Buffer.from(
    canonicalJson({
      architecture: 'amd64',
      os: 'linux',
      created: '2018-01-01T00:00:00Z',
      config: { Labels: { name, 'lab.full-hash': options.fullHash } },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    }),
  );
  for (const [index, layer] of layers.entries()) {
    await pushBlob(options, name, layer, index === 0 ? baseFrom : null);
  }
  await pushBlob(options, name, { digest: digestOf(config), bytes: config }, null);
  const manifest = Buffer.from(
    canonicalJson({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: configType, digest: digestOf(config), size: config.length },
      layers: layers.map(({ digest, bytes }) => ({ mediaType: layerType, digest, size: bytes.length })),
    }),
  );
  const url = `${repositoryUrl(options, name)}/manifests/${options.fullHash}`;
  await expectStatus(options, 'PUT', url, [201], manifest, { 'content-type': manifestType });
  return digestOf(manifest);
}

async function pushBlob(
  options: BuildContainersOptions,
  name: string,
  { digest, bytes }: Blob,
  from: string | null,
): Promise<void> {
  const repository = repositoryUrl(options, name);
  const known = await expectStatus(options, 'HEAD', `${repository}/blobs/${digest}`, [200, 404]);
  if (known.status === 200) return;
  const mount = from === null ? '' : `?mount=${digest}&from=${encodeURIComponent(repositoryName(options, from))}`;
  const begun = await expectStatus(options, 'POST', `${repository}/blobs/uploads/${mount}`, [201, 202]);
  if (begun.status === 201) return;
  const place = new URL(begun.headers.location ?? '', repository);
  place.searchParams.set('digest', digest);
  await expectStatus(options, 'PUT', place.href, [201], bytes, { 'content-type': 'application/octet-stream' });
}

async function expectStatus(
  { signal }: BuildContainersOptions,
  method: string,
  url: string,
  allowed: readonly number[],
  body?: Buffer,
  headers: Readonly<Record<string, string>> = {},
): ReturnType<typeof fetchPlain> {
  const answer = await fetchPlain(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  if (!allowed.includes(answer.status)) {
    throw new Error(
      `${method} ${url} answered ${answer.status}, not ${allowed.join(' or ')}: ${answer.text.slice(0, 200)}`,
    );
  }
  return answer;
}

function repositoryName({ registryUrl, namePattern = '{name}' }: BuildContainersOptions, name: string): string {
  const namespace = new URL(registryUrl).pathname.replaceAll(/^\/|\/$/g, '');
  const leaf = namePattern.replaceAll('{name}', name);
  return namespace === '' ? leaf : `${namespace}/${leaf}`;
}

function repositoryUrl(options: BuildContainersOptions, name: string): string {
  return `${new URL(options.registryUrl).origin}/v2/${repositoryName(options, name)}`;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
