import type { Digest } from '@tagflow/model';
import type { Listings } from '../listings.ts';
import type { RegistryClient } from '../registry.ts';
import type { ManifestSource } from '../source.ts';

/** A manifest that belongs to another one besides what that one holds: a signature, an attestation, an SBOM. */
export interface Attached {
  readonly subject: Digest;
  /** How it is found: by its own field `subject`, or by a tag that is made of the subject's digest (cosign). */
  readonly kind: 'referrer' | 'tag';
  /** Null for a referrer, which has no tag of its own. */
  readonly tag: string | null;
  readonly digest: Digest;
  /** Such as `application/vnd.dev.sigstore.bundle.v0.3+json`; null for a tag. */
  readonly artifactType: string | null;
}

/** Where attached manifests are found. */
export interface AttachedSource extends ManifestSource, Pick<Listings, 'listTags' | 'listReferrers'> {}

/** Where attached manifests go. */
export interface AttachedTarget extends RegistryClient, Pick<Listings, 'listReferrers'> {}

/** What cosign attaches by tag: signatures, attestations, SBOMs. */
const cosignSuffixes = ['sig', 'att', 'sbom'] as const;

/**
 * Returns the tag whose index lists the referrers of a manifest in a registry that does not list them itself: the
 * «referrers tag schema» of the OCI distribution specification 1.1.
 */
export function referrersTag(subject: Digest): string {
  return subject.replace(':', '-');
}

/** Returns the tags that cosign gives to what it attaches to a manifest. */
export function cosignTags(subject: Digest): readonly string[] {
  return cosignSuffixes.map((suffix) => `${referrersTag(subject)}.${suffix}`);
}
