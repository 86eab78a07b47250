import type { ContainerEntry, Digest } from '@tagflow/model';
import { OciError } from '../error.ts';
import { incomplete } from '../incomplete.ts';
import { tryAll } from '../limited.ts';
import { indexTypes, type Manifest } from '../manifest.ts';
import type { ManifestStore } from '../manifest-store.ts';
import type { SourcePlace } from '../place.ts';
import { assertPulls, type Resolution } from '../resolve.ts';
import { type Arch, archTag } from './arches.ts';
import { type ArchManifest, assembleIndex } from './assemble-index.ts';
import { platformChild } from './platform-child.ts';

/** Containers with the images of all their architectures. */
export interface ArchResolution extends Resolution {
  /** The indexes that were put together here: the source does not hold them, but all that is in them. */
  readonly assembled: ReadonlyMap<Digest, Manifest>;
  /** Architectures that containers lack. */
  readonly warnings: readonly string[];
}

export interface ArchOptions {
  /** Containers at a time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Takes the manifests of everything found: indexes, and the images in them. */
  readonly manifests: Pick<ManifestStore, 'add'>;
}

interface Found {
  readonly top: Manifest;
  /** Whether the index was put together here. */
  readonly isAssembled: boolean;
  readonly images: readonly ArchManifest[];
}

/**
 * Returns the containers under `<tag>_<arch>` for each architecture: an index where there are several, the image of the
 * primary architecture where that is the only one. Where such a tag is absent the plain tag counts: for the primary
 * architecture an image, for all an index that was built whole.
 * @param arches the primary one first
 * @throws OciError `incomplete` when the source could not be asked, or holds an image of another architecture than its
 *   tag says; `rate-limited` when it allows fewer pulls than are needed
 */
export async function resolveArches(
  source: SourcePlace,
  names: readonly string[],
  tag: string,
  arches: readonly [Arch, ...Arch[]],
  { concurrency, signal, manifests }: ArchOptions,
): Promise<ArchResolution> {
  const found: ContainerEntry[] = [];
  const missing: string[] = [];
  const assembled = new Map<Digest, Manifest>();
  const lacking = new Map<string, string[]>();
  const resolve = async ({ name }: { readonly name: string }): Promise<void> => {
    signal.throwIfAborted();
    const result = await resolveOne(source, source.repository(name), tag, arches);
    if (result === null) {
      missing.push(name);
      return;
    }
    const { top, images, isAssembled } = result;
    found.push({ name, digest: top.digest });
    if (isAssembled) assembled.set(top.digest, top);
    for (const manifest of [top, ...images.map((image) => image.manifest)]) manifests.add(manifest);
    const there = images.map(({ arch }) => arch.name);
    const absent = arches.map((arch) => arch.name).filter((arch) => !there.includes(arch));
    if (absent.length === 0) return;
    const sentence = warning(absent, there);
    lacking.set(sentence, [...(lacking.get(sentence) ?? []), name]);
  };
  const items = names.map((name) => ({ name }));
  // The first answer tells how many pulls are left, where they are counted.
  const first = await tryAll(items.slice(0, 1), 1, resolve);
  if (first.length === 0) assertPulls(source, (items.length - 1) * arches.length);
  const others = await tryAll(items.slice(1), concurrency, resolve);
  signal.throwIfAborted();
  const failures = [...first, ...others];
  if (failures.length > 0) throw incomplete(`look up :${tag} in ${source.title}`, failures, names.length);
  return {
    found: found.sort((a, b) => (a.name < b.name ? -1 : 1)),
    missing: missing.sort(),
    assembled,
    warnings: [...lacking].map(([sentence, without]) => sentence.replace('{names}', listOf(without.sort()))).sort(),
  };
}

async function resolveOne(
  source: SourcePlace,
  repository: string,
  tag: string,
  arches: readonly [Arch, ...Arch[]],
): Promise<Found | null> {
  const { reader, title } = source;
  const images: ArchManifest[] = [];
  let plain: Manifest | null | undefined;
  for (const arch of arches) {
    const own = await reader.getManifest(repository, archTag(tag, arch));
    if (own === null && plain === undefined) plain = await reader.getManifest(repository, tag);
    const [primary] = images;
    // A plain tag may be a label that has moved: images of two builds must not come together.
    const isOfBuild = (index: Manifest) =>
      primary === undefined || (isIndex(index) && platformChild(index, primary.arch) === primary.manifest.digest);
    const named = own ?? (plain && isOfBuild(plain) ? plain : null);
    const where = `${title}: ${repository}:${own === null ? tag : archTag(tag, arch)}`;
    const manifest = named === null ? null : await imageOf(source, repository, named, arch, where);
    if (manifest === null && primary === undefined) return null;
    if (manifest === null) continue;
    await checkArch(source, repository, manifest, arch, where);
    images.push({ arch, manifest });
  }
  const [only, ...others] = images;
  if (only === undefined) return null;
  if (others.length === 0) return { top: only.manifest, isAssembled: false, images };
  if (plain && holdsJust(plain, images)) return { top: plain, isAssembled: false, images };
  return { top: assembleIndex(images), isAssembled: true, images };
}

/** Returns the image that a tag names, or the one of the architecture in the index that it names. */
async function imageOf(
  source: SourcePlace,
  repository: string,
  named: Manifest,
  arch: Arch,
  where: string,
): Promise<Manifest | null> {
  if (!isIndex(named)) return named;
  const child = platformChild(named, arch);
  if (child === null) return null;
  const manifest = await source.reader.getManifest(repository, child);
  if (manifest === null || isIndex(manifest)) {
    const what = manifest === null ? 'which is not there' : 'which is an index again';
    throw new OciError('unexpected-answer', `${where} is an index that lists ${child} for ${arch.name}, ${what}`);
  }
  return manifest;
}

/** An index that was built whole keeps its digest, and with it its signatures. */
function holdsJust(index: Manifest, images: readonly ArchManifest[]): boolean {
  const listed = new Set(index.children.map(({ digest }) => digest));
  return listed.size === images.length && images.every(({ manifest }) => listed.has(manifest.digest));
}

async function checkArch(
  source: SourcePlace,
  repository: string,
  manifest: Manifest,
  arch: Arch,
  where: string,
): Promise<void> {
  const [config] = manifest.blobs;
  if (config === undefined) throw new OciError('unexpected-answer', `${where} has no config`);
  let said: unknown;
  try {
    const data: unknown = JSON.parse((await source.reader.readBlob(repository, config)).toString('utf8'));
    said = Object(data).architecture;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new OciError('unexpected-answer', `${where} has a config that is not JSON`, { cause });
  }
  if (said === arch.architecture) return;
  const found = typeof said === 'string' ? `"${said.slice(0, 40)}"` : 'no architecture';
  throw new OciError(
    'unexpected-answer',
    `${where} is to be of ${arch.name} ("${arch.architecture}"), and its config says ${found}`,
    { next: 'See which build pushed it: its tag names another architecture than the one that it was built for.' },
  );
}

function isIndex({ mediaType }: Manifest): boolean {
  return indexTypes.includes(mediaType);
}

/** Returns what to say of containers, whose place is `{names}`. */
function warning(absent: readonly string[], there: readonly string[]): string {
  const rest = there.length > 1 ? there.join(' and ') : `${there.join('')} alone`;
  return `${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} missing for {names}: ${rest}`;
}

const shown = 10;

function listOf(names: readonly string[]): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `${names.slice(0, shown).join(', ')}${more}`;
}
