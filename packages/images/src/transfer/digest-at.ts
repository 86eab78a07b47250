import type { Store } from '@tagflow/store';
import { type ChecksumState, startChecksum } from '../checksum.ts';
import type { TransferPlan } from '../chunks/transfer-plan.ts';
import type { ImagesEffects } from '../effects.ts';
import { feedZeros } from './blocks.ts';
import { readAll, readPart, type SourceFile } from './source-file.ts';

/**
 * Returns the sha256 of a file where it is: as its own machine computes it, or of all its bytes, read from there, where
 * the machine does nothing for us, or says something unexpected: its commands may see another folder than we do.
 * @param written how a file came about that was new right now: its zeros were never written, and need not be read
 */
export async function digestAt(
  store: Store,
  path: string,
  { size, sha256: expected }: { readonly size: number; readonly sha256: string | null },
  effects: ImagesEffects,
  written: TransferPlan | null = null,
): Promise<string> {
  const told = await store.digest(path);
  if (told !== null && (store.local || told === (expected ?? told))) return told;
  effects.log.debug(`${store.url} ${told === null ? 'computes no digest' : `says ${told}`}: ${path} is read back`);
  const state = startChecksum(false);
  const file = { store, path, size, version: null };
  if (written === null) await readAll(file, (piece) => state.update(piece), effects);
  else await readWritten(file, written, state, effects);
  return state.finish().sha256;
}

async function readWritten(
  file: SourceFile,
  plan: TransferPlan,
  state: ChecksumState,
  effects: ImagesEffects,
): Promise<void> {
  const take = (piece: Uint8Array): void => state.update(piece);
  let begin = 0;
  let end = 0;
  const readOn = async (): Promise<void> => {
    if (end > begin) await readPart(file, { offset: begin, length: end - begin }, take, effects);
  };
  for (const { kind, length } of plan) {
    if (kind === 'zeros') {
      await readOn();
      feedZeros(length, take);
      begin = end + length;
    }
    end += length;
  }
  await readOn();
}
