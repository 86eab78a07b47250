import { isStoreError, joinPath, type Store } from '@tagflow/store';
import type { InnerLink } from '../layout.ts';

/**
 * Makes the inner links of a hash directory that is being filled, those that are missing or lead elsewhere. Where a file
 * or folder has the name already, it stays: what was published is not replaced.
 */
export async function makeInnerLinks(store: Store, directory: string, links: readonly InnerLink[]): Promise<void> {
  for (const { name, target } of links) {
    const path = joinPath(directory, name);
    try {
      if ((await store.readLink(path)) !== target) await store.link(path, target);
    } catch (error) {
      if (!isStoreError(error, 'wrong-kind') && !isStoreError(error, 'exists')) throw error;
    }
  }
}
