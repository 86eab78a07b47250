import { ParseError } from '@tagflow/model';
import { FeaturesetError } from '../error.ts';
import { upgradeHashes, type UpgradeKind } from '../upgrade.ts';
import type { FeaturesetFlags } from './flags.ts';

/** Which releases a job has to do with. */
export interface JobReleases {
  /** What it upgrades or updates, or null where it does neither. */
  readonly kind: UpgradeKind | null;
  /** What is installed first. */
  readonly installed: string;
  /** What it becomes; of a mixed upgrade, what the overcloud runs while the undercloud is newer. Null without one. */
  readonly other: string | null;
  /** The name of the release file, without folder and ending. */
  readonly file: string;
}

/** These read the hashes of several releases from a file made for the run. */
const withReleasesFile: readonly string[] = ['037', '047', '050', '056', '065', '067', '068'];

export function needsReleasesFile(featureset: string): boolean {
  return withReleasesFile.includes(featureset);
}

/** What the release file of a job that tests a candidate begins with. */
const promotionTesting = 'promotion-testing-hash-';

/**
 * Returns the releases of a job. The first flag that is set decides: a fast-forward featureset has the flags of a mixed
 * one too.
 * @throws FeaturesetError `bad-job` for a release that nothing upgrades to.
 */
export function releasesOf(flags: FeaturesetFlags, release: string, periodic: boolean): JobReleases {
  const found = choose(flags, release);
  return { ...found, file: (periodic ? promotionTesting : '') + found.file };
}

function choose(flags: FeaturesetFlags, release: string): JobReleases {
  if (flags.has('ffu_overcloud_upgrade')) return mixed('ffu-overcloud-upgrade', release);
  if (flags.has('ffu_undercloud_upgrade')) return upgraded('ffu-undercloud-upgrade', release);
  if (flags.has('ffu_standalone_upgrade')) return upgraded('ffu-standalone-upgrade', release);
  if (flags.has('mixed_upgrade')) return mixed('overcloud-upgrade', release);
  if (flags.has('undercloud_upgrade')) return upgraded('undercloud-upgrade', release);
  if (flags.has('minor_update')) return within('minor-update', release);
  if (flags.has('overcloud_update')) return within('overcloud-update', release);
  // It names its own releases, in the releases file.
  if (flags.has('standalone_upgrade')) return within('standalone-upgrade', release);
  return within(null, release);
}

function mixed(kind: UpgradeKind, release: string): JobReleases {
  const other = previousRelease(kind, release);
  return { kind, installed: release, other, file: `${release}-undercloud-${other}-overcloud` };
}

function upgraded(kind: UpgradeKind, release: string): JobReleases {
  const installed = previousRelease(kind, release);
  return { kind, installed, other: release, file: installed };
}

function within(kind: UpgradeKind | null, release: string): JobReleases {
  return { kind, installed: release, other: kind === null ? null : release, file: release };
}

/**
 * Returns the release that an upgrade to another one starts from.
 * @throws FeaturesetError `bad-job`
 */
export function previousRelease(kind: UpgradeKind, release: string): string {
  try {
    const variables = upgradeHashes({ kind, release, periodic: true, provided: new Map() });
    const sides = variables.filter(({ name }) => name.endsWith('_RELEASE')).map(({ value }) => String(value));
    return sides.find((side) => side !== release) ?? release;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new FeaturesetError('bad-job', error.message, { cause: error });
  }
}
