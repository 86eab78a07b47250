import { createHash } from 'node:crypto';
import { StoreError } from './error.ts';
import type { Store } from './store.ts';

/**
 * Puts small files into a new folder, all in one step, and reads them back. Returns whether the folder is new; false
 * when the same files were delivered before. What a delivery that was killed left behind is cleared away.
 * @param files name → content
 * @throws StoreError `exists` when the folder holds other content, `failed` when it does not read back as written
 */
export async function deliver(store: Store, folder: string, files: ReadonlyMap<string, string>): Promise<boolean> {
  const isNew = (await store.stat(folder)) === null && (await arrive(store, folder, files));
  for (const [file, text] of files) {
    if ((await store.readText(`${folder}/${file}`)) === text) continue;
    const how = isNew ? 'does not read back as it was written' : 'was delivered before, with other content';
    throw new StoreError(isNew ? 'failed' : 'exists', `${store.url}/${folder}/${file} ${how}`, {
      next: 'The next owner may have taken it already: agree with them, and have them remove it first.',
    });
  }
  return isNew;
}

/** Returns false when somebody else's folder of this name came first. */
async function arrive(store: Store, folder: string, files: ReadonlyMap<string, string>): Promise<boolean> {
  // Of the content, so that whoever was killed finds what he left.
  const incoming = `${incomingOf(folder)}${digestOf(files)}`;
  try {
    await store.removeTree(incoming);
    await store.makeDirectory(incoming);
    for (const [file, text] of files) await store.write(`${incoming}/${file}`, text);
    await store.rename(incoming, folder);
  } catch (error) {
    await store.removeTree(incoming).catch(() => undefined);
    const cameFirst = (await store.stat(folder).catch(() => null)) !== null;
    if (!cameFirst) throw error;
    return false;
  }
  await clearAway(store, folder);
  return true;
}

/** Removes the beginnings of other contents, which nobody can end any more: the folder is there. */
async function clearAway(store: Store, folder: string): Promise<void> {
  const entries = await store.list('').catch(() => []);
  for (const { name, kind } of entries) {
    if (kind === 'directory' && name.startsWith(incomingOf(folder)))
      await store.removeTree(name).catch(() => undefined);
  }
}

function incomingOf(folder: string): string {
  return `.incoming-${folder}-`;
}

function digestOf(files: ReadonlyMap<string, string>): string {
  return createHash('sha256')
    .update(JSON.stringify([...files]))
    .digest('hex')
    .slice(0, 12);
}
