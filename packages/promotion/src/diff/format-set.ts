import { canonicalJson, type Plan } from '@tagflow/model';
import { formatPlanText } from '../plan/plan-text.ts';
import { waiverText } from './rows.ts';
import type { PromotionFacts, SetDetails } from './set-details.ts';
import { bytesText, onOneLine, versionText, wrapped } from './words.ts';

/** Returns a whole set for a terminal: what there is of everything first, then everything. Ends with a line end. */
export function formatSetText(set: SetDetails, plan: Plan | null = null): string {
  const { packages, containers, images, members } = set;
  const blocks = [
    headLines(set),
    set.notes.flatMap((note) => wrapped('note:', note)),
    plan === null ? promotionLines(set.promotion) : planLines(plan),
    listLines('builds', members, ({ component, fullHash }) => [component ?? '', fullHash]),
    listLines('packages', packages, (one) => [
      one.project,
      `${versionText(one)}${one.status === null || one.status === 'SUCCESS' ? '' : ` (last build: ${one.status})`}`,
    ]),
    listLines('containers', containers, ({ name, digest }) => [name, digest]),
    (images ?? []).length === 0 ? [] : ['images:', ...(images ?? []).flatMap(imageLines)],
  ].filter((lines) => lines.length > 0);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Returns a whole set as JSON: the same bytes for the same set. */
export function formatDetailsJson(set: SetDetails): string {
  return `${canonicalJson({ schema: 'tagflow/set-details/v1', ...set })}\n`;
}

function headLines({ name, fullHash, release, repoUrl, packages, containers, images }: SetDetails): readonly string[] {
  const of = (list: readonly unknown[] | null): string => (list === null ? 'unknown' : String(list.length));
  const size = (images ?? []).reduce((sum, image) => sum + image.size, 0);
  const facts = [
    ...(name === fullHash ? [] : [['set', name]]),
    ['hash', fullHash],
    ['release', release],
    ['repository', repoUrl ?? 'unknown'],
    ['packages', of(packages)],
    ['containers', of(containers)],
    ['images', `${of(images)}${images === null || images.length === 0 ? '' : `, ${bytesText(size)}`}`],
  ];
  return facts.map(([what = '', text = '']) => `${what.padEnd(12)}${onOneLine(text)}`);
}

function promotionLines(promotion: PromotionFacts | null): readonly string[] {
  if (promotion === null) return [];
  const { id, mode, label, fromHash, version, actor, reason, createdAt, answer, waivers } = promotion;
  return [
    'promotion:',
    ...(id === null ? [] : [`  id        ${id}`]),
    `  ${mode.padEnd(9)} ${label}${version === 0 ? '' : `, version ${version}`}`,
    `  from      ${fromHash ?? 'nothing'}`,
    `  by        ${onOneLine(actor)}, ${createdAt}${reason === null ? '' : `: ${onOneLine(reason)}`}`,
    `  verdict   ${answer}`,
    ...waivers.map((waiver) => `  waiver    ${onOneLine(waiverText(waiver))}`),
  ];
}

// A file that anybody may have written.
function planLines(plan: Plan): readonly string[] {
  return formatPlanText(plan)
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\p{C}/gu, ' '));
}

function listLines<Entry>(
  what: string,
  list: readonly Entry[] | null,
  cellsOf: (entry: Entry) => readonly [string, string],
): readonly string[] {
  if (list === null || list.length === 0) return [];
  const rows = list.map((entry) => cellsOf(entry).map(onOneLine));
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return [
    `${what}:`,
    ...rows.map(([name = '', text = '']) => `  ${name.padEnd(width)}  ${text}`.replace(/^ {4,}/, '  ')),
  ];
}

function imageLines(image: NonNullable<SetDetails['images']>[number]): readonly string[] {
  const { name, size, sha256, md5, visibility, builder } = image;
  return [
    `  ${name}  ${bytesText(size)} (${size} bytes)${visibility === 'internal' ? ', internal' : ''}`,
    `    sha256 ${sha256}`,
    ...(md5 === null ? [] : [`    md5    ${md5}`]),
    ...(builder === undefined ? [] : [`    built by ${onOneLine(builder)}`]),
  ];
}
