import { type FullHash, type Label, parseFullHash, parseLabel, ParseError } from '@tagflow/model';

export const upgradeKinds = [
  'overcloud-upgrade',
  'ffu-overcloud-upgrade',
  'undercloud-upgrade',
  'ffu-undercloud-upgrade',
  'standalone-upgrade',
  'ffu-standalone-upgrade',
  'minor-update',
  'overcloud-update',
] as const;

/** What an upgrade job does: `ffu` goes from one long-term release to the next, an update stays within its release. */
export type UpgradeKind = (typeof upgradeKinds)[number];

/** The hash that a label of a release names. */
export interface ReleaseLabel {
  readonly release: string;
  readonly label: Label;
}

/** One variable of an upgrade job: a text as it is, or the hash that a label names. */
export interface UpgradeVariable {
  readonly name: string;
  readonly value: string | ReleaseLabel;
}

export interface UpgradeQuestion {
  readonly kind: UpgradeKind;
  /** What is upgraded to. */
  readonly release: string;
  /** Whether it tests what is to be promoted, `tripleo-ci-testing`, and not what was. */
  readonly periodic: boolean;
  /**
   * Branch → the hash that a content provider built of it. That of a release stands in for what was promoted; that of
   * `<release>-current`, which a minor update goes to, for what DLRN built last.
   */
  readonly provided: ReadonlyMap<string, FullHash>;
}

/** Where a cloud, or one side of its upgrade, comes from. */
interface Side {
  readonly release: string;
  readonly hash: ReleaseLabel | FullHash;
}

/** Oldest first. The upgrade jobs ended with them: an update needs no order, and works for any release. */
const order: readonly string[] = ['train', 'ussuri', 'victoria', 'wallaby', 'zed', 'master'];

/**
 * Fast-forward upgrades go between these. TripleO's own list ended with wallaby, while its jobs went on to master from
 * there: master stands for the next long-term release, which is cut from it, so it is one here.
 */
const longTerm: readonly string[] = ['train', 'wallaby', 'master'];

/**
 * Returns the variables of an upgrade job, by the rules of tripleo-ci: everything is of the release that is upgraded
 * to, but for the side that the upgrade starts from (of a minor update, which is within a release, for the side that it
 * goes to). `NEWEST` is what DLRN built last, promoted or not.
 * @throws ParseError for a release that such an upgrade cannot go to, and for provided hashes that it does not take
 */
export function upgradeHashes(question: UpgradeQuestion): readonly UpgradeVariable[] {
  const { kind, release, periodic, provided } = question;
  const from = startOf(kind, release);
  refuseOthers(question, takenBranches(question, from));
  const to = kind === 'minor-update' ? newest(release) : release;
  const hash = periodic ? at(release, 'tripleo-ci-testing') : (provided.get(to) ?? at(release, 'current-tripleo'));
  const sides = startsElsewhere(question, from);
  return sideNames.flatMap((name) => {
    const side = sides[name] ?? { release, hash };
    return [
      { name: `${name}_RELEASE`, value: side.release },
      { name: `${name}_HASH`, value: side.hash },
      ...(name.startsWith('STANDALONE') ? [{ name: `${name}_NEWEST_HASH`, value: at(side.release, 'current') }] : []),
    ];
  });
}

/**
 * Returns the values of variables. Each label of a release is asked for once, all at the same time.
 * @param pin finds out what a label names
 */
export async function fillVariables(
  variables: readonly UpgradeVariable[],
  pin: (wanted: ReleaseLabel) => Promise<FullHash>,
): Promise<Readonly<Record<string, string>>> {
  const asked = new Map<string, Promise<FullHash>>();
  const valueOf = (value: UpgradeVariable['value']): string | Promise<string> => {
    if (typeof value === 'string') return value;
    const key = `${value.release} ${value.label}`;
    const hash = asked.get(key) ?? pin(value);
    asked.set(key, hash);
    return hash;
  };
  return Object.fromEntries(
    await Promise.all(variables.map(async ({ name, value }) => [name, await valueOf(value)] as const)),
  );
}

/**
 * Returns what content providers built, from `branch:hash;branch:hash`; `stable/wallaby` is wallaby.
 * @throws ParseError
 */
export function parseProvidedHashes(text: string): ReadonlyMap<string, FullHash> {
  const provided = new Map<string, FullHash>();
  for (const item of text.split(';').map((part) => part.trim())) {
    if (item === '') continue;
    const [, branch = '', hash = ''] = /^(?:stable\/)?([^:\s]+):(\S+)$/.exec(item) ?? [];
    if (branch === '') {
      throw new ParseError(`content-provider-hashes holds "${item}": expected branch:hash;branch:hash`);
    }
    if (provided.has(branch)) throw new ParseError(`content-provider-hashes names ${branch} twice`);
    provided.set(branch, providedHash(branch, hash));
  }
  if (provided.size === 0) throw new ParseError(`content-provider-hashes "${text}" holds no branch:hash`);
  return provided;
}

function providedHash(branch: string, text: string): FullHash {
  try {
    return parseFullHash(text);
  } catch (error) {
    throw error instanceof ParseError ? new ParseError(`content-provider-hashes, ${branch}: ${error.message}`) : error;
  }
}

const sideNames = [
  'UNDERCLOUD_INSTALL',
  'UNDERCLOUD_TARGET',
  'OVERCLOUD_DEPLOY',
  'OVERCLOUD_TARGET',
  'STANDALONE_DEPLOY',
  'STANDALONE_TARGET',
] as const;

type Sides = { readonly [Name in (typeof sideNames)[number]]?: Side };

/** The sides that are not simply the release that is upgraded to. */
function startsElsewhere({ kind, release, periodic, provided }: UpgradeQuestion, from: string): Sides {
  const promoted = { release: from, hash: at(from, 'current-tripleo') };
  const before = { release, hash: at(release, 'previous-current-tripleo') };
  switch (kind) {
    case 'overcloud-upgrade':
    case 'ffu-overcloud-upgrade':
      return { OVERCLOUD_DEPLOY: promoted };
    case 'undercloud-upgrade':
    case 'ffu-undercloud-upgrade':
      return { UNDERCLOUD_INSTALL: { release: from, hash: provided.get(from) ?? promoted.hash } };
    case 'standalone-upgrade':
    case 'ffu-standalone-upgrade':
      return { STANDALONE_DEPLOY: promoted };
    case 'minor-update': {
      if (periodic) return { OVERCLOUD_DEPLOY: before };
      const installed = { release, hash: provided.get(release) ?? promoted.hash };
      const updated = { release, hash: provided.get(newest(release)) ?? at(release, 'current') };
      return {
        ...{ UNDERCLOUD_INSTALL: installed, OVERCLOUD_DEPLOY: installed },
        ...{ UNDERCLOUD_TARGET: updated, OVERCLOUD_TARGET: updated },
      };
    }
    case 'overcloud-update':
      return { OVERCLOUD_DEPLOY: before };
  }
}

function startOf(kind: UpgradeKind, release: string): string {
  if (kind.endsWith('update')) return release;
  const releases = kind.startsWith('ffu') ? longTerm : order;
  const before = releases[releases.indexOf(release) - 1];
  if (before !== undefined) return before;
  throw new ParseError(
    `release "${release}" is not one that ${kind} goes to: expected ${releases.slice(1).join(', ')}`,
  );
}

/** The branch whose content provider builds what is newer than what a minor update installs. */
function newest(release: string): string {
  return `${release}-current`;
}

function takenBranches({ kind, release, periodic }: UpgradeQuestion, from: string): readonly string[] {
  // A periodic job tests what is to be promoted, and nothing that somebody built beside it.
  const installed = kind.endsWith('undercloud-upgrade') ? [from] : [];
  if (periodic) return installed;
  return [release, ...(kind === 'minor-update' ? [newest(release)] : installed)];
}

/** Somebody built what is not used: the job would pass without having tested it. */
function refuseOthers({ kind, release, periodic, provided }: UpgradeQuestion, taken: readonly string[]): void {
  const others = [...provided.keys()].filter((branch) => !taken.includes(branch));
  if (others.length === 0) return;
  const upgrade = `${periodic ? 'a periodic ' : ''}${kind} to ${release}`;
  throw new ParseError(
    `content-provider-hashes names ${others.join(' and ')}, and ${upgrade} takes ${taken.length === 0 ? 'none' : `those of ${taken.join(' and ')}`}`,
  );
}

function at(release: string, label: string): ReleaseLabel {
  return { release, label: parseLabel(label) };
}
