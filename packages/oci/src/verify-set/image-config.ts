import { type FullHash, isFullHash } from '@tagflow/model';

/** What matters of a container's config. */
export interface ImageConfig {
  readonly os: string | null;
  readonly architecture: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** The digests of its layers before they were compressed; null where there is no such list. */
  readonly diffIds: readonly string[] | null;
}

/** The types of configs of containers; a manifest may have another one, and is then something else. */
export const configTypes: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/**
 * Labels that name the hash that a container was built from, where their value has the form of one: TripleO's builder
 * writes `tcib_build_tag`, the lab's `lab.full-hash`; `org.opencontainers.image.revision` is OCI's own, and mostly holds
 * the commit of the container's sources, which is no full hash.
 */
export const defaultHashLabels: readonly string[] = [
  'tcib_build_tag',
  'lab.full-hash',
  'org.opencontainers.image.revision',
];

/** Returns what a config says, null when it is not a JSON object. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig | null {
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return null;
  const { os, architecture, config, rootfs } = data as Record<string, unknown>;
  const { Labels: labels } = Object(config) as Record<string, unknown>;
  const { diff_ids: diffIds } = Object(rootfs) as Record<string, unknown>;
  return {
    os: typeof os === 'string' ? os : null,
    architecture: typeof architecture === 'string' ? architecture : null,
    labels: Object.fromEntries(
      Object.entries(Object(labels)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    diffIds: Array.isArray(diffIds) ? diffIds.map(String) : null,
  };
}

/** Returns a sentence for each label that names another hash. */
export function otherHashes(
  { labels }: Pick<ImageConfig, 'labels'>,
  fullHash: FullHash,
  names: readonly string[],
): readonly string[] {
  return names.flatMap((name) => {
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    return value === undefined || !isFullHash(value) || value === fullHash
      ? []
      : [`its label ${name} says that it was built from ${value}`];
  });
}
