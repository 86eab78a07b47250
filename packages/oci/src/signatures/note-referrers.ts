import type { Digest } from '@tagflow/model';
import { OciError } from '../error.ts';
import type { Manifest } from '../manifest.ts';
import { formatReference } from '../reference.ts';
import { type AttachedTarget, referrersTag } from './attached.ts';
import { mergeReferrers, readReferrersIndex } from './referrers-index.ts';

/** No registry compares before it swaps, so that two writers may overwrite each other. */
const retries = 3;

/**
 * Returns what a registry knows of the referrers of a manifest: by its API (`byApi`), else by the index under the tag
 * that stands for it.
 */
export async function knownReferrers(
  target: AttachedTarget,
  repository: string,
  subject: Digest,
): Promise<{ readonly byApi: boolean; readonly digests: ReadonlySet<Digest> }> {
  const listed = await target.listReferrers(repository, subject);
  if (listed !== null) return { byApi: true, digests: new Set(listed.map(({ digest }) => digest)) };
  const index = await target.getManifest(repository, referrersTag(subject));
  const entries = index === null ? [] : (readReferrersIndex(index, subject) ?? []);
  return { byApi: false, digests: new Set(entries.map(({ digest }) => digest)) };
}

/**
 * Adds manifests to the index under the tag of their subject, and reads it back; others' entries stay as they are.
 * @throws OciError `unexpected-answer` when the tag names something else than such an index, `tag-changed` when somebody
 * else writes it all the time
 */
export async function noteReferrers(
  target: AttachedTarget,
  repository: string,
  subject: Digest,
  referrers: readonly Manifest[],
): Promise<void> {
  const tag = referrersTag(subject);
  const where = formatReference(target.registry, repository, tag);
  for (let writes = 0; ; writes++) {
    const index = await target.getManifest(repository, tag);
    if (index !== null && readReferrersIndex(index, subject) === null) {
      throw new OciError(
        'unexpected-answer',
        `${where} should list what refers to ${subject}, and is ${index.digest === subject ? 'that itself' : `a ${index.mediaType}`}`,
        { next: 'Remove that tag in the registry (cosign copy makes such tags), and run the same command again.' },
      );
    }
    const merged = mergeReferrers(index, referrers);
    if (merged === null) return;
    if (writes > retries) {
      throw new OciError(
        'tag-changed',
        `${where} was written ${writes} times, and lacks what was written: others write it at the same time`,
        { outcome: 'waiting', next: 'Run the same command again: what is there is not sent again.' },
      );
    }
    await target.putManifest(repository, tag, merged);
  }
}
