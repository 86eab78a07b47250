import { createHash } from 'node:crypto';
import type { Redness } from '../redness.ts';
import { nameOfLabel, type PromotionFacts } from './facts.ts';
import { fenced, inlineCode, linkTo, spanOf, timeOf } from './text.ts';

/** What the issue of a red label says. */
export interface IssueText {
  readonly title: string;
  readonly body: string;
  /** The first line of the body, which nobody sees: by it the issue is found again. */
  readonly marker: string;
  /** The second one, which changes with the reason. */
  readonly reasonMarker: string;
}

/** @param red of a label that is red */
export function issueText(facts: PromotionFacts, red: Redness): IssueText {
  const marker = markerOf(facts);
  const reasonMarker = `<!-- tagflow-reason ${reasonDigest(facts)} -->`;
  const lines = [
    `${labelWords(facts)} has not been promoted for **${spanOf(facts.now - red.since)}**: it is red after ${spanOf(red.redAfterMs)}.`,
    '',
    red.lastHash === null
      ? `- Never promoted; its first candidate is of ${timeOf(red.since)}`
      : `- Promoted last: ${inlineCode(red.lastHash)} at ${timeOf(red.since)}`,
    `- Red since: ${timeOf(red.since + red.redAfterMs)}`,
    ...(facts.fullHash === null ? [] : [`- Nearest candidate: ${inlineCode(facts.fullHash)}`]),
    ...(facts.owners.length === 0 ? [] : [`- Who acts: ${facts.owners.map(inlineCode).join(', ')}`]),
    `- The last run ended as: ${inlineCode(facts.outcome ?? 'it did not come to the promotion')}${runsOf(facts)}`,
    ...whyOf(facts),
    '',
    'This text is written anew at each run of the phase, which closes the issue when the label is promoted.',
  ];
  return {
    title: `${nameOfLabel(facts)} is red`.slice(0, 250),
    body: [marker, reasonMarker, ...lines].join('\n'),
    marker,
    reasonMarker,
  };
}

/** Returns the comment of a reason that has changed, or of a label that is red again. */
export function changedComment(facts: PromotionFacts, isAgain: boolean): string {
  const begin = isAgain ? `${labelWords(facts)} is red again.` : `What keeps ${labelWords(facts)} has changed.`;
  return [begin, ...whyOf(facts), ...(facts.logPage === null ? [] : ['', linkTo('The run', facts.logPage)])].join('\n');
}

/** Returns the comment that ends it. @param redness of a label that is not red */
export function greenComment(facts: PromotionFacts, { lastHash, since }: Redness): string {
  const how = lastHash === null ? 'is not red any more' : `was promoted to ${inlineCode(lastHash)} at ${timeOf(since)}`;
  return `${labelWords(facts)} ${how}.${facts.logPage === null ? '' : ` ${linkTo('The run', facts.logPage)}`}`;
}

/** Returns the line by which the issue of a label is known: no part of it can end the comment. */
export function markerOf({ release, component, label }: PromotionFacts): string {
  const parts = [release, ...(component === null ? [] : [component]), label];
  return `<!-- tagflow-red ${parts.map(encodeURIComponent).join('/')} -->`;
}

/** Whether a body is that of the issue of a label, also after somebody has edited it. */
export function hasLine(body: string, line: string): boolean {
  return body.split(/\r?\n/, 2).some((own) => own.trimEnd() === line);
}

function labelWords({ release, component, label }: PromotionFacts): string {
  const whose = component === null ? '' : ` of component ${inlineCode(component)}`;
  return `${inlineCode(label)}${whose} of release ${inlineCode(release)}`;
}

function runsOf({ logPage }: PromotionFacts): string {
  if (logPage === null) return '';
  const all = /^(?<actions>.+\/actions)\/runs\/\d+/.exec(logPage)?.groups?.['actions'];
  return ` (${linkTo('the run', logPage)}${all === undefined ? '' : `, ${linkTo('all runs', all)}`})`;
}

function whyOf({ reason, explanation }: PromotionFacts): readonly string[] {
  const said = explanation ?? reason;
  return said === '' ? [] : ['', 'What it lacks:', '', fenced(said)];
}

/** Hashes, counts and times change from run to run while the reason stays the same one. */
function reasonDigest({ outcome, reason }: PromotionFacts): string {
  const still = reason.replaceAll(/\b[0-9a-f]{8,}(?:_[0-9a-f]{8,})*\b/g, '#').replaceAll(/\d+/g, '#');
  return createHash('sha256')
    .update(JSON.stringify([outcome, still]))
    .digest('hex')
    .slice(0, 16);
}
