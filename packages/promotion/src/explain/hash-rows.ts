import { countText } from '../diff/words.ts';
import { countLacking } from './candidate.ts';
import { lackingLines } from './label-rows.ts';
import type { Row, RowLine } from './rows.ts';
import type { HashExplanation, HashStanding, JobVotes } from './types.ts';
import { momentText, shortHash, spanText, standings, stopText } from './words.ts';

/** How many votes people read that are no success; the rest is in the JSON. */
const shown = 6;

/** Returns what there is to say of a hash: what it is to each label, and its votes. */
export function hashRows({ routes, votes, at: now }: HashExplanation): readonly Row[] {
  const rows = routes.map((route): Row => ({ key: route.phase, lines: routeLines(route, now) }));
  return [...rows, { key: 'votes', lines: voteLines(votes, now) }];
}

function routeLines(route: HashStanding, now: number): readonly RowLine[] {
  const { label, component, standing, why, promoted, left } = route;
  const of = component === null ? '' : ` of ${component}`;
  const since = promoted === null ? '' : `, first on ${momentText(promoted)} (${spanText(now - promoted)} ago)`;
  const isSaid = standing === 'named-now' || standing === 'candidate';
  const more = left === null ? why : leftText(left);
  return [
    { text: `${label}${of}: ${standings[standing]}${since}` },
    ...(isSaid ? [] : [{ text: more, isDetail: true }]),
    ...candidateLines(route, now),
  ];
}

function leftText({ at, mode, actor, reason, toHash }: NonNullable<HashStanding['left']>): string {
  const when = at === null ? '' : ` on ${momentText(at)}`;
  const why = reason === null ? '' : `: ${reason}`;
  return `a ${mode} by ${actor} moved it to ${shortHash(toHash)}${when}${why}`;
}

function candidateLines({ candidate }: HashStanding, now: number): readonly RowLine[] {
  if (candidate === null) return [];
  const { holds, lacking, otherReasons } = candidate;
  const count = countLacking(candidate);
  const all = count === 0 ? 'it has all the results that it needs' : null;
  const some = count > 0 && count < Infinity ? `it lacks ${countText(count, 'result')}:` : null;
  const text = all ?? some ?? `no result promotes it: ${otherReasons[0] ?? ''}`;
  return [
    { text, isDetail: true },
    ...lackingLines(lacking ?? [], now),
    ...holds.map((hold) => ({ text: `held ${stopText(hold, now)}`, isDetail: true })),
  ];
}

function voteLines(votes: readonly JobVotes[], now: number): readonly RowLine[] {
  if (votes.length === 0) return [{ text: 'none: no job has reported on it' }];
  const count = (result: JobVotes['result']): number => votes.filter((one) => one.result === result).length;
  const counts = [
    [count('success'), 'succeeded'],
    [count('failure'), 'failed'],
    [count('running'), 'run'],
  ] as const;
  const open = votes.filter(({ result }) => result !== 'success');
  const told = counts.flatMap(([number, word]) => (number === 0 ? [] : [`${number} ${word}`])).join(', ');
  return [
    { text: `${countText(votes.length, 'job')}: ${told}` },
    ...open.slice(0, shown).map((vote) => ({ text: voteText(vote, now), url: vote.url, isDetail: true })),
    ...(open.length > shown ? [{ text: `and ${open.length - shown} more, in the JSON` }] : []),
  ];
}

function voteText({ job, result, votes, reported, owner }: JobVotes, now: number): string {
  const did = result === 'failure' ? 'failed' : 'runs';
  const often = votes === 1 ? '' : `, ${votes} votes`;
  const when = reported === null ? '' : `, ${spanText(now - reported)} ago`;
  return `${job} ${did}${when}${often}; ${owner === null ? 'owner not named' : `owner ${owner}`}`;
}
