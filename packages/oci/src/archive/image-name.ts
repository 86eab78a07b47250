/** What a build called an image in a file. */
export interface ImageName {
  /** As it was written. */
  readonly text: string;
  /** Such as `quay.io/ns/openstack-heat-api`; null where only a tag was written. */
  readonly path: string | null;
  /** Null where a digest stands in its place. */
  readonly tag: string | null;
}

/**
 * Returns the parts of `name:tag`, of a full reference, or of a tag alone, which is how buildah and skopeo write the
 * annotation `org.opencontainers.image.ref.name`: whatever stood behind the path of the layout. A word without ":" and
 * "/" is a tag; a full reference without a tag means `latest`.
 */
export function parseImageName(text: string): ImageName {
  const plain = text.replace(/@.*/s, '');
  const slash = plain.lastIndexOf('/');
  const colon = plain.indexOf(':', slash + 1);
  if (colon !== -1) return { text, path: plain.slice(0, colon), tag: plain.slice(colon + 1) };
  if (plain !== text) return { text, path: plain, tag: null };
  return slash === -1 ? { text, path: null, tag: text } : { text, path: text, tag: 'latest' };
}

/** Returns whether the name is that of a repository, such as `openstack-heat-api`, in whatever registry and namespace. */
export function isNamed(name: ImageName, repository: string): boolean {
  return name.path === repository || name.path?.endsWith(`/${repository}`) === true;
}
