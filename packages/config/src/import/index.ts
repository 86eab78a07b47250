import type { Imported, Settings } from './convert.ts';
import type { OldFile } from './old-file.ts';

export type { Imported, Settings } from './convert.ts';
export type { Carried, Finding, FindingKind } from './finding.ts';
export type { OldFile, OldForm } from './old-file.ts';
export { secretPlaces, type SecretPlace } from './secret-places.ts';

/**
 * Returns the tagflow.yaml of a release of the old promoter, and where each value of its files went.
 * @param files the release's own files and those with defaults, lowest layer first: the last one that has a key wins
 * @param settings values that win over all files
 * @throws ConfigError `invalid-config` with the place of what cannot be read
 */
export async function importOldConfig(files: readonly OldFile[], settings: Settings = {}): Promise<Imported> {
  const { convertOldConfig } = await import('./convert.ts');
  return convertOldConfig(files, settings);
}
