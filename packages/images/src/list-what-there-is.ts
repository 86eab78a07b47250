import { type Entry, type Store, StoreError } from '@tagflow/store';

/** Returns what is in a folder; nothing where it cannot be listed, unless that may pass. For what is worth having only. */
export async function listWhatThereIs(store: Store, folder: string): Promise<readonly Entry[]> {
  try {
    return await store.list(folder);
  } catch (error) {
    if (error instanceof StoreError && error.outcome !== 'waiting') return [];
    throw error;
  }
}
