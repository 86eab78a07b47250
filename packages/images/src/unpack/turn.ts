import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@tagflow/model';
import { withoutMissing } from '../cache/file-errors.ts';
import { holds, newOwnerId, ownerIdPattern } from '../cache/owner.ts';
import type { ImagesEffects } from '../effects.ts';
import { type PartClaim, tryClaimPart } from '../fetch/part-lock.ts';

const pollMs = 250;
const lock = '.unpacked';

/** Returns the path of a folder of one's own, of which the next run can tell that nobody needs it any more. */
export function stagingOf(into: string, name: string): string {
  return join(into, `.${name}.unpacked.${newOwnerId()}`);
}

/** Waits until no other job of this machine unpacks into the folder. */
export async function takeTurn(
  into: string,
  { signal, log, clock }: Pick<ImagesEffects, 'signal' | 'log' | 'clock'>,
): Promise<PartClaim> {
  for (let turn = 0; ; turn++) {
    signal.throwIfAborted();
    const claim = await tryClaimPart(join(into, lock));
    if (claim !== null) return claim;
    if (turn === 0) log.info(`${into}: another job unpacks into this folder; waiting for it`);
    await clock.sleep(pollMs, signal);
  }
}

const leftover = new RegExp(`^\\.(?:.+\\.)?unpacked\\.(?:lock\\.)?(${ownerIdPattern.source})$`);

/** Removes what jobs left that were killed while they unpacked. */
export async function removeLeftovers(into: string, clock: Clock): Promise<void> {
  for (const name of await readdir(into)) {
    const [, owner] = leftover.exec(name) ?? [];
    if (owner === undefined) continue;
    const facts = await withoutMissing(lstat(join(into, name)));
    if (facts === null || holds(owner, clock.now() - facts.mtimeMs)) continue;
    await rm(join(into, name), { recursive: true, force: true });
  }
}
