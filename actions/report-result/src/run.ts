import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import { DlrnError } from '@tagflow/dlrn';
import { type Outcome, type Vote, worseOutcome } from '@tagflow/model';
import type { Given, outputs } from './inputs.ts';
import { openPlace } from './places.ts';
import type { JobVote } from './results.ts';
import { ballotOf } from './settings.ts';

/** Sends the votes, one after another, and reads them back. */
export async function run(given: Given, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
  const ballot = await ballotOf(given, context);
  const { apiUrl, hash, login, votes, silent } = ballot;
  for (const sentence of silent) context.log.warning(sentence);
  if (votes.length === 0) return { outcome: 'nothing-to-do', outputs: { votes: '[]' }, message: silent.join('; ') };

  const place = await openPlace(ballot, context);
  const listed = votes.every(({ logUrl }) => logUrl === '') ? [] : await place.listed();
  const reports: JobReport[] = [];
  for (const vote of votes) {
    const stop = reports.find(({ error }) => error !== null && isTheSameForAll(error))?.error ?? null;
    reports.push(
      stop === null ? await reportOne(vote) : { outcome: stop.outcome, vote: null, error: notTried(vote, stop) },
    );
  }

  const found = reports.flatMap(({ vote }) => vote ?? []);
  const told = {
    votes: JSON.stringify(found),
    'votes-url': place.votesUrl,
    ...(found.length === 1 && votes.length === 1 ? { vote: JSON.stringify(found[0]) } : {}),
  };
  const error = errorOf(reports);
  const message = [...reports.map(({ message }) => message ?? ''), ...silent].filter((each) => each !== '').join('; ');
  if (error !== null) return { outcome: error.outcome, outputs: told, message, error };
  const isPlanned = reports.some(({ outcome }) => outcome === 'planned');
  const isDone = reports.some(({ outcome }) => outcome === 'done');
  return { outcome: isPlanned ? 'planned' : isDone ? 'done' : 'nothing-to-do', outputs: told, message };

  async function reportOne(own: JobVote): Promise<JobReport> {
    const { job, status, logUrl, notes } = own;
    const last = lastVote(listed, own);
    if (last?.result === status) {
      return {
        outcome: 'nothing-to-do',
        vote: last,
        error: null,
        message: `${job} has reported ${status} with ${logUrl} already`,
      };
    }
    if (login === null || context.dryRun) {
      return {
        outcome: 'planned',
        vote: null,
        error: null,
        message: `${job} would report ${status} on ${hash} to ${apiUrl}`,
      };
    }
    if (last !== null) {
      context.log.warning(`${job} has reported ${last.result} with ${logUrl} before, and now says ${status}`);
    }
    try {
      const timestamp = Math.floor(context.clock.now() / 1000);
      const report = {
        job,
        success: status === 'success',
        url: logUrl,
        timestamp,
        ...(notes === null ? {} : { notes }),
      };
      const vote = await place.report(report);
      context.log.info(`${job}: ${vote.result} on ${hash}`);
      return { outcome: 'done', vote, error: null, message: `${job}: ${vote.result}` };
    } catch (error) {
      if (!(error instanceof DlrnError)) throw error;
      if (votes.length > 1) context.log.warning(`${job}: ${error.message}`);
      return { outcome: error.outcome, vote: null, error: votes.length === 1 ? error : named(job, error) };
    }
  }
}

/** How the report of one job went. */
interface JobReport {
  readonly outcome: Outcome;
  readonly vote: Vote | null;
  readonly error: DlrnError | null;
  readonly message?: string;
}

/** What would be said to the next vote, too: asking again and again may even lock the user out. */
function isTheSameForAll({ code, outcome }: DlrnError): boolean {
  return code === 'unauthorized' || outcome === 'waiting';
}

function notTried({ job }: JobVote, stop: DlrnError): DlrnError {
  const { code, outcome, next } = stop;
  return new DlrnError(code, `${job}: not tried any more`, {
    outcome,
    cause: stop,
    ...(next === undefined ? {} : { next }),
  });
}

function named(job: string, cause: DlrnError): DlrnError {
  const { code, outcome, next } = cause;
  return new DlrnError(code, `${job}: ${cause.message}`, {
    outcome,
    cause: cause.cause,
    ...(next === undefined ? {} : { next }),
  });
}

/** Returns what went wrong, all of it as one error; null when nothing did. */
function errorOf(reports: readonly JobReport[]): DlrnError | null {
  const errors = reports.flatMap(({ error }) => error ?? []);
  const [first] = errors;
  if (first === undefined || errors.length === 1) return first ?? null;
  const message = `${errors.length} of ${reports.length} votes were not taken: ${errors.map((each) => each.message).join('; ')}`;
  const worst = errors.reduce((a, b) => (worseOutcome(a.outcome, b.outcome) === a.outcome ? a : b));
  const { outcome, next = 'Report the same again: a vote that is listed is not sent twice.' } = worst;
  return new DlrnError(worst.code, message, { outcome, next, cause: worst.cause });
}

/**
 * Returns what this run of the job said last, or null: the log's address is all that tells one run from another. A
 * run that changed its mind twice has to be recorded twice, so no older vote counts.
 */
function lastVote(listed: readonly Vote[], { job, logUrl }: JobVote): Vote | null {
  if (logUrl === '') return null;
  return listed.findLast((vote) => vote.job === job && vote.url === logUrl) ?? null;
}
