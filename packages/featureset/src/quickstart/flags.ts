import type { Value } from './value.ts';

const names = [
  'ffu_overcloud_upgrade',
  'ffu_undercloud_upgrade',
  'ffu_standalone_upgrade',
  'mixed_upgrade',
  'undercloud_upgrade',
  'minor_update',
  'overcloud_update',
  'standalone_upgrade',
  'mixed_os',
] as const;

/** What of a featureset decides how its job runs. */
export type FeaturesetFlag = (typeof names)[number];

export type FeaturesetFlags = ReadonlySet<FeaturesetFlag>;

/** Returns the flags that a featureset file sets: as it is written, and not what other files make of it. */
export function flagsOf(values: ReadonlyMap<string, Value>): FeaturesetFlags {
  return new Set(names.filter((name) => values.get(name) === true));
}
