import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabRequest } from '@tagflow/lab';
import { type ArtifactSet, type FullHash, hashDirectory } from '@tagflow/model';
import { makeRepodata } from '../../packages/lab/src/dlrn/repodata.ts';
import { containerPattern, imageFiles, type LabWorld, namespace } from '../pipelines/lab-world.ts';

/** A lab with one set that is whole. */
export interface Subject {
  readonly world: LabWorld;
  readonly hash: FullHash;
  /** Where its images are. */
  readonly folder: string;
  readonly set: ArtifactSet;
  /** Puts everything back. */
  readonly back: () => void;
}

/** The containers of the set. */
export const names = ['heat-api', 'keystone'] as const;
const [, broken] = imageFiles;

export function repositoryOf(name: string): string {
  return `${namespace}/${containerPattern.replace('{name}', name)}`;
}

// The header of the tar's first member comes before it.
export const qcow2At = 512;

export function flip(bytes: Buffer, at: number): Buffer {
  return patched(bytes, at, [(bytes[at] ?? 0) ^ 1]);
}

export function patched(bytes: Buffer, at: number, other: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  Buffer.from(other).copy(copy, at);
  return copy;
}

export function editBytes({ world, hash }: Subject, name: string, change: (bytes: Buffer) => Buffer): void {
  const { tree } = world.lab.dlrn.state;
  const path = `${hashDirectory(hash)}/${name}`;
  const found = tree.find(path);
  if (found?.kind !== 'file') throw new Error(`${path} is no file`);
  tree.remove(path);
  tree.write(path, change(Buffer.from(found.content)), 0);
}

export function edit(subject: Subject, name: string, change: (text: string) => string): void {
  editBytes(subject, name, (bytes) => {
    const changed = change(bytes.toString());
    if (changed === bytes.toString()) throw new Error(`${name} was not changed`);
    return Buffer.from(changed);
  });
}

export function filesOf({ world, hash }: Subject, folder: string): readonly string[] {
  const found = world.lab.dlrn.state.tree.find(`${hashDirectory(hash)}/${folder}`);
  return found?.kind === 'folder' ? found.names : [];
}

export function rpmOf({ lab }: LabWorld): string {
  return `${lab.dlrn.state.commits.at(-1)?.nvr}.noarch.rpm`;
}

export function removePackage({ world, hash }: Subject): void {
  world.lab.dlrn.state.tree.remove(`${hashDirectory(hash)}/${rpmOf(world)}`);
}

/** Writes metadata that agree with each other. */
export function replaceMetadata(subject: Subject, rows: Parameters<typeof makeRepodata>[0], href = ''): void {
  const { repomd, primaryName, primary } = makeRepodata(rows, () => href, 0);
  editBytes(subject, 'repodata/repomd.xml', () => Buffer.from(repomd));
  subject.world.lab.dlrn.state.tree.write(`${hashDirectory(subject.hash)}/repodata/${primaryName}`, primary, 0);
}

export function isManifestOf(name: string, { method, kind, repository }: LabRequest): boolean {
  return method === 'GET' && kind === 'manifest' && repository === repositoryOf(name);
}

interface ManifestParts {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

export function manifestOf({ world, hash }: Subject, name: string): ManifestParts {
  return JSON.parse(`${world.lab.rdo.manifest(repositoryOf(name), hash)?.body}`) as ManifestParts;
}

export function forget(subject: Subject, name: string, choose: (parts: ManifestParts) => string | undefined): void {
  const digest = choose(manifestOf(subject, name));
  subject.world.lab.rdo.setFaults(({ kind, repository, reference }) =>
    kind === 'blob' && repository === repositoryOf(name) && reference === digest
      ? { type: 'status', status: 404 }
      : null,
  );
}

/** Pushes a container without layers to every repository, and returns its digest. */
export async function pushLabelled({ lab }: LabWorld, label: string) {
  const config = Buffer.from(
    JSON.stringify({
      ...{ os: 'linux', architecture: 'amd64', config: { Labels: { 'lab.full-hash': label } } },
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
  const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const type = 'application/vnd.oci.image.config.v1+json';
  const parts = { config: { mediaType: type, digest, size: config.length }, layers: [] };
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...parts }));
  await Promise.all(names.map((name) => lab.rdo.putBlob(repositoryOf(name), config)));
  const [pushed] = names.map((name) => lab.rdo.putManifest(repositoryOf(name), ['other'], manifest, mediaType));
  if (pushed === undefined) throw new Error('nothing was pushed');
  return pushed;
}

/** Changes an image behind the back of the set and of the files beside it. */
export async function editImage({ folder }: Subject, change: (bytes: Buffer) => Buffer): Promise<Buffer> {
  const bytes = change(await readFile(join(folder, broken)));
  await writeFile(join(folder, broken), bytes);
  return bytes;
}

/** Changes an image, and returns the set that describes it as it is now; the file beside it agrees with that. */
export async function rebuildImage(subject: Subject, change: (bytes: Buffer) => Buffer): Promise<ArtifactSet> {
  const bytes = await editImage(subject, change);
  const sum = (kind: string): string => createHash(kind).update(bytes).digest('hex');
  const described = { size: bytes.length, sha256: sum('sha256'), md5: sum('md5') };
  await writeFile(join(subject.folder, `${broken}.md5`), `${described.md5}  ${broken}\n`);
  const { set } = subject;
  return { ...set, images: set.images.map((image) => (image.name === broken ? { ...image, ...described } : image)) };
}
