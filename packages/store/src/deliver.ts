import { StoreError } from './error.ts';
import type { Store } from './store.ts';

/**
 * Puts small files into a new folder, all in one step, and reads them back. Returns whether the folder is new; false
 * when the same files were delivered before.
 * @param files name → content
 * @throws StoreError `exists` when the folder holds other content, `failed` when it does not read back as written
 */
export async function deliver(
  store: Store,
  folder: string,
  files: ReadonlyMap<string, string>,
  random: () => number,
): Promise<boolean> {
  const isNew = (await store.stat(folder)) === null;
  if (isNew) {
    const incoming = `.incoming-${folder}-${Math.floor(random() * 36 ** 6).toString(36)}`;
    try {
      await store.makeDirectory(incoming);
      for (const [file, text] of files) await store.write(`${incoming}/${file}`, text);
      await store.rename(incoming, folder);
    } catch (error) {
      await store.removeTree(incoming).catch(() => undefined);
      throw error;
    }
  }
  for (const [file, text] of files) {
    if ((await store.readText(`${folder}/${file}`)) === text) continue;
    const how = isNew ? 'does not read back as it was written' : 'was delivered before, with other content';
    throw new StoreError(isNew ? 'failed' : 'exists', `${store.url}/${folder}/${file} ${how}`, {
      next: 'The next owner may have taken it already: agree with them, and have them remove it first.',
    });
  }
  return isNew;
}
