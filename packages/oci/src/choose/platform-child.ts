import type { Digest } from '@tagflow/model';
import type { Manifest } from '../manifest.ts';
import type { Arch } from './arches.ts';

/**
 * Returns the image that an index lists for an architecture on Linux, one without a variant first; null when it lists
 * none. Attestations lie in indexes too, for the platform `unknown`.
 */
export function platformChild(index: Manifest, arch: Arch): Digest | null {
  // It was parsed before, and its children are the items of this list.
  const { manifests } = JSON.parse(Buffer.from(index.bytes).toString('utf8')) as { manifests: readonly unknown[] };
  const fitting = index.children.flatMap(({ digest }, at) => {
    const { architecture, os, variant } = Object(Object(manifests[at]).platform) as Record<string, unknown>;
    return architecture === arch.architecture && os === 'linux' ? [{ digest, variant }] : [];
  });
  return (fitting.find(({ variant }) => variant === undefined) ?? fitting[0])?.digest ?? null;
}
