const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A place in a file; both count from 0, as the inspector does. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Returns where a map (version 3, ECMA-426) says that the first code of a source's line went, or null where it went
 * nowhere: what an editor does to set a breakpoint.
 */
export function generatedPosition(
  map: { readonly sources: readonly string[]; readonly mappings: string },
  source: string,
  line: number,
): Position | null {
  let [from, fromLine] = [0, 0];
  for (const [generatedLine, segments] of map.mappings.split(';').entries()) {
    let column = 0;
    for (const segment of segments.split(',').filter((text) => text !== '')) {
      const [columns = 0, sources, lines] = decode(segment);
      column += columns;
      if (sources === undefined) continue;
      from += sources;
      fromLine += lines ?? 0;
      if (map.sources[from] === source && fromLine === line) return { line: generatedLine, column };
    }
  }
  return null;
}

// Six bits a letter: five of the number, and whether more follow. The lowest bit of a number is its sign.
function decode(segment: string): readonly number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const letter of segment) {
    const digit = digits.indexOf(letter);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit >= 32) continue;
    numbers.push(value % 2 === 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}
