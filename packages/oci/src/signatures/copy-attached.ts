import type { Digest } from '@tagflow/model';
import type { Manifest } from '../manifest.ts';
import { type TagWrite, writeTag } from '../tag.ts';
import type { Attached, AttachedSource, AttachedTarget } from './attached.ts';
import { compareLayers } from './compare-layers.ts';
import { knownReferrers, noteReferrers } from './note-referrers.ts';

export interface CopyAttachedOptions {
  readonly source: Pick<AttachedSource, 'origin' | 'getManifest'>;
  readonly target: AttachedTarget;
  /** Repositories. */
  readonly from: string;
  readonly to: string;
  /** In the order in which they were found. */
  readonly attached: readonly Attached[];
  /** Brings what a manifest refers to, blobs and children, to `to`. */
  readonly putContents: (manifest: Manifest) => Promise<void>;
  readonly effects: TagWrite['effects'];
}

/** What became of each attached manifest. */
export interface CopiedAttached {
  readonly copied: readonly Attached[];
  /** There already, all of it. */
  readonly present: readonly Attached[];
  /** Listed by the source, which does not have it: an index of referrers is kept by its writers, and may be stale. */
  readonly missing: readonly Attached[];
  /** Not copied, because the tag in the target holds signatures that the source lacks and that would be lost. */
  readonly kept: readonly Attached[];
}

/**
 * Copies attached manifests byte by byte: those with a tag under the same tag, referrers by digest. Where the target
 * does not list referrers by itself, they are added to the index under the tag that stands for the list. Nothing is
 * removed: a tag is moved only to a manifest that has all layers (cosign: signatures) of the one that it named.
 *
 * What is there costs one request a tag, and one or two for all referrers of a subject.
 * @throws OciError
 */
export async function copyAttached(options: CopyAttachedOptions): Promise<CopiedAttached> {
  const { source, target, from, to, attached, putContents, effects } = options;
  const { signal } = effects;
  const result = {
    copied: [] as Attached[],
    present: [] as Attached[],
    missing: [] as Attached[],
    kept: [] as Attached[],
  };
  if (source.origin === target.origin && from === to) return { ...result, present: attached };

  const copyTag = async (one: Attached, tag: string): Promise<keyof CopiedAttached> => {
    const head = await target.headManifest(to, tag);
    if (head?.digest === one.digest) return 'present';
    const manifest = await source.getManifest(from, one.digest);
    if (manifest === null) return 'missing';
    const there = head === null ? null : await target.getManifest(to, head.digest);
    const compared = there === null ? 'more' : compareLayers(manifest, there);
    if (compared !== 'more') return compared === 'less' ? 'present' : 'kept';
    await putContents(manifest);
    // Nobody else writes what a digest is signed with; what somebody did is looked at by the next run.
    await writeTag({
      ...{ client: target, repository: to, tag, manifest, effects },
      mayWrite: () => Promise.resolve(true),
    });
    return 'copied';
  };

  const copyReferrers = async (subject: Digest, referrers: readonly Attached[]): Promise<void> => {
    const known = await knownReferrers(target, to, subject);
    const unlisted: Manifest[] = [];
    for (const one of referrers) {
      signal.throwIfAborted();
      if (known.digests.has(one.digest)) {
        result.present.push(one);
        continue;
      }
      const manifest = await source.getManifest(from, one.digest);
      if (manifest === null) {
        result.missing.push(one);
        continue;
      }
      await putContents(manifest);
      const { knowsSubject } = await target.putManifest(to, one.digest, manifest);
      if (!knowsSubject) unlisted.push(manifest);
      result.copied.push(one);
    }
    if (unlisted.length === 0) return;
    // quay lists referrers, and does not say so when it takes one.
    const now = known.byApi ? await knownReferrers(target, to, subject) : known;
    const absent = unlisted.filter(({ digest }) => !now.digests.has(digest));
    if (absent.length > 0) await noteReferrers(target, to, subject, absent);
  };

  const subjects = new Map<Digest, Attached[]>();
  for (const one of attached) subjects.set(one.subject, [...(subjects.get(one.subject) ?? []), one]);
  for (const [subject, all] of subjects) {
    const referrers = all.filter(({ tag }) => tag === null);
    if (referrers.length > 0) await copyReferrers(subject, referrers);
    for (const one of all) {
      signal.throwIfAborted();
      if (one.tag !== null) result[await copyTag(one, one.tag)].push(one);
    }
  }
  return result;
}
