import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheContext } from './context.ts';
import { withoutMissing } from './file-errors.ts';
import { holds } from './owner.ts';

/**
 * Marks are empty files in the folder of an entry, named after who made them. `use`: somebody reads it; `going`: it is
 * about to be removed. Who removes it marks first and looks for users then; who uses it marks first and looks whether
 * it is going then: so at least one of both sees the other and gives way.
 */
export type MarkKind = 'use' | 'going';

function markPath(folder: string, kind: MarkKind, id: string): string {
  return join(folder, `.${kind}-${id}`);
}

/** Returns false when the folder does not exist any more. */
export async function mark(folder: string, kind: MarkKind, { id }: CacheContext): Promise<boolean> {
  return (await withoutMissing(writeFile(markPath(folder, kind, id), '').then(() => true))) ?? false;
}

export async function unmark(folder: string, kind: MarkKind, { id }: CacheContext): Promise<void> {
  await withoutMissing(rm(markPath(folder, kind, id), { force: true }));
}

/** Tells whether a living process has a mark of this kind. What dead ones left is cleared away. */
export async function isMarked(folder: string, kind: MarkKind, { clock }: CacheContext): Promise<boolean> {
  const prefix = `.${kind}-`;
  for (const name of (await withoutMissing(readdir(folder))) ?? []) {
    if (!name.startsWith(prefix)) continue;
    const facts = await withoutMissing(stat(join(folder, name)));
    if (facts !== null && holds(name.slice(prefix.length), clock.now() - facts.mtimeMs)) return true;
    await withoutMissing(rm(join(folder, name), { force: true }));
  }
  return false;
}
