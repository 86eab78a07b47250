import { readFile } from 'node:fs/promises';
import { KitError, type Problems } from '@tagflow/action-kit';
import { reportProblems } from '@tagflow/dlrn';
import { type JobResult, notesOf, parseResults, type TestResults, voteOfJob } from '@tagflow/featureset';
import { type FullHash, messageOf } from '@tagflow/model';
import type { Given } from './inputs.ts';

/** What one job says of the hash. */
export interface JobVote {
  readonly job: string;
  readonly status: 'success' | 'failure';
  readonly logUrl: string;
  readonly notes: string | null;
}

/** Who votes, and a sentence for each job that has nothing to say. */
export interface JobVotes {
  readonly votes: readonly JobVote[];
  readonly silent: readonly string[];
}

// What the column of DLRN's database holds.
const longestNotes = 65_535;

/** Returns what the results file says, or the inputs of one job. What is wrong with either is added to the problems. */
export async function votesOf(
  given: Given,
  hash: FullHash | null,
  mask: (text: string) => string,
  problems: Problems,
): Promise<JobVotes> {
  const { results: path } = given;
  if (path === undefined) return ownVote(given, problems);
  if (given.status !== undefined) {
    problems.add('inputs "results" and "status" are both given: results say how each job ended', 'Give one of them.');
  }
  const results = await problems.attemptLater(async () => parseResults(await readInput(path), path));
  if (results === null) return { votes: [], silent: [] };
  if (hash !== null && results.fullHash !== hash) {
    const next = 'Give the results of this hash: nobody votes for a hash that was not tested.';
    problems.add(`input "results": ${path} is of hash ${results.fullHash}, and full-hash is ${hash}`, next);
  }
  const jobs = jobsOf(results, given, problems);
  const voters = jobs.filter(({ status }) => voteOfJob(status) !== null);
  if (given['log-url'] !== undefined && voters.length > 1) {
    problems.add('input "log-url" is that of one run, and results has several jobs', 'Give job, or leave log-url out.');
  }
  const votes = voters.map((job) => jobVote(job, given, mask));
  for (const vote of votes) {
    for (const problem of reportProblems(reportOf(vote))) problems.add(`job ${JSON.stringify(vote.job)}: ${problem}`);
  }
  return { votes, silent: jobs.filter(({ status }) => voteOfJob(status) === null).map(silence) };
}

function ownVote({ job, status, notes, 'log-url': logUrl }: Given, problems: Problems): JobVotes {
  const vote = { job: job ?? '', logUrl: logUrl?.href ?? '', notes: notes ?? null };
  if (job === undefined) problems.add('input "job" is missing: nobody knows who votes', 'Give job, or results.');
  else for (const problem of reportProblems(reportOf(vote))) problems.add(problem);
  // A step that did not come to its end gives an empty text, and GitHub does not tell that from none.
  if (status === undefined) {
    return {
      votes: [],
      silent: [`${vote.job} gave no status: nothing was learned of the hash, and nothing is reported`],
    };
  }
  if (status === 'success' || status === 'failure') return { votes: [{ ...vote, status }], silent: [] };
  const runs = /^(?:running|in[-_ ]?progress|pending|queued|started)$/i.test(status);
  const next = runs
    ? 'Report when the job has ended: that it runs DLRN cannot record for a chosen hash.'
    : 'Give success or failure.';
  problems.add(`input "status": ${JSON.stringify(status)} is not one of success, failure`, next);
  return { votes: [], silent: [] };
}

/** Returns the job that was asked for, or all of them, each once. */
function jobsOf(results: TestResults, { job, results: path = '' }: Given, problems: Problems): readonly JobResult[] {
  const names = results.jobs.map((each) => each.job);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    problems.add(`input "results": ${path} has job ${twice} twice`, 'One job has one vote: merge no results by hand.');
  }
  if (job === undefined) return results.jobs;
  const chosen = results.jobs.filter((each) => each.job === job);
  if (chosen.length === 0) problems.add(`input "job": ${path} has no job "${job}"; it has ${names.join(', ')}`);
  return chosen;
}

function jobVote(job: JobResult, given: Given, mask: (text: string) => string): JobVote {
  const own = given.notes === undefined ? '' : `${given.notes}\n`;
  const room = Math.max(0, longestNotes - Buffer.byteLength(own));
  // What logs and tests said is going to be read by everybody.
  const notes = `${own}${notesOf(job, room, mask)}`.trim();
  return {
    job: job.job,
    status: voteOfJob(job.status) ?? 'failure',
    logUrl: given['log-url']?.href ?? job.logUrl,
    notes: notes === '' ? null : notes,
  };
}

function silence({ job, status, reason }: JobResult): string {
  const why = reason === null ? '' : ` (${reason})`;
  return `${job} is ${status}${why}: nothing was learned of the hash, and nothing is reported`;
}

function reportOf({ job, logUrl, notes }: Omit<JobVote, 'status'>): Parameters<typeof reportProblems>[0] {
  return { job, url: logUrl, ...(notes === null ? {} : { notes }) };
}

async function readInput(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const problem = `input "results": ${path} cannot be read: ${messageOf(cause)}`;
    throw new KitError('invalid-inputs', [problem], { outcome: 'invalid', cause });
  }
}
