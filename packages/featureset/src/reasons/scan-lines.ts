import type { LiteralSearch } from './literal-search.ts';

/** So much of a line is looked at; the rest of it is skipped. */
export const longestLine = 64 * 1024;

/** Takes a line that holds texts that were looked for. The lists are valid during the call only. */
export type OnCandidate = (line: Buffer, number: number, owners: Int32Array) => void;

export interface LineScanner {
  write(chunk: Uint8Array): void;
  /** Ends the last line. */
  end(): void;
  /** How many lines there were, the begun one included. */
  readonly lines: number;
}

/**
 * Returns what finds the lines with any of the texts in bytes that come in pieces. A carriage return ends a line too, as
 * of progress bars, but numbers count line feeds, as editors do.
 * @param ownerCount numbers of owners are below it
 */
export function createLineScanner(search: LiteralSearch, ownerCount: number, onCandidate: OnCandidate): LineScanner {
  const { column, next, firstHit, lineBreak, owners, width } = search;
  const carry = Buffer.allocUnsafe(longestLine);
  // Of the line that goes on: the bytes of it that came before this chunk, all of them and those that are kept.
  let before = 0;
  let kept = 0;
  let state = 0;
  let number = 1;
  let last = 0x0a;
  const found = new Int32Array(ownerCount);
  let count = 0;
  // An owner was found in this line when its mark is the line's.
  const marks = new Int32Array(ownerCount).fill(-1);
  let mark = 0;

  const note = (list: readonly number[]) => {
    for (const owner of list) {
      if (marks[owner] === mark) continue;
      marks[owner] = mark;
      found[count] = owner;
      count += 1;
    }
  };

  const candidate = (chunk: Uint8Array, from: number, to: number) => {
    const here = Buffer.from(chunk.buffer, chunk.byteOffset + from, Math.min(to - from, longestLine - kept));
    const line = kept === 0 ? here : Buffer.concat([carry.subarray(0, kept), here]);
    const list = found.subarray(0, count).sort();
    count = 0;
    mark = (mark + 1) | 0;
    onCandidate(line, number, list);
  };

  return {
    write(chunk) {
      const length = chunk.length;
      if (length === 0) return;
      let at = 0;
      let from = 0;
      let current = state;
      while (at < length) {
        const limit = Math.min(length, from - before + longestLine);
        while (at < limit) {
          current = next[current + (column[chunk[at] as number] as number)] as number;
          at += 1;
          if (current >= firstHit) {
            if (current === lineBreak) break;
            note(owners[(current - firstHit) / width] ?? []);
          }
        }
        if (current !== lineBreak) {
          // A line that is too long, or the end of the chunk.
          while (at < length && chunk[at] !== 0x0a && chunk[at] !== 0x0d) at += 1;
          if (at === length) break;
          at += 1;
        }
        if (count > 0) candidate(chunk, from, at - 1);
        if (chunk[at - 1] === 0x0a) number += 1;
        current = 0;
        from = at;
        before = 0;
        kept = 0;
      }
      state = current;
      last = chunk[length - 1] ?? last;
      const rest = Math.min(length - from, longestLine - kept);
      carry.set(chunk.subarray(from, from + rest), kept);
      kept += rest;
      before += length - from;
    },
    end() {
      if (count > 0) candidate(new Uint8Array(0), 0, 0);
    },
    get lines() {
      return last === 0x0a ? number - 1 : number;
    },
  };
}
