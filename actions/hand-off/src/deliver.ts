import { TagflowError } from '@tagflow/model';
import type { Store } from '@tagflow/store';

/** Puts the files into a new folder, all in one step, and reads them back. False: they were there already. */
export async function deliver(store: Store, folder: string, files: ReadonlyMap<string, string>, random: () => number) {
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
    throw new TagflowError('delivered-differently', `${store.url}/${folder}/${file} ${how}`, {
      next: 'The next owner may have taken it already: agree with them, and have them remove it first.',
    });
  }
  return isNew;
}
