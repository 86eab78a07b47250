import { type ArtifactSet, emptySet, type FullHash, type Label, type Visibility } from '@tagflow/model';
import { joinPath, type Store } from '@tagflow/store';
import type { ImageDirectory, ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';
import type { FileReport } from './file-report.ts';
import type { Layout } from './layout.ts';
import type { WantedImage } from './fetch/local-file.ts';
import { moveLinks } from './links/move-links.ts';
import { publishSet } from './publish/publish.ts';
import { readPublishedSet } from './read-set.ts';
import { assertSwitchable } from './links/switchable.ts';
import { verifySet } from './verify.ts';
import { wantedFromSums } from './fetch/wanted-from-sums.ts';

export interface MirrorOptions {
  readonly from: { readonly store: Store; readonly layout: Layout };
  readonly to: { readonly store: Store; readonly layout: Layout; readonly visibility: Visibility };
  readonly hash: FullHash;
  readonly release: string;
  /** The names of the images, for a source that has no set.json, as RDO's own trees. */
  readonly names: readonly string[];
  /** Who may see those. */
  readonly visibility: Visibility;
  /** The label whose links are moved in the mirror when everything is there; null moves none. */
  readonly label: Label | null;
}

export interface MirrorReport {
  readonly set: ArtifactSet;
  readonly files: readonly FileReport[];
  readonly bytesMoved: number;
  readonly bytesSaved: number;
  /** What the first link named before; null for none, or when no link was asked for. */
  readonly previous: string | null;
  readonly changed: boolean;
}

/**
 * Brings a copy of an image store up to date with one hash: whole sets under their hash, read back, and the links last,
 * so that a reader of the mirror never sees the overcloud of one build beside the agent of another.
 * @throws ImagesError `not-published` when the source has no set of the hash
 */
export async function mirrorSet(
  { from, to, hash, label, release, names, visibility: theirs }: MirrorOptions,
  effects: ImagesEffects,
): Promise<MirrorReport> {
  const source = { store: from.store, directory: from.layout.directory(hash) };
  const directory = to.layout.directory(hash);
  const { store, visibility } = to;
  for (const link of label === null ? [] : to.layout.links(label)) await assertSwitchable(store, link);
  const told = await readPublishedSet(source, hash);
  const found = told === null ? await findFiles(source, names, theirs) : null;
  const published = await publishSet(
    {
      ...{ store, directory, visibility, sources: [source], innerLinks: to.layout.innerLinks },
      set: told ?? emptySet(hash, release),
      ...(found === null ? {} : { found }),
    },
    effects,
  );
  const { set } = published;
  const problems = await verifySet({ store, directory }, { set, visibility, proof: 'sums' }, effects);
  if (problems.length > 0) throw new ImagesError('not-taken', `the mirror is not whole: ${problems.join('; ')}`);
  const links =
    label === null ? { previous: null, moved: false } : await moveLinks(store, to.layout, label, hash, effects);
  return { ...published, previous: links.previous, changed: published.changed || links.moved };
}

async function findFiles(
  source: ImageDirectory,
  names: readonly string[],
  visibility: Visibility,
): Promise<readonly WantedImage[]> {
  if (names.length > 0) return wantedFromSums(source, names, visibility);
  throw new ImagesError('not-published', `${joinPath(source.store.url, source.directory)} holds no set.json`, {
    next: 'Publish the hash there first; or name its files, where nobody publishes sets.',
  });
}
