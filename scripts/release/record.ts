import { createHash } from 'node:crypto';
import type { Definition } from './definition.ts';

/** What was released: a file `release.json` beside the changelog, written by the release and by nothing else. */
export interface ReleaseRecord {
  readonly name: string;
  readonly version: string;
  readonly definition: Definition;
  /** Path of a source that it was made of → git's id of its content. */
  readonly files: Readonly<Record<string, string>>;
  /** `name@version`: libraries of an action; the actions of the pipelines. */
  readonly parts: readonly string[];
}

/** What differs between what was released and what is there now. */
export interface Difference {
  /** Paths that were changed, added or removed, sorted. */
  readonly files: readonly string[];
  /** Such as `axios 1.20.0 → 1.21.1`, `tar 7.5.23 is new` or `tar is gone`. */
  readonly parts: readonly string[];
}

/** Returns the text of a record's file. */
export function formatRecord(record: ReleaseRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/**
 * Returns what a record's text says.
 * @param source where it is from, for the error
 * @throws Error when it is none
 */
export function parseRecord(text: string, source: string): ReleaseRecord {
  const record = JSON.parse(text) as Partial<ReleaseRecord>;
  const { name, version, definition, files, parts } = record;
  if ([name, version, definition, files, parts].includes(undefined as never)) {
    throw new Error(`${source} is not a record of a release: only a release writes that file`);
  }
  return record as ReleaseRecord;
}

/** Returns what changed since a release. */
export function differenceFrom(
  record: ReleaseRecord,
  files: Readonly<Record<string, string>>,
  parts: readonly string[],
): Difference {
  const paths = new Set([...Object.keys(record.files), ...Object.keys(files)]);
  const [before, now] = [versionsOf(record.parts), versionsOf(parts)];
  const names = new Set([...before.keys(), ...now.keys()]);
  return {
    files: [...paths].filter((path) => record.files[path] !== files[path]).toSorted(),
    parts: [...names].toSorted().flatMap((name) => {
      const [old, current] = [before.get(name), now.get(name)];
      if (old === current) return [];
      if (old === undefined) return [`${name} ${String(current)} is new`];
      return [current === undefined ? `${name} is gone` : `${name} ${old} → ${current}`];
    }),
  };
}

// Several versions of one library are one text.
function versionsOf(parts: readonly string[]): ReadonlyMap<string, string> {
  const versions = Map.groupBy(parts, (part) => part.slice(0, part.lastIndexOf('@')));
  return new Map([...versions].map(([name, all]) => [name, all.map((part) => part.slice(name.length + 1)).join(', ')]));
}

/** Returns git's id of a content. */
export function blobId(content: Uint8Array): string {
  return createHash('sha1')
    .update(`blob ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
}
