import { createHash } from 'node:crypto';
import { canonicalJson, type PolicyEntry } from '@tagflow/model';

/**
 * Returns `sha256:` and the hex digest of what entries say: their order, and where they are written, do not matter.
 */
export function policyDigest(entries: readonly PolicyEntry[]): string {
  const said = entries
    .map(({ where: _where, ...entry }) => entry)
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return `sha256:${createHash('sha256').update(canonicalJson(said)).digest('hex')}`;
}
