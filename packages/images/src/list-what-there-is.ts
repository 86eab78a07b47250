import { type Entry, type Store, StoreError } from '@tagflow/store';

/**
 * Returns what is in a folder; null where it cannot be listed, unless that may pass. For what can be done without, at a
 * price.
 */
export async function listWhatThereIs(store: Store, folder: string): Promise<readonly Entry[] | null> {
  try {
    return await store.list(folder);
  } catch (error) {
    if (error instanceof StoreError && error.outcome !== 'waiting') return null;
    throw error;
  }
}
