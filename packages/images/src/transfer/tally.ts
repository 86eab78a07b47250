/** Takes bytes that came into place: those that travelled, and those that did not have to. */
export type CountBytes = (moved: number, saved: number) => void;

/** Counts the bytes of one image over several attempts, none of them twice. */
export interface Tally {
  /** An attempt begins, and so many bytes are there already. */
  begin(present: number): void;
  count: CountBytes;
  /** Bytes that travel once more, for their digest alone. */
  readAgain(bytes: number): void;
  /** All that travelled. */
  moved(): number;
}

export function createTally(onBytes: CountBytes): Tally {
  let moved = 0;
  /** Where in the file the counting is. */
  let position = 0;
  let told = 0;
  let isFirst = true;
  // What is passed again, because an attempt began further in front, was told before.
  const advance = (bytes: number, isMoved: boolean): void => {
    position += bytes;
    const fresh = Math.min(bytes, Math.max(0, position - told));
    told = Math.max(told, position);
    if (fresh > 0) onBytes(isMoved ? fresh : 0, isMoved ? 0 : fresh);
  };
  return {
    begin(present) {
      const unconfirmed = Math.max(0, present - told);
      // What arrived in an attempt that broke off, without a word about it, did travel.
      if (!isFirst) moved += unconfirmed;
      position = told;
      if (unconfirmed > 0) advance(unconfirmed, !isFirst);
      position = present;
      isFirst = false;
    },
    count(travelled, saved) {
      moved += travelled;
      if (travelled > 0) advance(travelled, true);
      if (saved > 0) advance(saved, false);
    },
    readAgain: (bytes) => void (moved += bytes),
    moved: () => moved,
  };
}
