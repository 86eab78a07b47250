import pLimit from 'p-limit';

/** How one item ended. */
export interface Failure<Item> {
  readonly item: Item;
  readonly error: unknown;
}

/** Runs `work` for each item, `concurrency` at a time, to the end; returns the failures in the items' order. */
export async function tryAll<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<readonly Failure<Item>[]> {
  const limit = pLimit(concurrency);
  const settled = await Promise.allSettled(items.map((item) => limit(work, item)));
  return settled.flatMap((result, index) =>
    result.status === 'rejected' ? [{ item: items[index] as Item, error: result.reason as unknown }] : [],
  );
}

/**
 * Runs `work` for each item, `concurrency` at a time. After the first failure nothing new is started; rejects with it
 * when everything that was under way has come to rest.
 */
export async function doAll<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let failed = false;
  const [first] = await tryAll(items, concurrency, async (item) => {
    if (failed) return;
    await work(item).catch((error: unknown) => {
      failed = true;
      throw error;
    });
  });
  if (first !== undefined) throw first.error;
}
