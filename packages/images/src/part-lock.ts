import { randomBytes } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';

/** The right to write a part file. */
export interface PartClaim {
  /** The part file that may be written. */
  readonly path: string;
  /** False where the name is one's own: nobody will ever look for it again. */
  readonly resumable: boolean;
  release(): Promise<void>;
}

/**
 * Returns the right to write `path`, a part file in a folder that several jobs share. When a living process has it, the
 * right is for another name of one's own: nobody waits, and nobody writes into another one's file; such a part is
 * removed at the end and cannot be resumed.
 */
export async function claimPart(path: string): Promise<PartClaim> {
  const lock = `${path}.lock`;
  const me = `${hostname()} ${process.pid}`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(lock, 'wx');
      await file.writeFile(me);
      await file.close();
      return { path, resumable: true, release: () => rm(lock, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
      if (isAlive(await readFile(lock, 'utf8').catch(() => ''))) break;
      await rm(lock, { force: true });
    }
  }
  const own = `${path}.${randomBytes(6).toString('hex')}`;
  return { path: own, resumable: false, release: () => rm(own, { force: true }) };
}

/** Of a process on another machine nobody here can tell: it counts as alive. So does one that is just writing its name. */
function isAlive(owner: string): boolean {
  const [host, pid] = owner.split(' ');
  if (host !== hostname()) return true;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
