import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { SetAttributes } from './sftp-packets.ts';

const openFlag = { read: 0x1, write: 0x2, append: 0x4, create: 0x8, truncate: 0x10, exclusive: 0x20 } as const;

/** Returns Node's flags for those of an open request. */
export function nodeFlags(pflags: number): number {
  const has = (flag: number): boolean => (pflags & flag) !== 0;
  const access = has(openFlag.write)
    ? has(openFlag.read)
      ? constants.O_RDWR
      : constants.O_WRONLY
    : constants.O_RDONLY;
  return (
    access |
    (has(openFlag.append) ? constants.O_APPEND : 0) |
    (has(openFlag.create) ? constants.O_CREAT : 0) |
    (has(openFlag.truncate) ? constants.O_TRUNC : 0) |
    (has(openFlag.exclusive) ? constants.O_EXCL : 0)
  );
}

/** Sets what a setstat or fsetstat request names: size, mode and times. */
export async function setAttributes(target: string | FileHandle, attributes: SetAttributes): Promise<void> {
  if (typeof target === 'string') {
    // A folder cannot be opened for writing, and has no size to set.
    const file = await open(target, attributes.size === null ? constants.O_RDONLY : constants.O_RDWR);
    return setAttributes(file, attributes).finally(() => file.close());
  }
  if (attributes.size !== null) await target.truncate(attributes.size);
  if (attributes.mode !== null) await target.chmod(attributes.mode & 0o7777);
  if (attributes.times !== null) await target.utimes(attributes.times.accessed, attributes.times.modified);
}
