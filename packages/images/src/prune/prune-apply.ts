import { isStoreError, joinPath, nameOf, parentOf, type Store } from '@tagflow/store';
import type { ImagesEffects } from '../effects.ts';
import { type PruneEntry, type PruneOptions, type PrunePlan, type PruneReport, readKept, youth } from './prune.ts';
import { isTemporary, readDirectory, takenAwayFrom, trashOf } from './prune-names.ts';

export interface ApplyPruneEffects extends ImagesEffects {
  /** Called before each removal; rejects when nothing more may be written (a lease was lost). */
  readonly before?: () => Promise<void>;
}

/**
 * Removes what a plan lists, and returns what was done. Right before a directory is taken away its links are read again,
 * and its age; and the links once more when it is out of the readers' sight and can be put back whole. Killed at
 * any moment, it leaves a directory under its own name, whole as trash, or half removed when nothing needed it; the
 * next run goes on from there.
 */
export async function applyPrune(
  plan: PrunePlan,
  options: PruneOptions,
  effects: ApplyPruneEffects,
): Promise<PruneReport> {
  const removed: PruneEntry[] = [];
  const restored: PruneEntry[] = [];
  const kept = [...plan.kept];
  const keep = (entry: PruneEntry, why: string): void => {
    effects.log.warning(`${entry.path} stays: ${why}`);
    kept.push({ ...entry, why });
  };

  for (const entry of plan.restore) {
    await mayGoOn(effects);
    const { trash } = placesOf(entry.path);
    const problem = await putBack(options.store, trash, entry.path);
    if (problem !== null) keep(entry, problem);
    else {
      effects.log.warning(`${entry.path} is back: ${entry.why}`);
      restored.push(entry);
    }
  }
  for (const entry of plan.remove) {
    await mayGoOn(effects);
    const why = await removeOne(entry, options, effects);
    if (why === null) removed.push(entry);
    else keep(entry, why);
    effects.progress({
      what: `prune ${options.store.url}`,
      done: removed.length,
      total: plan.remove.length,
      unit: 'files',
    });
  }
  const freedBytes = removed.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return { removed, restored, kept, freedBytes };
}

async function mayGoOn({ signal, before }: ApplyPruneEffects): Promise<void> {
  signal.throwIfAborted();
  await before?.();
}

/** Returns null when the entry is gone, or why it stays. */
async function removeOne(entry: PruneEntry, options: PruneOptions, effects: ApplyPruneEffects): Promise<string | null> {
  const { store } = options;
  const name = nameOf(entry.path);
  if (isTemporary({ name, kind: 'file', size: null, modified: null })) return removeTemporary(entry, options, effects);
  if (isTemporary({ name, kind: 'link', size: null, modified: null })) {
    return (await store.readLink(entry.path)) === null ? null : removeFile(store, entry.path);
  }
  const taken = takenAwayFrom(name);
  if (taken?.isWhole === false) {
    await removeTree(store, entry.path);
    return null;
  }
  const now = await readKept(options, effects);
  const hash = taken?.name ?? name;
  const needed = now(hash);
  const { trash, gone } = placesOf(joinPath(parentOf(entry.path), hash));
  if (taken !== null) {
    // Where the directory is there again, the trash is a second copy that nobody can reach.
    if (needed !== null && (await store.stat(joinPath(parentOf(entry.path), hash))) === null) return needed;
    return discard(store, trash, gone);
  }
  if (needed !== null) return `${needed} by now`;
  const contents = await readDirectory(store, entry.path, effects.clock.now());
  if (contents === null) return 'it went meanwhile';
  const young = youth(contents, options);
  if (young !== null) return `it was written to meanwhile (${young})`;
  if ((await store.stat(trash)) !== null) await discard(store, trash, gone);
  await store.rename(entry.path, trash);
  let why: string | null;
  try {
    why = (await readKept(options, effects))(name);
  } catch (error) {
    // Nobody can tell what is linked by now: as if it were.
    await putBack(store, trash, entry.path).catch(() => null);
    throw error;
  }
  if (why === null) return discard(store, trash, gone);
  return (await putBack(store, trash, entry.path)) ?? `${why} at the last moment`;
}

function placesOf(path: string): { readonly trash: string; readonly gone: string } {
  const { trash, gone } = trashOf(nameOf(path));
  return { trash: joinPath(parentOf(path), trash), gone: joinPath(parentOf(path), gone) };
}

/** Renames before removing: a directory that lost a file must never be put back. */
async function discard(store: Store, trash: string, gone: string): Promise<null> {
  await removeTree(store, gone);
  try {
    await store.rename(trash, gone);
  } catch (error) {
    if (!isStoreError(error, 'not-found')) throw error; // another prune has it
  }
  await removeTree(store, gone);
  return null;
}

/** Returns null when the directory has its own name again, or why it cannot have it. */
async function putBack(store: Store, trash: string, path: string): Promise<string | null> {
  const taken = `another ${path} was published meanwhile; the one that was taken away is ${trash} and goes with the next prune`;
  if ((await store.stat(path)) !== null) return taken;
  try {
    await store.rename(trash, path);
    return null;
  } catch (error) {
    if ((await store.stat(path)) === null) throw error;
    return (await store.stat(trash)) === null ? null : taken;
  }
}

/** Two runs may remove the same tree: what is not there any more is removed. */
async function removeTree(store: Store, path: string): Promise<void> {
  try {
    await store.removeTree(path);
  } catch (error) {
    if (!isStoreError(error, 'not-found')) throw error;
  }
}

async function removeTemporary(
  entry: PruneEntry,
  options: PruneOptions,
  { clock }: ApplyPruneEffects,
): Promise<string | null> {
  const facts = await options.store.stat(entry.path);
  const ageMs = facts?.modified == null ? null : clock.now() - facts.modified;
  const young = facts === null ? null : youth({ ageMs }, options);
  return young === null ? removeFile(options.store, entry.path) : `it was written to meanwhile (${young})`;
}

async function removeFile(store: Store, path: string): Promise<null> {
  await store.remove(path);
  return null;
}
