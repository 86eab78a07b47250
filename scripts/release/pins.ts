import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';

/** What a local reference becomes for those who call the workflow from another repository. */
export interface Pin {
  /** The full id of the commit. */
  readonly commit: string;
  /** The tag of that commit, for people. */
  readonly tag: string;
}

export interface Pins {
  /** `owner/name` */
  readonly repository: string;
  /** Path in the repository, such as `actions/hand-off` or `.github/workflows/phase-upstream.yml` → its pin. */
  readonly pins: ReadonlyMap<string, Pin>;
}

const localUse = /^( *(?:- +)?uses: +)(['"]?)\.\/([\w./-]+)\2 *(?:#.*)?$/gm;

/** Returns the paths in the repository that a workflow uses: actions and workflows. */
export function localUses(text: string): readonly string[] {
  return [...new Set([...text.matchAll(localUse)].map(([, , , path = '']) => path))];
}

/**
 * Returns a workflow whose local references are pinned to commits: called from another repository, `./actions/x` would
 * be looked for in the caller's checkout. Nothing else in it changes.
 * @param file its name, for errors
 * @throws Error when a reference has no pin, or when anything local is left that only this repository has
 */
export function pinUses(file: string, text: string, { repository, pins }: Pins): string {
  const pinned = (path: string): string => {
    const pin = pins.get(path);
    if (pin === undefined) throw new Error(`${file} uses ./${path}, which was never released`);
    return `${repository}/${path}@${pin.commit}`;
  };
  const result = text.replace(localUse, (_, before: string, __, path: string) => {
    return `${before}${pinned(path)} # ${pins.get(path)?.tag ?? ''}`;
  });
  const wanted = mapTexts(parse(text), (key, value) =>
    key === 'uses' && value.startsWith('./') ? pinned(value.slice(2)) : value,
  );
  // The replacement works on lines and the comparison on values, so that what one misses the other sees.
  if (!isDeepStrictEqual(parse(result), wanted)) {
    throw new Error(`${file}: a local "uses" is written in a way that cannot be pinned: write it on one line`);
  }
  mapTexts(parse(result), (key, value) => {
    const [left] = /(?:^|[\s"'=(])(?:\.\/(?:actions|\.github|dist|scripts|packages)\/|dist\/)\S*/.exec(value) ?? [];
    if (left !== undefined) throw new Error(`${file}: "${key}" has ${left.trim()}, which a caller's checkout has not`);
    return value;
  });
  return result;
}

function mapTexts(value: unknown, map: (key: string, value: string) => string, key = ''): unknown {
  if (typeof value === 'string') return map(key, value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapTexts(item, map, name)]));
}
