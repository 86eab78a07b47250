import { formatExpiry, type PolicyEntry } from '@tagflow/model';
import type { LayerChange } from './containers.ts';
import type { CriteriaChange } from './criteria.ts';
import type { SetDiff } from './diff-sets.ts';
import type { PackageChange } from './packages.ts';
import type { PackageEntry } from './set-details.ts';
import { bytesText, countText, growthText, onOneLine, shortText, versionText } from './words.ts';

/** One thing that differs, in words. */
export interface Row {
  readonly mark: '+' | '-' | '↑' | '↓' | '↻' | '~';
  readonly name: string;
  /** What it was and what it is, or the one of them that there is. */
  readonly change: string;
  /** What else there is to say. `url`: where that is to be seen. */
  readonly more: readonly { readonly text: string; readonly url: string | null }[];
}

/** The rows of one kind of things, under a heading. */
export interface Section {
  readonly part: string;
  readonly rows: readonly Row[];
}

/** Returns all that differs, part by part; parts without a difference are left out. */
export function sectionsOf(diff: SetDiff): readonly Section[] {
  return [
    { part: 'components', rows: memberRows(diff.members) },
    { part: 'packages', rows: packageRows(diff.packages) },
    { part: 'containers', rows: containerRows(diff.containers) },
    { part: 'images', rows: imageRows(diff.images) },
    { part: 'criteria', rows: diff.criteria === null ? [] : criteriaRows(diff.criteria) },
  ].filter(({ rows }) => rows.length > 0);
}

const plain = (mark: Row['mark'], name: string, change = '', more: Row['more'] = []): Row => ({
  ...{ mark, name: onOneLine(name), change: onOneLine(change), more },
});

// A repository without components is one build, which its hash says.
function memberRows(members: SetDiff['members']): readonly Row[] {
  if (members === null) return [];
  const alone = (mark: '+' | '-', entries: typeof members.added): readonly Row[] =>
    entries.flatMap(({ component, fullHash }) => (component === null ? [] : [plain(mark, component, fullHash)]));
  return [
    ...alone('+', members.added),
    ...alone('-', members.removed),
    ...members.changed.flatMap(({ from, to }) =>
      to.component === null
        ? []
        : [plain('~', to.component, `${shortText(from.fullHash)} → ${shortText(to.fullHash)}`)],
    ),
  ];
}

const packageMarks = { up: '↑', down: '↓', rebuilt: '↻', other: '~' } as const;

function packageRows(packages: SetDiff['packages']): readonly Row[] {
  if (packages === null) return [];
  const alone = (mark: '+' | '-') => (entry: PackageEntry) => plain(mark, entry.project, versionText(entry));
  const order = Object.keys(packageMarks);
  return [
    ...packages.added.map(alone('+')),
    ...packages.removed.map(alone('-')),
    ...packages.changed.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)).map(packageRow),
  ];
}

function packageRow({ project, kind, from, to }: PackageChange): Row {
  const [before, after] = [versionText(from), versionText(to)];
  const commits = (
    [
      ['source', 'sourceSha', 'sourceRepo'],
      ['dist', 'distSha', 'distRepo'],
    ] as const
  ).flatMap(([what, sha, repo]) => {
    const url = to[repo] ?? from[repo];
    const moved =
      from[sha] === to[sha] ? [] : [{ text: `${what} ${shortText(from[sha])} → ${shortText(to[sha])}`, url }];
    return from[repo] === to[repo] || from[repo] === null || to[repo] === null
      ? moved
      : [...moved, { text: `${what} was of`, url: from[repo] }];
  });
  const facts = (['component', 'status'] as const)
    .filter((fact) => from[fact] !== to[fact])
    .map((fact) => ({ text: onOneLine(`${fact} ${from[fact] ?? 'none'} → ${to[fact] ?? 'none'}`), url: null }));
  return plain(packageMarks[kind], project, before === after ? after : `${before} → ${after}`, [...commits, ...facts]);
}

function containerRows(containers: SetDiff['containers']): readonly Row[] {
  if (containers === null) return [];
  return [
    ...containers.added.map(({ name, digest }) => plain('+', name, digest)),
    ...containers.removed.map(({ name, digest }) => plain('-', name, digest)),
    ...containers.changed.map(({ name, from, to, platforms }) =>
      plain(
        ...(['~', name, `${shortText(from.digest)} → ${shortText(to.digest)}`] as const),
        (platforms ?? []).map((one) => ({ text: layerText(one.platform, one), url: null })),
      ),
    ),
  ];
}

function layerText(platform: string | null, { shared, added, removed }: LayerChange): string {
  const where = platform === null ? '' : `${onOneLine(platform)}: `;
  const fresh = `${countText(added.count, 'new layer')}, ${bytesText(added.bytes)}`;
  return `${where}${fresh}; ${shared.count} shared, ${bytesText(shared.bytes)}; ${removed.count} gone`;
}

function imageRows(images: SetDiff['images']): readonly Row[] {
  if (images === null) return [];
  return [
    ...images.added.map(({ name, size }) => plain('+', name, bytesText(size))),
    ...images.removed.map(({ name, size }) => plain('-', name, bytesText(size))),
    ...images.changed.map(({ name, from, to }) =>
      plain('~', name, sizeText(from.size, to.size), [
        { text: `sha256 ${shortText(from.sha256)} → ${shortText(to.sha256)}`, url: null },
        ...(from.visibility === to.visibility
          ? []
          : [{ text: `visibility ${from.visibility} → ${to.visibility}`, url: null }]),
      ]),
    ),
  ];
}

function sizeText(from: number, to: number): string {
  if (from === to) return `${bytesText(to)}, ${growthText(0)}`;
  return `${bytesText(from)} → ${bytesText(to)} (${growthText(to - from)})`;
}

function criteriaRows({ jobs, rules, informing, votes, minimumJobs, waivers }: CriteriaChange): readonly Row[] {
  const texts = (what: string, { added, removed }: CriteriaChange['jobs']): readonly Row[] => [
    ...added.map((text) => plain('+', what, text)),
    ...removed.map((text) => plain('-', what, text)),
  ];
  return [
    ...texts('job', jobs),
    ...texts('rule', rules),
    ...texts('informing', informing),
    ...(votes === null ? [] : [plain('~', 'vote that counts', `${votes.from || 'none'} → ${votes.to || 'none'}`)]),
    ...(minimumJobs === null ? [] : [plain('~', 'minimum of jobs', `${minimumJobs.from} → ${minimumJobs.to}`)]),
    ...waivers.added.map((one) => plain('+', 'waiver', waiverText(one))),
    ...waivers.removed.map((one) => plain('-', 'waiver', waiverText(one))),
    ...waivers.changed.map(({ to }) => plain('~', 'waiver', waiverText(to))),
  ];
}

/** Returns a waiver in words. */
export function waiverText(entry: PolicyEntry): string {
  const what = entry.kind === 'waiver' ? `of ${entry.job}` : entry.kind;
  return `${entry.id} ${what}, ${entry.owner}, until ${formatExpiry(entry.expires)}: ${entry.reason}`;
}
