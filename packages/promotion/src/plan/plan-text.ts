import { onOneLine } from '../diff/words.ts';
import { formatExpiry, type Move, type Plan, type PolicyEntry, type Reason } from '@tagflow/model';

/**
 * Returns a plan for a person at a terminal: what moves from where to where, what cannot be taken back, why it may be
 * done, and what was waived. Moves of one label in one destination are one line, the first pointer as an example.
 */
export function formatPlanText(plan: Plan): string {
  const { mode, label, release, component, fromHash, toHash, moves, verdict, irreversible, notes, waivers } = plan;
  const groups = [...Map.groupBy(moves, (move) => `${move.destination}\0${move.label}`).values()];
  const counts = groups.map(describeGroup);
  const width = Math.max(...counts.map(([place]) => place.length));
  return [
    `${mode} ${label} of ${release}${component === null ? '' : `, component ${component}`}, version ${plan.version}`,
    `  from  ${fromHash ?? 'nothing: the label does not exist yet'}`,
    `  to    ${toHash}`,
    ...(plan.reason === null ? [] : [`  why   ${onOneLine(plan.reason)}`]),
    `  by    ${onOneLine(`${plan.actor}, ${plan.createdAt}`)}`,
    '',
    `${moves.length === 1 ? '1 write' : `${moves.length} writes`}${moves.at(-1)?.kind === 'repository' ? ", the repository's label last" : ''}:`,
    ...counts.map(([place, change]) => `  ${place.padEnd(width)}  ${change}`),
    ...section(
      irreversible.length === 0 ? null : `${irreversible.length} of them cannot be taken back, since they are new:`,
      shortened(irreversible.map(({ destination, pointer }) => onOneLine(`${destination}: ${pointer}`))),
    ),
    ...section(notes.length === 0 ? null : 'to know:', notes.map(onOneLine)),
    ...section(`verdict ${verdict.answer}, ${verdict.votes.length} votes:`, verdict.reasons.map(reasonLine)),
    ...section(waivers.length === 0 ? null : 'waived:', waivers.map(waiverLine)),
    '',
    `criteria ${short(verdict.criteriaDigest)}, config ${short(plan.configDigest)}, policy ${short(plan.policyDigest)}`,
    '',
  ].join('\n');
}

function describeGroup(moves: readonly Move[]): readonly [place: string, change: string] {
  const [first] = moves as readonly [Move];
  const place = `${first.destination}: ${first.label}`;
  if (moves.length === 1) return [place, `${short(first.from)} → ${short(first.to)}`];
  const fresh = moves.filter(({ from }) => from === null).length;
  const parts = [
    moves.length - fresh === 0 ? null : `${moves.length - fresh} moved`,
    fresh === 0 ? null : `${fresh} new`,
  ];
  return [place, parts.filter((part) => part !== null).join(', ')];
}

/** Members of a group are indented below it; informing jobs decide nothing, and a waiver is no success. */
function reasonLine({ kind, path, met, waiver, text }: Reason): string {
  const mark = kind === 'informing' ? '·' : waiver !== null ? '~' : met ? '✔' : '✘';
  const depth = path.startsWith('all-of[') ? path.split('.').length - 1 : 0;
  return `${'  '.repeat(depth)}${mark} ${onOneLine(text)}`;
}

function waiverLine(entry: PolicyEntry): string {
  const what = entry.kind === 'waiver' ? entry.job : entry.kind;
  return onOneLine(`${what} by ${entry.owner} until ${formatExpiry(entry.expires)}: ${entry.reason} (${entry.where})`);
}

function section(title: string | null, lines: readonly string[]): readonly string[] {
  return title === null ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

const longest = 8;

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= longest ? lines : [...lines.slice(0, longest), `and ${lines.length - longest} more`];
}

function short(value: string | null): string {
  return value === null ? 'none' : value.replace('sha256:', '').slice(0, 12);
}

/** Returns what a plan has done, once it is carried out, as one sentence without its full stop. */
export function doneSentence({ label, fromHash, toHash, moves }: Plan): string {
  if (fromHash === toHash)
    return `${moves.length === 1 ? '1 pointer' : `${moves.length} pointers`} brought to ${label} → ${toHash}`;
  return `${label} → ${toHash} (${fromHash === null ? 'a new label' : `was ${fromHash}`})`;
}
