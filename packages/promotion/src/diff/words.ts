import type { Changes } from './keyed.ts';
import type { PackageEntry } from './set-details.ts';
import type { SetDiff } from './diff-sets.ts';
import { parseNvr } from './rpm-version.ts';

/** Returns a text of somebody else's as it may stand in a terminal: on one line, and nothing in it moves the cursor. */
export function onOneLine(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').trim();
}

/** Columns of a terminal. */
export const width = 80;

/** Returns a sentence in lines that fit a terminal, the later ones indented as its first word says. */
export function wrapped(head: string, text: string): readonly string[] {
  const lines: string[] = [];
  let line = head;
  for (const word of onOneLine(text).split(' ')) {
    if (line.length + 1 + word.length > width && line.trim() !== '' && line !== head) {
      lines.push(line);
      line = ' '.repeat(head.length);
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** Returns a number of bytes for people, as transfer tools count: `512 B`, `3.1 MB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [amount, unit] = [bytes, 0];
  while (Math.abs(amount) >= 1000 && unit < units.length - 1) [amount, unit] = [amount / 1000, unit + 1];
  return `${unit === 0 ? amount : amount.toFixed(1)} ${units[unit]}`;
}

/** As {@link bytesText}, of what something grew or shrank by: `+3.1 MB`. */
export function growthText(bytes: number): string {
  return bytes === 0 ? 'the same size' : `${bytes > 0 ? '+' : ''}${bytesText(bytes)}`;
}

/** Returns the first digits of a commit or a digest. */
export function shortText(hash: string | null): string {
  return hash === null ? 'none' : onOneLine(hash.replace(/^sha256:/, '')).slice(0, 12);
}

/** Returns `2 jobs`, `1 job`. */
export function countText(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Returns what rpm compares of a package; where that is none, what the list says. */
export function versionText({ nvr }: PackageEntry): string {
  if (nvr === null) return 'never built';
  const parts = parseNvr(nvr);
  if (parts === null) return onOneLine(nvr);
  const { epoch, version, release } = parts;
  return onOneLine(`${epoch === 0 ? '' : `${epoch}:`}${version}-${release}`);
}

/** Returns a line of each part of a difference: what there is of it, counted. */
export function summaryOf(diff: SetDiff): readonly { readonly part: string; readonly text: string }[] {
  const { packages, containers, images, criteria } = diff;
  const kinds = ['up', 'down', 'rebuilt', 'other'] as const;
  const members = diff.members;
  return [
    ...(members === null || !touchesComponents(members)
      ? []
      : [{ part: 'components', text: counted(members, ['changed']) }]),
    {
      part: 'packages',
      text: packages === null ? unknown : counted(packages, kinds, (change, kind) => change.kind === kind),
    },
    {
      part: 'containers',
      text: containers === null ? unknown : counted(containers, ['changed']) + layersText(containers),
    },
    { part: 'images', text: images === null ? unknown : counted(images, ['changed']) + imagesText(images.changed) },
    { part: 'criteria', text: criteria === null ? unknown : criteriaText(criteria) },
  ];
}

const unknown = 'cannot be compared, see the notes';

/** What differs among the builds of components: those of a repository without any are said by its hash. */
function touchesComponents({ added, removed, changed }: NonNullable<SetDiff['members']>): boolean {
  return [...added, ...removed, ...changed.map(({ to }) => to)].some(({ component }) => component !== null);
}

function counted<Change, Kind extends string>(
  { added, removed, changed, same }: Changes<unknown, Change>,
  kinds: readonly Kind[],
  isOf: (change: Change, kind: Kind) => boolean = () => true,
): string {
  const counts = [
    [added.length, 'added'],
    [removed.length, 'removed'],
    ...kinds.map((kind) => [changed.filter((change) => isOf(change, kind)).length, kind] as const),
    [same, 'the same'],
  ] as const;
  const texts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return texts.join(', ') || 'none on either side';
}

function layersText({ layers, changed }: NonNullable<SetDiff['containers']>): string {
  if (layers === null) return '';
  const { added, shared } = layers;
  const unknowns = changed.filter(({ platforms }) => platforms === null).length;
  const but = unknowns === 0 ? '' : `, ${unknowns} unknown`;
  return `; ${countText(added.count, 'new layer')} (${bytesText(added.bytes)}), ${shared.count} shared${but}`;
}

function imagesText(changed: NonNullable<SetDiff['images']>['changed']): string {
  if (changed.length === 0) return '';
  return ` (${growthText(changed.reduce((sum, { growth }) => sum + growth, 0))})`;
}

function criteriaText({
  jobs,
  rules,
  informing,
  votes,
  minimumJobs,
  waivers,
}: NonNullable<SetDiff['criteria']>): string {
  const changes = (['added', 'removed'] as const).flatMap((what) => [
    ...(jobs[what].length > 0 ? [`${countText(jobs[what].length, 'job')} ${what}`] : []),
    ...(rules[what].length > 0 ? [`${countText(rules[what].length, 'rule')} ${what}`] : []),
    ...(informing[what].length > 0 ? [`${informing[what].length} informing ${what}`] : []),
  ]);
  if (votes !== null) changes.push('another vote counts');
  if (minimumJobs !== null) changes.push('another minimum of jobs');
  const used = [
    [waivers.added.length, 'more'],
    [waivers.removed.length, 'fewer'],
    [waivers.changed.length, 'other'],
  ] as const;
  for (const [count, word] of used)
    if (count > 0) changes.push(`${count} ${word} ${count === 1 ? 'waiver' : 'waivers'}`);
  return changes.join(', ') || 'the same';
}
