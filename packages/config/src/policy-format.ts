import { formatExpiry, type HashRange, type PolicyEntry } from '@tagflow/model';

const lists = [
  ['waivers', 'waiver'],
  ['holds', 'hold'],
  ['freezes', 'freeze'],
] as const;

/** How a file says that the labels of no component are meant. */
export const noComponent = 'none';

/**
 * Returns a file of a policy folder that says the entries. It can be read again where each of them has a bug, or is a
 * hold or freeze whose id begins with `rollback-`: those that a rollback left.
 */
export function formatPolicy(entries: readonly PolicyEntry[]): string {
  return lists
    .map(([list, kind]) => [list, entries.filter((entry) => entry.kind === kind)] as const)
    .filter(([, members]) => members.length > 0)
    .map(([list, members]) => `${list}:\n${members.map(formatEntry).join('')}`)
    .join('');
}

// Texts of others stand in quotes as JSON writes them, which is YAML too, so that none can be anything but a text.
const quote = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function formatEntry(entry: PolicyEntry): string {
  const lines = [
    `id: ${quote(entry.id)}`,
    ...(entry.kind === 'waiver' ? [`job: ${quote(entry.job)}`] : []),
    ...(entry.kind === 'freeze' ? [] : formatRange(entry.hashes)),
    ...(entry.label === null ? [] : [`label: ${quote(entry.label)}`]),
    ...(entry.release === null ? [] : [`release: ${quote(entry.release)}`]),
    ...(entry.component === undefined ? [] : [`component: ${quote(entry.component ?? noComponent)}`]),
    `owner: ${quote(entry.owner)}`,
    ...(entry.bug === null ? [] : [`bug: ${quote(entry.bug)}`]),
    `reason: ${quote(entry.reason)}`,
    `expires: ${formatExpiry(entry.expires)}`,
  ];
  const where = quote(entry.where).slice(1, -1);
  return `  # ${where}\n${lines.map((line, index) => `  ${index === 0 ? '- ' : '  '}${line}\n`).join('')}`;
}

function formatRange(range: HashRange | null): readonly string[] {
  if (range === null) return ['hash: any'];
  if (range.to === range.from) return [`hash: ${quote(range.from)}`];
  return [`from: ${quote(range.from)}`, ...(range.to === null ? [] : [`to: ${quote(range.to)}`])];
}
