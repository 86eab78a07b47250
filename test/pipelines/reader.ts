import { createHash } from 'node:crypto';
import { type ArtifactSet, type FullHash, parseFullHash, parseSet } from '@tagflow/model';
import type { Lab } from '@tagflow/lab';
import { containerPattern, namespace } from './lab-world.ts';
import { imageFolder } from './truth.ts';

/** A registry and the namespace of a release in it, as somebody who pulls knows them. */
export interface ReaderRegistry {
  readonly url: string;
  readonly namespace: string;
  /** How a container is called there; `{name}` is its bare name. */
  readonly pattern: string;
  readonly account?: { readonly username: string; readonly password: string };
}

/** The registry where the containers of a lab in classic mode are built. */
export function rdoOf(lab: Pick<Lab, 'rdo'>): ReaderRegistry {
  return { url: lab.rdo.url, namespace, pattern: containerPattern };
}

/** The other registry of a lab in classic mode, which wants a password. */
export function dockerOf(lab: Pick<Lab, 'docker'>): ReaderRegistry {
  return { url: lab.docker.url, namespace, pattern: containerPattern, account: dockerAccount };
}

// As the lab's docker config says.
const dockerAccount = { username: 'tripleo', password: 'docker-pass' };

/** Thrown for everything that a reader of a label should never see. */
class ReaderError extends Error {}

/** What stands below the digest of a container, with the digest of the bytes that came. */
interface PulledManifest {
  readonly digest: string;
  readonly body: unknown;
}

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** Reads what a label of a classic repository names, from the file that everybody reads it from. */
export async function readLabel(reposUrl: string, label: string): Promise<FullHash> {
  const url = `${reposUrl}/${label}/commit.yaml`;
  const file = (await get(url)).toString();
  const read = (field: string): string => new RegExp(`^[ -]*${field}: '?([0-9a-f]{40})'?$`, 'm').exec(file)?.[1] ?? '';
  return parseFullHash(`${read('commit_hash')}_${read('distro_hash').slice(0, 8)}`);
}

/** Reads the set of a hash (or of the hash that a link leads to) from an image store over HTTP. */
export async function readStoreSet(imagesUrl: string, name: string): Promise<ArtifactSet> {
  const url = `${imagesUrl}/${imageFolder}/${name}/set.json`;
  return parseSet((await get(url)).toString(), url);
}

/** Reads the set of a hash from a registry, where it is an artifact. */
export async function readRegistrySet(registry: ReaderRegistry, hash: string): Promise<ArtifactSet> {
  const repository = `${registry.namespace}/tagflow-set`;
  const { body } = await pull(registry, repository, hash);
  const [layer] = listOf(fieldsOf(body)['layers']);
  const bytes = await get(`${registry.url}/v2/${repository}/blobs/${fieldsOf(layer)['digest']}`, headersOf(registry));
  return parseSet(bytes.toString(), `${repository}:${hash}`);
}

/** Pulls the manifest of a container by tag or digest and returns the digest of its bytes. */
export async function pullContainer(registry: ReaderRegistry, name: string, reference: string): Promise<string> {
  const repository = `${registry.namespace}/${registry.pattern.replace('{name}', name)}`;
  return (await pull(registry, repository, reference)).digest;
}

/** Downloads an image of a hash and returns its size and checksum. */
export async function downloadImage(
  imagesUrl: string,
  hash: string,
  name: string,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const bytes = await get(`${imagesUrl}/${imageFolder}/${hash}/${name}`);
  return { size: bytes.length, sha256: sha256(bytes) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function pull(registry: ReaderRegistry, repository: string, reference: string): Promise<PulledManifest> {
  const url = `${registry.url}/v2/${repository}/manifests/${reference}`;
  const bytes = await get(url, { ...headersOf(registry), accept: manifestTypes });
  return { digest: `sha256:${sha256(bytes)}`, body: JSON.parse(bytes.toString()) };
}

function headersOf({ account }: ReaderRegistry): Readonly<Record<string, string>> {
  if (account === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}` };
}

async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const answer = await fetch(url, { headers });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) throw new ReaderError(`${url} answered ${answer.status}`);
  return bytes;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
