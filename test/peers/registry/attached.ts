import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { putBlob, putManifest, types } from './asking.ts';
import { regctl, run } from './clients.ts';
import { repositoryOf, type SourceImage } from './images.ts';
import type { Target } from './targets.ts';

/** Attaches a file to a manifest with oras, and returns the digest of the manifest that holds it. */
export async function attach(target: Target, image: SourceImage, subject: string, type: string): Promise<string> {
  const file = 'attached.txt';
  await writeFile(join(target.authFolder, file), `${type} of ${subject}`);
  const flags = ['--plain-http', '--no-tty', '--disable-path-validation', '--artifact-type', type];
  const form = ['--annotation', `note=${type}`, '--format', 'go-template', '--template', '{{.digest}}'];
  const where = `${target.host}/${repositoryOf(image.name)}@${subject}`;
  return (await run(target, 'oras', ['attach', ...flags, ...form, where, join(target.authFolder, file)])).trim();
}

/** Signs a manifest as cosign 2 does, without cosign: an image under the tag `sha256-HEX.sig`. */
export async function signUnderTag(target: Target, image: SourceImage): Promise<void> {
  const repository = repositoryOf(image.name);
  const config = await putBlob(target, repository, '{"architecture":"","os":"","rootfs":{"type":"layers"}}');
  const layer = await putBlob(target, repository, JSON.stringify({ critical: { image: image.digest } }));
  const annotations = { 'dev.cosignproject.cosign/signature': 'c2lnbmF0dXJl' };
  const text = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: types.ociManifest },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', ...layer, annotations }],
  });
  const tag = `${image.digest.replace(':', '-')}.sig`;
  const put = await putManifest(target, repository, tag, { type: types.ociManifest, text });
  if (put.status !== 201) throw new Error(`PUT ${tag}: ${put.status} ${put.body.toString()}`);
}

interface Discovered {
  readonly digest: string;
  readonly artifactType: string;
  readonly annotations?: unknown;
  readonly referrers?: readonly Discovered[];
}

/** Returns what foreign clients find attached to a manifest; the same for registries that hold the same. */
export async function whatIsAttached(target: Target, image: SourceImage, digest: string): Promise<unknown> {
  const repository = repositoryOf(image.name);
  const where = `${target.host}/${repository}@${digest}`;
  const discovered = await run(target, 'oras', ['discover', '--plain-http', '--format', 'json', where]);
  const form = ['--format', '{{range .Descriptors}}{{.Digest}} {{.ArtifactType}} {{.Size}}{{println}}{{end}}'];
  const listed = await regctl(target, ['artifact', 'list', ...form, where]);
  const tree = await regctl(target, ['artifact', 'tree', '--digest-tags', where]);
  return {
    oras: inOrder((JSON.parse(discovered) as Discovered).referrers),
    // Registries list referrers in an order of their own.
    regctl: listed.trim().split('\n').sort(),
    tree: tree.replaceAll(target.host, 'HOST').trim().split('\n').sort(),
  };
}

function inOrder(referrers: readonly Discovered[] = []): readonly unknown[] {
  return referrers
    .map(({ digest, artifactType, annotations, referrers: next }) => ({
      ...{ digest, artifactType, annotations, referrers: inOrder(next) },
    }))
    .toSorted((one, other) => (one.digest < other.digest ? -1 : 1));
}

/** Returns the manifest under the tag of a signature, as regctl gets it. */
export async function readSignature(target: Target, image: SourceImage): Promise<string> {
  const where = `${target.host}/${repositoryOf(image.name)}:${image.digest.replace(':', '-')}.sig`;
  return regctl(target, ['manifest', 'get', '--format', 'raw-body', where]);
}
