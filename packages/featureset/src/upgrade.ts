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
  /** Release → the hash that a content provider built of it, which stands in for what was promoted. */
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
 * to, but for the side that the upgrade starts from. `NEWEST` is what DLRN built last, promoted or not.
 * @throws ParseError for a release that such an upgrade cannot go to, and for provided hashes that it does not take
 */
export function upgradeHashes(question: UpgradeQuestion): readonly UpgradeVariable[] {
  const { kind, release, periodic, provided } = question;
  const from = startOf(kind, release);
  refuseOthers(provided, [release, ...(kind.endsWith('undercloud-upgrade') ? [from] : [])]);
  const hash = periodic ? at(release, 'tripleo-ci-testing') : (provided.get(release) ?? at(release, 'current-tripleo'));
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
      const updated = { release, hash: provided.get(release) ?? at(release, 'current') };
      return { UNDERCLOUD_TARGET: updated, OVERCLOUD_TARGET: updated };
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

function refuseOthers(provided: ReadonlyMap<string, FullHash>, taken: readonly string[]): void {
  if (provided.size === 0 || taken.some((release) => provided.has(release))) return;
  throw new ParseError(
    `content-provider-hashes names ${[...provided.keys()].join(' and ')}, and this upgrade takes those of ${taken.join(' and ')}`,
  );
}

function at(release: string, label: string): ReleaseLabel {
  return { release, label: parseLabel(label) };
}
