import { buildAutomaton } from './redact-automaton.ts';

/** Rewrites a stream of bytes. What it gives together does not depend on where the pieces end. */
export interface ByteRewriter {
  /** Returns what can be said already; the piece may be changed afterwards. */
  push(bytes: Uint8Array): Buffer;
  /** Returns the rest. Nothing may be pushed afterwards. */
  end(): Buffer;
}

const mask = Buffer.from('***');

/**
 * Returns a maker of rewriters that replace every one of the texts with `***`, also one that is split over pieces; texts
 * that overlap are replaced as one, as `createMasker` does. Each byte costs the same, however many texts there are,
 * and no more is held back than the longest of them.
 */
export function createTextMasker(texts: readonly string[]): () => ByteRewriter {
  const automaton = buildAutomaton(texts.filter((text) => text !== '').map((text) => Buffer.from(text)));
  const { depth, found, table, rows, step } = automaton;

  return () => {
    let state = 0;
    /** Bytes that were pushed and not given, and where the first of them is in the stream. */
    let held: Buffer = Buffer.alloc(0);
    let start = 0;
    /** Everything before is given, or under a mask that was given; it may be ahead of what was pushed. */
    let given = 0;
    /** Places to mask after that, in order, apart from each other: begin and end, by turns. */
    const places: number[] = [];

    function note(begin: number, end: number): void {
      let from = begin;
      while (places.length > 0 && (places.at(-1) ?? 0) > from) {
        places.pop();
        from = Math.min(from, places.pop() ?? from);
      }
      if (from < given) given = end;
      else places.push(from, end);
    }

    /** Gives what nothing that begins at `safe` or later can change. */
    function give(all: Buffer, safe: number): Buffer {
      const out: Buffer[] = [];
      const copyTo = (to: number): void => {
        if (to > given) out.push(all.subarray(given - start, to - start));
        given = Math.max(given, to);
      };
      let settled = 0;
      for (; settled < places.length && (places[settled] ?? 0) < safe; settled += 2) {
        copyTo(places[settled] ?? 0);
        out.push(mask);
        given = places[settled + 1] ?? 0;
      }
      places.splice(0, settled);
      copyTo(safe);
      const from = Math.min(given, start + all.length);
      held = Buffer.from(all.subarray(from - start));
      start = from;
      return Buffer.concat(out);
    }

    return {
      push(bytes) {
        const all = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
        const first = start + held.length;
        let now = state;
        for (let at = 0; at < bytes.length; at += 1) {
          const byte = bytes[at] ?? 0;
          now = now < rows ? (table[now * 256 + byte] ?? 0) : step(now, byte);
          const length = found[now] ?? 0;
          if (length > 0) note(first + at + 1 - length, first + at + 1);
        }
        state = now;
        return give(all, first + bytes.length - (depth[now] ?? 0));
      },
      end: () => give(held, start + held.length + 1),
    };
  };
}
