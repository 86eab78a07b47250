import { countText } from '../diff/words.ts';
import { countLacking, isFree } from './candidate.ts';
import type { Row, RowLine } from './rows.ts';
import type { CandidateExplanation, LabelExplanation, LackingJob } from './types.ts';
import {
  answeredText,
  lackingName,
  lackingText,
  momentText,
  openText,
  sinceText,
  spanText,
  stopText,
  waiverText,
} from './words.ts';

/** How many of a list people read; the rest is in the JSON. */
const shown = 4;

/** Returns what there is to say of a label, in the order in which people ask. */
export function labelRows(explained: LabelExplanation): readonly Row[] {
  const { at: now, answer, why, since, nearest, freezes, open, debts } = explained;
  const isStopped = nearest !== null && !isFree(nearest);
  const isSettled = answer === 'nothing-newer' || answer === 'no-candidate';
  return [
    { key: 'why', lines: [{ text: why }] },
    { key: 'since', lines: isSettled ? [] : [{ text: answeredText(since, now) }] },
    { key: 'names now', lines: currentLines(explained) },
    { key: isStopped ? 'newest' : 'nearest', lines: nearest === null ? [] : nearestLines(nearest, explained) },
    { key: 'lacking', lines: nearest === null ? [] : neededLines(nearest, now) },
    { key: 'run one', lines: runLines(explained) },
    { key: 'waived', lines: limited((nearest?.waivers ?? []).map((one) => ({ text: waiverText(one, now) }))) },
    { key: 'held', lines: limited((nearest?.holds ?? []).map((hold) => ({ text: stopText(hold, now) }))) },
    { key: 'frozen', lines: freezes.map((freeze) => ({ text: stopText(freeze, now) })) },
    { key: 'others', lines: otherLines(explained) },
    { key: 'promotion', lines: open.map((promotion) => ({ text: openText(promotion, now) })) },
    { key: 'owed', lines: limited(debts.map((text) => ({ text }))) },
    { key: 'who acts', lines: actLines(explained) },
  ].filter(({ lines }) => lines.length > 0);
}

function currentLines({ current, at: now }: LabelExplanation): readonly RowLine[] {
  if (current === null) return [{ text: 'nothing: the label does not exist yet' }];
  const { at, source } = current.since;
  if (at === null) return [{ text: current.fullHash }];
  const first = `first on ${momentText(at)} (${spanText(now - at)} ago)`;
  return [{ text: current.fullHash }, { text: source === 'repository' ? first : sinceText(at, now) }];
}

function nearestLines(nearest: CandidateExplanation, explained: LabelExplanation): readonly RowLine[] {
  const { candidates, unseen, candidateLabel } = explained;
  const place = candidates.indexOf(nearest) + 1;
  const all = candidates.length + unseen;
  const order =
    all === 1 ? 'the one candidate' : place === 1 ? `the newest of ${all}` : `number ${place} of ${all}, newest first`;
  const named =
    nearest.named === null ? '' : `; ${candidateLabel ?? ''} named it first on ${momentText(nearest.named)}`;
  const { succeeded, all: jobs } = nearest.jobs;
  const passed = jobs === 0 ? '' : `; ${succeeded} of ${countText(jobs, 'job')} succeeded`;
  return [{ text: nearest.fullHash }, { text: `${order}${named}${passed}` }];
}

function neededLines({ lacking, otherReasons }: CandidateExplanation, now: number): readonly RowLine[] {
  return lacking === null ? limited(otherReasons.map((text) => ({ text }))) : lackingLines(lacking, now);
}

/** Returns the results that are lacking, each with what to do: once for those of which the same is to be said. */
export function lackingLines(lacking: readonly LackingJob[], now: number): readonly RowLine[] {
  const rest = lacking.length - shown;
  const groups = Map.groupBy(lacking.slice(0, shown), (job) => `${job.url ?? ''} ${lackingText(job, now)}`);
  const lines = [...groups.values()].flatMap((jobs) =>
    jobs.flatMap((job, index): readonly RowLine[] => {
      const name = { text: lackingName(job) };
      if (index < jobs.length - 1) return [name];
      return [name, { text: lackingText(job, now), url: job.url, isDetail: true }];
    }),
  );
  return [...lines, ...(rest > 0 ? [{ text: `and ${countText(rest, 'job')} more, in the JSON` }] : [])];
}

/** How a person runs one of the jobs, where that is a matter of this tool. */
function runLines({ nearest, phase }: LabelExplanation): readonly RowLine[] {
  const ours = nearest?.lacking?.find(({ isOurs, toDo }) => isOurs && toDo !== 'wait');
  if (nearest === null || ours === undefined) return [];
  const which = `--phase ${phase} --job JOB --full-hash ${nearest.fullHash}`;
  return [{ text: `tagflow run-featureset-tests ${which} --config FILE, then report-result` }];
}

function otherLines({ candidates, nearest, unseen }: LabelExplanation): readonly RowLine[] {
  const others = candidates
    .filter((one) => one !== nearest)
    .map((one) => ({ text: `${one.fullHash}  ${standsText(one)}` }));
  return [...limited(others), ...(unseen > 0 ? [{ text: `${unseen} older ones, not looked at` }] : [])];
}

/** Returns in a few words what keeps a candidate back. */
function standsText(candidate: CandidateExplanation): string {
  const [hold] = candidate.holds;
  if (hold !== undefined) return `held by ${hold.owner}`;
  if (candidate.obstacle !== null) return 'left before';
  const count = countLacking(candidate);
  if (count === Infinity) return 'no result helps';
  return count === 0 ? 'has all' : `lacks ${count}`;
}

function actLines({ acts, answer, candidateLabel }: LabelExplanation): readonly RowLine[] {
  if (answer === 'moves-now') return [{ text: 'nobody: the next run of the phase promotes it' }];
  if (answer === 'nothing-newer' || answer === 'no-candidate') {
    return [{ text: `nobody here, until ${candidateLabel ?? 'somebody'} names something newer` }];
  }
  return limited(acts.map(({ who, what }) => ({ text: `${who ?? 'somebody'}: ${what}` })));
}

function limited(lines: readonly RowLine[]): readonly RowLine[] {
  const rest = lines.length - shown;
  return rest > 0 ? [...lines.slice(0, shown), { text: `and ${rest} more, in the JSON` }] : lines;
}
